// SPDX-License-Identifier: GPL-3.0-or-later
// How byte-level tokenizers cut a text into words before they look for pieces. Private to this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pantograph::token {

/// Published patterns, by the names of their models:
///   gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///   llama3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
///           \s*[\r\n]+|\s+(?!\S)|\s+
///   qwen2   llama3 with \p{N} in place of \p{N}{1,3}
///   smollm  gpt2, between characters of \p{N}, each of which is a word
enum class WordSplit { gpt2, llama3, qwen2, smollm };
std::optional<WordSplit> word_split(std::string_view name);
const char* name_of(WordSplit split);
/// The pattern, on one line; of smollm that between digits.
const char* pattern_of(WordSplit split);

/// Bytes of the word that `text`, which is not empty, begins with: at least 1.
std::size_t word_size(WordSplit split, std::string_view text);

}  // namespace pantograph::token
