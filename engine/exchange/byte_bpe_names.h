// SPDX-License-Identifier: GPL-3.0-or-later
// What other programs call the patterns of byte-level tokenizers. Private to this room.
#pragma once

#include <optional>
#include <string_view>

#include "token/word_split.h"

namespace pantograph::exchange {

inline constexpr token::WordSplit kSplits[] = {token::WordSplit::gpt2, token::WordSplit::llama3,
                                               token::WordSplit::qwen2, token::WordSplit::smollm};

/// tokenizer.ggml.pre.
constexpr const char* gguf_name(token::WordSplit split) {
  switch (split) {
    case token::WordSplit::gpt2:
      return "gpt-2";
    case token::WordSplit::llama3:
      return "llama-bpe";
    case token::WordSplit::qwen2:
      return "qwen2";
    case token::WordSplit::smollm:
      return "smollm";
  }
  return "";
}
inline std::optional<token::WordSplit> split_of_gguf(std::string_view name) {
  for (const token::WordSplit split : kSplits) {
    if (name == gguf_name(split)) return split;
  }
  return std::nullopt;
}
/// Of the pattern itself, as tokenizer.json has it where it is not the usual one.
inline std::optional<token::WordSplit> split_of_pattern(std::string_view pattern) {
  for (const token::WordSplit split : kSplits) {
    if (pattern == token::pattern_of(split)) return split;
  }
  return std::nullopt;
}

}  // namespace pantograph::exchange
