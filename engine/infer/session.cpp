// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/numbers.h"
#include "infer/text_stream.h"
#include "network/lora.h"
#include "train/cached_decoder.h"

namespace pantograph::infer {
namespace {

/// The small network that answers: `network` itself, without adapters.
std::shared_ptr<const network::Network> plain_network(std::shared_ptr<const network::Network> network) {
  const network::NetworkConfig& config = network->config();
  if (config.projected) {
    throw Error(ErrorKind::usage, {"a projected network as it is", "generating", "the small network of an expert", ""});
  }
  if (config.lora.rank == 0) return network;
  return std::make_shared<const network::Network>(network::merge(*network));
}

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

namespace {

/// One prompt on its way.
struct Going {
  std::size_t prompt = 0;
  std::vector<std::int32_t> history;  // begin token, prompt, answer
  TextStream text;
  Random random;
  std::int32_t next = 0;  // drawn, not yet given to the network
};

}  // namespace

/// Prompts that are answered side by side.
class Session::Batch {
 public:
  Batch(Impl& session, const GenerateSettings& settings, const OnToken& on_token, std::vector<Answer>& answers)
      : session_(session), settings_(settings), on_token_(on_token), answers_(answers) {}

  /// The prompt's own pass, and the first token of its answer.
  void begin(std::size_t prompt, const std::vector<std::int32_t>& tokens) {
    Answer& answer = answers_[prompt];
    answer.prompt_tokens = static_cast<int>(tokens.size());
    std::vector<float> nll(tokens.size() - 1);
    const float* logits =
        session_.decoder->append(static_cast<int>(going_.size()), tokens.data(), static_cast<int>(tokens.size()),
                                 settings_.prompts ? nll.data() : nullptr);
    if (settings_.prompts) {
      TextStream text(*session_.tokenizer, {tokens[0]}, {});
      for (std::size_t i = 0; i < nll.size(); ++i) {
        answer.prompt.push_back({tokens[i + 1], -static_cast<double>(nll[i]), {}, text.add(tokens[i + 1])});
        if (i + 1 == nll.size()) answer.prompt.back().text += text.finish();
      }
    }
    going_.emplace_back(Going{prompt, tokens, TextStream(*session_.tokenizer, tokens, settings_.stop),
                              Random(derive_seed(settings_.sampling.seed + prompt, "generate"))});
    draw_next(going_.back(), logits);
  }

  /// A further token of each answer that has not ended; false when all have.
  bool advance() {
    std::vector<int> sequences;
    std::vector<std::int32_t> next;
    for (std::size_t i = 0; i < going_.size(); ++i) {
      if (!going_[i]) continue;
      sequences.push_back(static_cast<int>(i));
      next.push_back(going_[i]->next);
    }
    if (sequences.empty()) return false;
    const float* logits = session_.decoder->advance(sequences, next);
    for (const int sequence : sequences) {
      draw_next(going_[static_cast<std::size_t>(sequence)], logits);
      logits += session_.vocabulary();
    }
    return true;
  }

  void interrupt() {
    for (auto& one : going_) {
      if (one) finish(one, Finish::interrupted);
    }
  }

 private:
  void draw_next(std::optional<Going>& one, const float* logits) {
    Answer& answer = answers_[one->prompt];
    if (static_cast<int>(answer.tokens.size()) >= settings_.max_tokens) return finish(one, Finish::length);
    const std::int32_t id = draw(logits, session_.vocabulary(), settings_.sampling, one->history, one->random);
    if (id == session_.tokenizer->end_id()) return finish(one, Finish::end);
    AnswerToken token = session_.token(logits, id, settings_.candidates);
    token.text = one->text.add(id);
    answer.text += token.text;
    one->history.push_back(id);
    one->next = id;
    if (on_token_) on_token_(one->prompt, token);
    answer.tokens.push_back(std::move(token));
    if (one->text.stopped()) return finish(one, Finish::stop);
    if (static_cast<int>(one->history.size()) >= session_.context()) finish(one, Finish::length);
  }

  void finish(std::optional<Going>& one, Finish how) {
    Answer& answer = answers_[one->prompt];
    const AnswerToken rest{-1, 0, {}, one->text.finish()};
    answer.text += rest.text;
    answer.finish = one->text.stopped() ? Finish::stop : how;
    if (on_token_) on_token_(one->prompt, rest);
    one.reset();
  }

  Impl& session_;
  const GenerateSettings& settings_;
  const OnToken& on_token_;
  std::vector<Answer>& answers_;
  std::vector<std::optional<Going>> going_;  // nothing: its answer has ended
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
  impl_->decoder = train::make_cached_decoder(*impl_->network, precision);
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
  std::vector<std::vector<std::int32_t>> tokens;
  for (std::size_t i = 0; i < prompts.size(); ++i) tokens.push_back(impl_->tokens_of(prompts[i], i));
  std::vector<Answer> answers(prompts.size());
  for (Answer& answer : answers) answer.finish = Finish::interrupted;  // until it has another end

  for (std::size_t first = 0; first < prompts.size(); first += kernel::CachedDecoder::kMostSequences) {
    const std::size_t last = std::min(prompts.size(), first + kernel::CachedDecoder::kMostSequences);
    impl_->decoder->reset(static_cast<int>(last - first));
    Batch batch(*impl_, settings, on_token, answers);
    try {
      for (std::size_t i = first; i < last; ++i) {
        task.poll();
        batch.begin(i, tokens[i]);
      }
      do {
        task.poll();
      } while (batch.advance());
    } catch (const Interrupted&) {
      batch.interrupt();
      break;
    }
  }
  return answers;
}

}  // namespace pantograph::infer
