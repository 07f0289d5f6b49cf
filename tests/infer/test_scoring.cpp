// SPDX-License-Identifier: GPL-3.0-or-later
// Scores beside the plain way: every token given all before it in its row, by LibTorch's operations.
#include <QtTest>

#include <cmath>

#include "answering_network.h"
#include "base/error.h"
#include "infer/scoring.h"

using namespace pantograph;
using namespace pantograph::infer;

class TestScoring : public QObject {
  Q_OBJECT
 private:
  const token::Tokenizer tokenizer_ = fixtures::small_tokenizer();
  const network::Network network_ = fixtures::answering_network(tokenizer_.vocabulary());

  std::vector<std::int32_t> tokens_of(const std::string& text) const {
    std::vector<std::int32_t> out = {tokenizer_.begin_id()};
    const auto ids = tokenizer_.encode(text);
    out.insert(out.end(), ids.begin(), ids.end());
    return out;
  }
  double nll(const std::vector<std::int32_t>& before, std::int32_t token) const {
    return -fixtures::plain_log_probabilities(network_, before)[static_cast<std::size_t>(token)];
  }
  static std::string refusal(const std::string& line) {
    try {
      question_from_json(line, "q.jsonl:3");
      return {};
    } catch (const Error& e) {
      return e.kind() == ErrorKind::input && e.text().where == "q.jsonl:3" ? e.text().found : "another error";
    }
  }

