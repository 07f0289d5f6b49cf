// SPDX-License-Identifier: GPL-3.0-or-later
// BERT's tokenizer: basic tokenization (Devlin et al., 2019, tokenization.py) and WordPiece, greedy longest match first
// (Wu et al., 2016). Names of special tokens in a text are text, as in the original.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pantograph::bert {

struct BasicOptions {
  bool lower_case = true;
  bool strip_accents = true;
  bool split_chinese = true;
};

/// Words and punctuation marks of a text, in order, as UTF-8: control characters and broken UTF-8 dropped, cut at white
/// space, a word of its own for each punctuation mark and each CJK ideograph; lower case and without accents where
/// asked for.
std::vector<std::string> basic_tokens(std::string_view text, const BasicOptions& options);

class WordPiece {
 public:
  /// Reads vocab.txt: one token a line, the line's number (from 0) is its id. Error(input) when [UNK], [CLS], [SEP] or
  /// [PAD] is missing, or there are more than `rows` lines.
  WordPiece(const std::filesystem::path& path, int rows, BasicOptions options);
  /// Ids of a text between [CLS] and [SEP], at most `longest` in all (2 or more): cut at the end, as in the original.
  std::vector<std::int32_t> encode(std::string_view text, int longest) const;
  /// Ids of one word: its pieces, or [UNK] when no pieces make it up or it has more than 100 characters.
  std::vector<std::int32_t> pieces(std::string_view word) const;
  std::int32_t pad() const { return pad_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> ids_;
  std::size_t longest_token_ = 0;  // bytes
  std::int32_t unknown_ = 0, first_ = 0, last_ = 0, pad_ = 0;
  BasicOptions options_;
};

}  // namespace pantograph::bert
