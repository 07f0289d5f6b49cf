// SPDX-License-Identifier: GPL-3.0-or-later
// How well a small network predicts texts, and which of several answers it holds most likely.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/control.h"
#include "network/network.h"
#include "token/tokenizer.h"

namespace pantograph::infer {

/// Of one document or of many: what is predicted are its own tokens, after the begin token, in rows of the network's
/// context as evaluation sees them; the end token is not.
struct Score {
  std::uint64_t documents = 0, tokens = 0, bytes = 0;  ///< bytes: of the UTF-8 text
  double nats = 0;                                     ///< negative log-likelihood
  double perplexity() const;                           ///< of a token; comparable within one tokenizer
  double bits_per_byte() const;                        ///< comparable across tokenizers
  Score& operator+=(const Score& other);
};

/// One score for each text; one of an empty text is empty.
std::vector<Score> score_texts(const network::Network& small, const token::Tokenizer& tokenizer,
                               const std::vector<std::string>& texts, const std::string& precision,
                               const TaskContext& task = {});

/// A token of a text, as the network saw it coming.
struct ScoredToken {
  std::int32_t id = 0;
  double log_probability = 0;  ///< nats
  std::string text;            ///< that it completes
};
struct ScoredText {
  Score score;
  std::vector<ScoredToken> tokens;
};
/// One text: its score, and its first tokens, at most so many.
ScoredText score_text(const network::Network& small, const token::Tokenizer& tokenizer, const std::string& text,
                      const std::string& precision, std::size_t most_tokens, const TaskContext& task = {});

/// A question with its possible answers.
struct Question {
  std::string context;
  std::vector<std::string> choices;  ///< at least two, as they go on from the context
  int answer = 0;                    ///< which is right
};
/// Of a line of JSON: {"context", "choices", "answer"}, or a pair {"sentence_good", "sentence_bad"} (BLiMP, Warstadt et
/// al. 2020). Error(input) naming what is missing; `where`: the line, for messages.
Question question_from_json(const std::string& line, const std::string& where);

struct Answered {
  std::vector<double> log_likelihoods;            ///< of each choice, nats
  int most_likely = 0, most_likely_by_bytes = 0;  ///< by_bytes: divided by the choice's length
};
/// A question too long for the context loses its beginning; a choice too long for it is seen in rows, as texts are.
std::vector<Answered> answer(const network::Network& small, const token::Tokenizer& tokenizer,
                             const std::vector<Question>& questions, const std::string& precision,
                             const TaskContext& task = {});

/// Of many questions.
struct Accuracy {
  std::uint64_t questions = 0;
  double accuracy = 0, accuracy_by_bytes = 0, chance = 0;
  double error = 0;  ///< binomial standard error of `accuracy`
};
Accuracy accuracy(const std::vector<Question>& questions, const std::vector<Answered>& answers);

}  // namespace pantograph::infer