 private Q_SLOTS:
  void texts() {
    const std::vector<std::string> all = {"ab cd", "", "a", std::string(130, 'e') + "日", "ed ab"};
    const std::vector<Score> found = score_texts(network_, tokenizer_, all, "fp32");
    QCOMPARE(found.size(), all.size());
    const auto context = static_cast<std::size_t>(network_.config().small.context);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto tokens = tokens_of(all[i]);
      double expected = 0;
      for (std::size_t t = 1; t < tokens.size(); ++t) {
        const std::size_t row = (t - 1) / context * context;
        expected +=
            nll({tokens.begin() + static_cast<std::ptrdiff_t>(row), tokens.begin() + static_cast<std::ptrdiff_t>(t)},
                tokens[t]);
      }
      QCOMPARE(found[i].tokens, tokens.size() - 1);
      QCOMPARE(found[i].bytes, all[i].size());
      QVERIFY(std::fabs(found[i].nats - expected) < 1e-4 * (1 + expected));
    }
    Score sum = found[0];
    sum += found[3];
    QCOMPARE(sum.documents, std::uint64_t(2));
    QVERIFY(std::fabs(sum.bits_per_byte() - sum.nats / std::log(2.0) / static_cast<double>(sum.bytes)) < 1e-12);
    QVERIFY(std::fabs(sum.perplexity() - std::exp(sum.nats / static_cast<double>(sum.tokens))) < 1e-9);
  }

  void tokenByToken() {
    const auto context = static_cast<std::size_t>(network_.config().small.context);
    std::string text;
    for (int i = 0; i < 90; ++i) text += i % 7 == 0 ? " 日本" : i % 3 == 0 ? " ab" : "cd e";
    const auto tokens = tokens_of(text);
    QVERIFY(tokens.size() > 4 * context);
    const ScoredText found = score_text(network_, tokenizer_, text, "fp32", 1000);
    const Score whole = score_texts(network_, tokenizer_, {text}, "fp32").at(0);
    QCOMPARE(found.score.tokens, whole.tokens);
    QCOMPARE(found.score.bytes, whole.bytes);
    QVERIFY(std::fabs(found.score.nats - whole.nats) < 1e-9 * whole.nats);
    QCOMPARE(found.tokens.size(), tokens.size() - 1);
    std::string together;
    for (std::size_t t = 1; t < tokens.size(); ++t) {
      const std::size_t row = (t - 1) / context * context;
      const double expected =
          nll({tokens.begin() + static_cast<std::ptrdiff_t>(row), tokens.begin() + static_cast<std::ptrdiff_t>(t)},
              tokens[t]);
      QCOMPARE(found.tokens[t - 1].id, tokens[t]);
      QVERIFY(std::fabs(found.tokens[t - 1].log_probability + expected) < 1e-4 * (1 + expected));
      together += found.tokens[t - 1].text;
    }
    QCOMPARE(together, text);
    QCOMPARE(score_text(network_, tokenizer_, text, "fp32", 5).tokens.size(), std::size_t(5));
    QVERIFY(score_text(network_, tokenizer_, text, "fp32", 5).score.nats == found.score.nats);
    QVERIFY(score_text(network_, tokenizer_, "", "fp32", 5).tokens.empty());
  }

  void questions() {
    // The second: a piece reaches over the border ("ab"). The third: too long, and loses its beginning.
    const std::vector<Question> all = {
        {"ab c", {"d", "ed ed", " "}, 1}, {"cda", {"b", "c"}, 0}, {std::string(70, 'e'), {" ab", "cdcd"}, 1}};
    const std::vector<Answered> found = answer(network_, tokenizer_, all, "fp32");
    const auto context = static_cast<std::size_t>(network_.config().small.context);
    for (std::size_t q = 0; q < all.size(); ++q) {
      const auto before = tokens_of(all[q].context);
      std::vector<double> expected, by_bytes;
      for (const std::string& choice : all[q].choices) {
        const auto tokens = tokens_of(all[q].context + choice);
        std::size_t same = 0;
        while (same < before.size() && same < tokens.size() && before[same] == tokens[same]) ++same;
        const std::size_t from = tokens.size() > context + 1 ? tokens.size() - context - 1 : 0;
        double sum = 0;
        for (std::size_t t = same; t < tokens.size(); ++t) {
          sum -=
              nll({tokens.begin() + static_cast<std::ptrdiff_t>(from), tokens.begin() + static_cast<std::ptrdiff_t>(t)},
                  tokens[t]);
        }
        expected.push_back(sum);
        by_bytes.push_back(sum / static_cast<double>(choice.size()));
      }
      for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY(std::fabs(found[q].log_likelihoods[i] - expected[i]) < 1e-4 * (1 - expected[i]));
      const auto best = [](const std::vector<double>& of) {
        return static_cast<int>(std::max_element(of.begin(), of.end()) - of.begin());
      };
      QCOMPARE(found[q].most_likely, best(expected));
      QCOMPARE(found[q].most_likely_by_bytes, best(by_bytes));
    }
    // A choice that is longer than the context, on its own, is scored as the text.
    const std::string long_choice(120, 'd');
    const auto alone = answer(network_, tokenizer_, {{"", {"b", long_choice}, 0}}, "fp32").at(0);
    const double text = score_texts(network_, tokenizer_, {long_choice}, "fp32").at(0).nats;
    QVERIFY(std::fabs(alone.log_likelihoods[1] + text) < 1e-4 * text);
  }

  void accuracies() {
    const std::vector<Question> questions = {
        {"", {"a", "b"}, 0}, {"", {"a", "b", "c", "d"}, 3}, {"", {"a", "b"}, 1}, {"", {"a", "b"}, 1}};
    const std::vector<Answered> answers = {{{}, 0, 1}, {{}, 3, 3}, {{}, 1, 0}, {{}, 0, 0}};
    const Accuracy found = accuracy(questions, answers);
    QCOMPARE(found.questions, std::uint64_t(4));
    QCOMPARE(found.accuracy, 0.75);
    QCOMPARE(found.accuracy_by_bytes, 0.25);
    QCOMPARE(found.chance, (0.5 + 0.25 + 0.5 + 0.5) / 4);
    QCOMPARE(found.error, std::sqrt(0.75 * 0.25 / 4));
  }

  void lines() {
    const Question one = question_from_json(R"({"context": "a", "choices": ["b", "c"], "answer": 1})", "");
    QCOMPARE(one.context, std::string("a"));
    QCOMPARE(one.choices, (std::vector<std::string>{"b", "c"}));
    QCOMPARE(one.answer, 1);
    const Question pair = question_from_json(R"({"sentence_good": "x", "sentence_bad": "y", "field": "s"})", "");
    QCOMPARE(pair.choices, (std::vector<std::string>{"x", "y"}));
    QCOMPARE(pair.answer, 0);
    QCOMPARE(refusal("["), std::string("no JSON object"));
    QCOMPARE(refusal("{}"), std::string("no text \"context\""));
    for (const char* bad :
         {R"({"context": "a", "choices": ["b"], "answer": 0})", R"({"context": "a", "choices": "bc"})"})
      QCOMPARE(refusal(bad), std::string("no \"choices\", or fewer than two"));
    QCOMPARE(refusal(R"({"context": "a", "choices": ["b", 2], "answer": 0})"), std::string("a choice that is no text"));
    QCOMPARE(refusal(R"({"context": "a", "choices": ["b", ""], "answer": 0})"), std::string("an empty choice"));
    for (const char* answer : {"2", "-1", "\"b\"", "0.5", "null"})
      QCOMPARE(refusal(std::string(R"({"context": "a", "choices": ["b", "c"], "answer": )") + answer + "}"),
               std::string("no \"answer\" that numbers a choice"));
  }
};

QTEST_GUILESS_MAIN(TestScoring)
#include "test_scoring.moc"
