// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/word_split.h"

#include <algorithm>
#include <iterator>

#include "token/unicode_class.h"

namespace pantograph::token {
namespace {

struct Row {
  WordSplit split;
  const char* name;
  const char* pattern;
};

constexpr const char* kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr Row kRows[] = {
    {WordSplit::gpt2, "gpt2", kGpt2},
    {WordSplit::llama3, "llama3",
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    {WordSplit::qwen2, "qwen2",
     R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
    {WordSplit::smollm, "smollm", kGpt2},
};

const Row& row_of(WordSplit split) {
  return *std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.split == split; });
}

constexpr std::uint32_t kLongS = 0x17F;  // an s to a pattern that does not look at case

/// 's, 't, 're, 've, 'm, 'll, 'd: its bytes; 0: none.
std::size_t contraction(std::string_view text, bool any_case) {
  if (text.front() != '\'') return 0;
  const auto letter = [&](std::size_t at, std::size_t& size) -> char {
    if (at >= text.size()) return 0;
    const Character c = character_at(text.substr(at));
    size = c.size;
    if (any_case && c.code == kLongS) return 's';
    if (any_case && c.code >= 'A' && c.code <= 'Z') return static_cast<char>(c.code + ('a' - 'A'));
    return c.code < 0x80 ? static_cast<char>(c.code) : '\0';
  };
  std::size_t one = 0, two = 0;
  const char first = letter(1, one);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 1 + one;
  const char second = letter(1 + one, two);
  const bool pair =
      (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
  return pair ? 1 + one + two : 0;
}

/// Behind the characters of a class from `at` on; at most so many.
std::size_t run_end(std::string_view text, std::size_t at, UnicodeClass of, std::size_t most = ~std::size_t{0}) {
  for (std::size_t count = 0; at < text.size() && count < most; ++count) {
    const Character c = character_at(text.substr(at));
    if (c.is != of) break;
    at += c.size;
  }
  return at;
}

bool ends_line(char c) {
  return c == '\r' || c == '\n';
}

/// \s+(?!\S)|\s+: all of them at the end of a text, else all but the last, which begins the next word. `digits`: a text
/// ends before a digit, too.
std::size_t spaces(std::string_view text, bool digits = false) {
  std::size_t end = 0, last = 0;
  bool ends = true;
  while (end < text.size()) {
    const Character c = character_at(text.substr(end));
    ends = digits && c.is == UnicodeClass::number;
    if (c.is != UnicodeClass::space) break;
    last = end;
    end += c.size;
  }
  return end == text.size() || ends || last == 0 ? end : last;
}

/// `digits`: each is a word.
std::size_t gpt2_word(std::string_view text, bool digits) {
  if (const std::size_t size = contraction(text, false); size > 0) return size;
  const std::size_t begin = text.front() == ' ' && text.size() > 1 ? 1 : 0;
  const Character first = character_at(text.substr(begin));
  if (digits && first.is == UnicodeClass::number) return begin > 0 ? begin : first.size;
  if (first.is != UnicodeClass::space) return run_end(text, begin, first.is);
  return spaces(text, digits);
}

std::size_t llama3_word(std::string_view text, std::size_t digits) {
  if (const std::size_t size = contraction(text, true); size > 0) return size;
  const Character first = character_at(text);
  if (first.is == UnicodeClass::letter) return run_end(text, 0, UnicodeClass::letter);
  if (first.is == UnicodeClass::number) return run_end(text, 0, UnicodeClass::number, digits);
  if (!ends_line(text.front())) {
    const std::size_t end = run_end(text, first.size, UnicodeClass::letter);
    if (end > first.size) return end;
  }
  const std::size_t begin = text.front() == ' ' ? 1 : 0;
  if (std::size_t end = run_end(text, begin, UnicodeClass::other); end > begin) {
    while (end < text.size() && ends_line(text[end])) ++end;
    return end;
  }
  const std::size_t end = run_end(text, 0, UnicodeClass::space);
  const std::size_t line = text.substr(0, end).find_last_of("\r\n");
  return line != std::string_view::npos ? line + 1 : spaces(text);
}

}  // namespace

std::optional<WordSplit> word_split(std::string_view name) {
  for (const Row& row : kRows) {
    if (name == row.name) return row.split;
  }
  return std::nullopt;
}

const char* name_of(WordSplit split) {
  return row_of(split).name;
}

const char* pattern_of(WordSplit split) {
  return row_of(split).pattern;
}

std::size_t word_size(WordSplit split, std::string_view text) {
  if (split == WordSplit::gpt2 || split == WordSplit::smollm) return gpt2_word(text, split == WordSplit::smollm);
  return llama3_word(text, split == WordSplit::llama3 ? 3 : 1);
}

}  // namespace pantograph::token
