// SPDX-License-Identifier: GPL-3.0-or-later
// A small network that answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "infer/sampling.h"
#include "network/network.h"
#include "token/tokenizer.h"

namespace pantograph::infer {

struct GenerateSettings {
  SamplingSettings sampling;  ///< prompt i of a batch has the seed + i
  int max_tokens = 128;       ///< an answer also ends where the context does
  std::vector<std::string> stop;
  int candidates = 0;    ///< of the most likely tokens, for each that is drawn
  bool prompts = false;  ///< the prompts' own tokens come with their log-probabilities, before the answers
};

struct AnswerToken {
  std::int32_t id = 0;
  double log_probability = 0;  ///< as the network says it, whatever the sampling; nats
  std::vector<Candidate> candidates;
  std::string text;  ///< that it completes; held back while it may become a stop string
};

enum class Finish { end, stop, length, interrupted };  ///< end: the network ended the document
const char* to_string(Finish finish);                  ///< "end", "stop", "length", "interrupted"

struct Answer {
  std::vector<AnswerToken> prompt;  ///< where asked for
  std::vector<AnswerToken> tokens;  ///< without the end token
  std::string text;
  Finish finish = Finish::length;
  int prompt_tokens = 0;  ///< with the begin token
};

class Session {
 public:
  /// `network`: a small one. precision: "fp32" or "bf16".
  Session(std::shared_ptr<const network::Network> network, std::shared_ptr<const token::Tokenizer> tokenizer,
          const std::string& precision);
  ~Session();
  Session(Session&&) noexcept;

  int context() const;
  const token::Tokenizer& tokenizer() const;

  /// Called on the calling thread as an answer's tokens come; prompt: its index. A last call with what was held back
  /// has id −1.
  using OnToken = std::function<void(std::size_t prompt, const AnswerToken& token)>;
  /// Prompts are documents' beginnings, answered side by side. A stop ends all: what is there is kept. Error(usage) for
  /// a prompt that fills the context, or a setting that is out of range.
  std::vector<Answer> generate(const std::vector<std::string>& prompts, const GenerateSettings& settings,
                               const OnToken& on_token = {}, const TaskContext& task = {});

 private:
  struct Impl;
  class Batch;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pantograph::infer
