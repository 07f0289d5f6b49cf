// SPDX-License-Identifier: GPL-3.0-or-later
// Answers beside the plain way: all tokens through LibTorch's operations again for each new one.
#include <QtTest>

#include <cmath>

#include "answering_network.h"
#include "base/error.h"
#include "infer/session.h"
#include "network/lora.h"

using namespace pantograph;
using namespace pantograph::infer;

class TestSession : public QObject {
  Q_OBJECT
 private:
  std::shared_ptr<const token::Tokenizer> tokenizer_ =
      std::make_shared<const token::Tokenizer>(fixtures::small_tokenizer());
  std::shared_ptr<const network::Network> network_ =
      std::make_shared<const network::Network>(fixtures::answering_network(tokenizer_->vocabulary()));

  static GenerateSettings greedy(int tokens) {
    GenerateSettings out;
    out.sampling.temperature = 0;
    out.max_tokens = tokens;
    return out;
  }
  std::vector<std::int32_t> with_begin(const std::string& prompt) const {
    std::vector<std::int32_t> out = {tokenizer_->begin_id()};
    const auto ids = tokenizer_->encode(prompt);
    out.insert(out.end(), ids.begin(), ids.end());
    return out;
  }
  /// Each token of the answer is the most likely one, or as good as it, and its log-probability is the network's.
  void check_greedy(const network::Network& network, const std::string& prompt, const Answer& answer) const {
    std::vector<std::int32_t> tokens = with_begin(prompt);
    for (const AnswerToken& token : answer.tokens) {
      const auto expected = fixtures::plain_log_probabilities(network, tokens);
      const double best = *std::max_element(expected.begin(), expected.end());
      QVERIFY(best - expected[static_cast<std::size_t>(token.id)] < 1e-4);
      QVERIFY2(std::fabs(token.log_probability - expected[static_cast<std::size_t>(token.id)]) < 1e-4,
               qPrintable(QString("%1, expected %2").arg(token.log_probability).arg(best)));
      tokens.push_back(token.id);
    }
  }

 private Q_SLOTS:
  void greedy_answers() {
    Session session(network_, tokenizer_, "fp32");
    for (const char* prompt : {"", "ab", "abcd ed", "日本 ab\ncd"}) {
      GenerateSettings settings = greedy(20);
      settings.candidates = 3;
      settings.prompts = true;
      const Answer answer = session.generate({prompt}, settings).at(0);
      QVERIFY(answer.tokens.size() == 20 || answer.finish == Finish::end);
      check_greedy(*network_, prompt, answer);
      for (const AnswerToken& token : answer.tokens) {
        QCOMPARE(token.candidates.size(), std::size_t(3));
        QCOMPARE(token.candidates[0].id, token.id);
        QCOMPARE(token.candidates[0].log_probability, token.log_probability);
      }
      // The prompt's own tokens.
      const auto tokens = with_begin(prompt);
      QCOMPARE(answer.prompt.size() + 1, tokens.size());
      QCOMPARE(answer.prompt_tokens, static_cast<int>(tokens.size()));
      std::string text;
      for (std::size_t i = 0; i < answer.prompt.size(); ++i) {
        const auto expected = fixtures::plain_log_probabilities(
            *network_, {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1});
        QVERIFY(std::fabs(answer.prompt[i].log_probability - expected[static_cast<std::size_t>(tokens[i + 1])]) < 1e-4);
        text += answer.prompt[i].text;
      }
      QCOMPARE(text, std::string(prompt));
    }
  }

