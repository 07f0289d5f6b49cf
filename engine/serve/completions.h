// SPDX-License-Identifier: GPL-3.0-or-later
// OpenAI's completions as requests and answers in JSON (platform.openai.com/docs/api-reference/completions), with
// top_k, min_p and repetition_penalty beside its own settings. Knows nothing of HTTP.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "infer/session.h"

namespace pantograph::serve {

struct CompletionRequest {
  std::vector<std::string> prompts;
  infer::GenerateSettings settings;
  bool echo = false;  ///< the answer's text begins with the prompt
  int logprobs = -1;  ///< candidates of each token that are wanted; −1: no log-probabilities
  bool stream = false;
};

/// Error(usage) naming the key that is wrong or not supported. A request without a seed gets `seed`.
CompletionRequest completion_request(const std::string& body, std::uint64_t seed);

/// What all parts of an answer have.
struct CompletionHead {
  std::string id, model;
  std::int64_t created = 0;  ///< seconds since 1970
};

/// The whole answer.
nlohmann::json completion(const CompletionHead& head, const CompletionRequest& request,
                          const std::vector<infer::Answer>& answers, const token::Tokenizer& tokenizer);
/// A part of a streamed one: the text that a token completes; `finish` in the last of each prompt, else null.
nlohmann::json completion_part(const CompletionHead& head, std::size_t prompt, const std::string& text,
                               const infer::Finish* finish);
nlohmann::json error_body(const Error& error);

}  // namespace pantograph::serve
