// SPDX-License-Identifier: GPL-3.0-or-later
// What other programs call the patterns of byte-level tokenizers. Private to this room.
#pragma once

#include <optional>
#include <string_view>

#include "token/word_split.h"

namespace pantograph::exchange {

struct SplitName {
  token::WordSplit split;
  const char* gguf;  ///< tokenizer.ggml.pre
};
inline constexpr SplitName kSplitNames[] = {{token::WordSplit::gpt2, "gpt-2"},
                                            {token::WordSplit::llama3, "llama-bpe"},
                                            {token::WordSplit::qwen2, "qwen2"},
                                            {token::WordSplit::smollm, "smollm"}};

inline std::optional<token::WordSplit> split_of_gguf(std::string_view name) {
  for (const SplitName& one : kSplitNames) {
    if (name == one.gguf) return one.split;
  }
  return std::nullopt;
}
/// Of the pattern itself, as tokenizer.json has it where it is not the usual one.
inline std::optional<token::WordSplit> split_of_pattern(std::string_view pattern) {
  for (const SplitName& one : kSplitNames) {
    if (pattern == token::pattern_of(one.split)) return one.split;
  }
  return std::nullopt;
}

}  // namespace pantograph::exchange