  void side_by_side_and_streamed() {
    Session session(network_, tokenizer_, "fp32");
    GenerateSettings settings;
    settings.max_tokens = 12;
    settings.sampling.seed = 3;
    std::vector<std::string> prompts;
    for (int i = 0; i < 21; ++i) prompts.push_back(std::string(static_cast<std::size_t>(i), 'a') + "b");
    std::vector<std::string> streamed(prompts.size());
    const auto answers = session.generate(
        prompts, settings, [&](std::size_t prompt, const AnswerToken& token) { streamed[prompt] += token.text; });
    QSet<QString> different;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      QCOMPARE(streamed[i], answers[i].text);
      GenerateSettings alone = settings;
      alone.sampling.seed += i;
      QCOMPARE(session.generate({prompts[i]}, alone).at(0).text, answers[i].text);
      different.insert(QString::fromStdString(answers[i].text));
    }
    QVERIFY(different.size() > 5);
  }

  void ends() {
    Session session(network_, tokenizer_, "fp32");
    // Where the context does.
    const Answer full = session.generate({"ab"}, greedy(1000)).at(0);
    if (full.finish == Finish::length)
      QCOMPARE(full.prompt_tokens + static_cast<int>(full.tokens.size()), session.context());
    QCOMPARE(session.generate({"ab"}, greedy(0)).at(0).tokens.size(), std::size_t(0));
    // Before a stop string, of which nothing comes out.
    const Answer free = session.generate({"ab"}, greedy(15)).at(0);
    GenerateSettings stopping = greedy(15);
    QVERIFY(free.text.size() > 4);
    stopping.stop = {free.text.substr(3, 1)};
    const Answer stopped = session.generate({"ab"}, stopping).at(0);
    QCOMPARE(stopped.text, free.text.substr(0, free.text.find(stopping.stop[0])));
    QCOMPARE(stopped.finish, Finish::stop);
    // At once, where it is asked to; what is there is kept.
    Control control;
    int seen = 0;
    const Answer interrupted = session
                                   .generate({"ab", "cd"}, greedy(15),
                                             [&](std::size_t, const AnswerToken&) {
                                               if (++seen == 4) control.stop();
                                             },
                                             {&control, {}, {}})
                                   .at(0);
    QCOMPARE(interrupted.finish, Finish::interrupted);
    QVERIFY(!interrupted.tokens.empty() && interrupted.tokens.size() < 5);
  }

  void refusals() {
    Session session(network_, tokenizer_, "fp32");
    QVERIFY_THROWS_EXCEPTION(Error, session.generate({std::string(60, 'a')}, greedy(1)));
    QVERIFY_THROWS_EXCEPTION(Error, session.generate({"a"}, greedy(-1)));
    QVERIFY_THROWS_EXCEPTION(Error, Session(network_, tokenizer_, "fp16"));
    const auto projected =
        std::make_shared<const network::Network>(fixtures::answering_network(tokenizer_->vocabulary(), true));
    QVERIFY_THROWS_EXCEPTION(Error, Session(projected, tokenizer_, "fp32"));
    QCOMPARE(session.generate({"a"}, greedy(3)).at(0).tokens.size(), std::size_t(3));
  }

  /// A projected network answers for its experts and for what lies between them; one with adapters as it is merged.
  void other_networks() {
    const network::Network projected = fixtures::answering_network(tokenizer_->vocabulary(), true);
    const auto answer_of = [&](network::Network network) {
      return Session(std::make_shared<const network::Network>(std::move(network)), tokenizer_, "fp32")
          .generate({"ab"}, greedy(10))
          .at(0);
    };
    check_greedy(projected.project(1), "ab", answer_of(projected.project(1)));
    QCOMPARE(answer_of(projected.project({{1, 1.0}})).text, answer_of(projected.project(1)).text);
    // A mixture's matrices are the mixture of the matrices.
    const network::Network mixed = projected.project({{0, 0.25}, {2, 0.75}});
    const network::Network first = projected.project(0), last = projected.project(2);
    for (const char* name : {"layers.0.mlp.up.weight", "layers.1.mlp.down.weight"}) {
      const torch::Tensor expected = 0.25 * first.impl().parameter(name) + 0.75 * last.impl().parameter(name);
      QVERIFY((mixed.impl().parameter(name) - expected).abs().max().item<double>() < 1e-5);
    }
    check_greedy(mixed, "ab", answer_of(projected.project({{0, 0.25}, {2, 0.75}})));
    const network::Network adapted = network::with_lora(*network_, 2, 4, 1);
    check_greedy(network::merge(adapted), "ab", answer_of(adapted.clone()));
    QVERIFY_THROWS_EXCEPTION(Error, projected.project(std::vector<std::pair<int, double>>{}));
    QVERIFY_THROWS_EXCEPTION(Error, projected.project({{3, 1.0}}));
  }
};

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
