// SPDX-License-Identifier: GPL-3.0-or-later
// The text of tokens as they come: whole characters only, nothing of what may yet become a stop string.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "token/tokenizer.h"

namespace pantograph::infer {

class TextStream {
 public:
  /// `before`: tokens that the text goes on from. Stop strings that are empty do not count.
  TextStream(const token::Tokenizer& tokenizer, std::vector<std::int32_t> before, std::vector<std::string> stops);

  /// The text that this token completes.
  std::string add(std::int32_t token);
  /// What was held back.
  std::string finish();
  /// A stop string was found; the text ends before it.
  bool stopped() const { return stopped_; }

 private:
  std::string release(bool all);

  const token::Tokenizer& tokenizer_;
  std::vector<std::int32_t> tokens_;
  const std::vector<std::string> stops_;
  std::size_t decoded_ = 0;  // bytes of tokens_'s text that are in held_, or out
  std::string held_;
  bool stopped_ = false;
};

/// The text that each token but the first `before` completes; together they are the text. Linear in their number.
std::vector<std::string> token_texts(const token::Tokenizer& tokenizer, const std::vector<std::int32_t>& tokens,
                                     std::size_t before);

}  // namespace pantograph::infer
