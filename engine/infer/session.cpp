// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/numbers.h"
#include "infer/network_decoder.h"
#include "infer/text_stream.h"

namespace pantograph::infer {
namespace {

/// One prompt on its way.
struct Going {
  std::size_t prompt;
  std::vector<std::int32_t> history;  // begin token, prompt, answer
  TextStream text;
  Random random;
  std::int32_t next = 0;  // drawn, not yet given to the network
};

}  // namespace

struct Session::Impl {
  std::shared_ptr<const network::Network> network;
  std::shared_ptr<const token::Tokenizer> tokenizer;
  std::unique_ptr<kernel::CachedDecoder> decoder;

  int vocabulary() const { return network->config().small.vocabulary; }
  int context() const { return network->config().small.context; }

  std::vector<std::int32_t> tokens_of(const std::string& prompt, std::size_t index) const {
    std::vector<std::int32_t> out = {tokenizer->begin_id()};
    const std::vector<std::int32_t> ids = tokenizer->encode(prompt);
    out.insert(out.end(), ids.begin(), ids.end());
    if (static_cast<int>(out.size()) < context()) return out;
    throw Error(ErrorKind::usage, {fmt::format("a prompt of {} tokens", format_grouped(out.size() - 1)),
                                   fmt::format("prompt {}", index + 1),
                                   fmt::format("at most {}, the model's context of {} less one",
                                               format_grouped(context() - 2), format_grouped(context())),
                                   "Shorten the prompt."});
  }

  /// The network's own log-probability of a token, and what else is asked for.
  AnswerToken token(const float* logits, std::int32_t id, int candidates) const {
    AnswerToken out;
    out.id = id;
    out.log_probability = logits[id] - log_sum_exp(logits, vocabulary());
    if (candidates > 0) out.candidates = most_likely(logits, vocabulary(), candidates);
    return out;
  }
};

const char* to_string(Finish finish) {
  switch (finish) {
    case Finish::end:
      return "end";
    case Finish::stop:
      return "stop";
    case Finish::length:
      return "length";
    case Finish::interrupted:
      return "interrupted";
  }
  return "";
}

Session::Session(std::shared_ptr<const network::Network> network, std::shared_ptr<const token::Tokenizer> tokenizer,
                 const std::string& precision)
    : impl_(std::make_unique<Impl>()) {
  impl_->network = plain_network(std::move(network));
  impl_->tokenizer = std::move(tokenizer);
  impl_->decoder = make_decoder(*impl_->network, precision);
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

int Session::context() const {
  return impl_->context();
}
const token::Tokenizer& Session::tokenizer() const {
  return *impl_->tokenizer;
}

std::vector<Answer> Session::generate(const std::vector<std::string>& prompts, const GenerateSettings& settings,
                                      const OnToken& on_token, const TaskContext& task) {
  check(settings.sampling);
  if (settings.max_tokens < 0) {
    throw Error(ErrorKind::usage, {fmt::format("{} tokens", settings.max_tokens), "generating", "0 or more", ""});
  }
  std::vector<Answer> answers(prompts.size());
  const std::lock_guard computing(network::compute_mutex());
  kernel::CachedDecoder& decoder = *impl_->decoder;
  const int end = impl_->tokenizer->end_id();

  std::vector<std::vector<std::int32_t>> all;
  for (std::size_t i = 0; i < prompts.size(); ++i) all.push_back(impl_->tokens_of(prompts[i], i));

  const auto say = [&](const Going& going, AnswerToken token, std::vector<AnswerToken>& to) {
    if (on_token) on_token(going.prompt, token);
    to.push_back(std::move(token));
  };
  for (std::size_t first = 0; first < prompts.size(); first += kernel::CachedDecoder::kMostSequences) {
    const std::size_t last = std::min(prompts.size(), first + kernel::CachedDecoder::kMostSequences);
    decoder.reset(static_cast<int>(last - first));
    std::vector<std::optional<Going>> going;

    /// Draws the next token of a prompt from its logits; false where its answer ends.
    const auto draw_next = [&](Going& one, const float* logits) {
      Answer& answer = answers[one.prompt];
      const auto finish = [&](Finish how) {
        AnswerToken rest{-1, 0, {}, one.text.finish()};
        if (one.text.stopped()) how = Finish::stop;
        answer.text += rest.text;
        if (on_token) on_token(one.prompt, rest);
        answer.finish = how;
        return false;
      };
      if (static_cast<int>(answer.tokens.size()) >= settings.max_tokens) return finish(Finish::length);
      const std::int32_t id = draw(logits, impl_->vocabulary(), settings.sampling, one.history, one.random);
      if (id == end) return finish(Finish::end);
      AnswerToken token = impl_->token(logits, id, settings.candidates);
      token.text = one.text.add(id);
      answer.text += token.text;
      one.history.push_back(id);
      one.next = id;
      say(one, std::move(token), answer.tokens);
      if (one.text.stopped()) return finish(Finish::stop);
      if (static_cast<int>(one.history.size()) >= impl_->context()) return finish(Finish::length);
      return true;
    };

    try {
      for (std::size_t i = first; i < last; ++i) {
        task.poll();
        const std::vector<std::int32_t>& tokens = all[i];
        Going one{i, tokens, TextStream(*impl_->tokenizer, tokens, settings.stop),
                  Random(derive_seed(settings.sampling.seed + i, "generate"))};
        answers[i].prompt_tokens = static_cast<int>(tokens.size());
        std::vector<float> nll(tokens.size() - 1);
        const float* logits = decoder.append(static_cast<int>(i - first), tokens.data(),
                                             static_cast<int>(tokens.size()), settings.prompts ? nll.data() : nullptr);
        if (settings.prompts) {
          TextStream text(*impl_->tokenizer, {tokens[0]}, {});
          for (std::size_t k = 0; k < nll.size(); ++k) {
            AnswerToken token{tokens[k + 1], -static_cast<double>(nll[k]), {}, text.add(tokens[k + 1])};
            if (k + 1 == nll.size()) token.text += text.finish();
            say(one, std::move(token), answers[i].prompt);
          }
        }
        const bool goes_on = draw_next(one, logits);
        going.emplace_back(std::move(one));
        if (!goes_on) going.back().reset();
      }
      while (true) {
        std::vector<int> sequences;
        std::vector<std::int32_t> next;
        for (std::size_t i = 0; i < going.size(); ++i) {
          if (!going[i]) continue;
          sequences.push_back(static_cast<int>(i));
          next.push_back(going[i]->next);
        }
        if (sequences.empty()) break;
        task.poll();
        const float* logits = decoder.advance(sequences, next);
        for (std::size_t i = 0; i < sequences.size(); ++i) {
          auto& one = going[static_cast<std::size_t>(sequences[i])];
          if (!draw_next(*one, logits + static_cast<std::ptrdiff_t>(i) * impl_->vocabulary())) one.reset();
        }
      }
    } catch (const Interrupted&) {
      for (auto& one : going) {
        if (!one) continue;
        answers[one->prompt].text += one->text.finish();
        answers[one->prompt].finish = Finish::interrupted;
      }
      for (std::size_t i = first + going.size(); i < prompts.size(); ++i) answers[i].finish = Finish::interrupted;
      break;
    }
  }
  return answers;
}

}  // namespace pantograph::infer
