// SPDX-License-Identifier: GPL-3.0-or-later
// What the model of a byte-level tokenizer says (Radford et al. 2019, section 2.2): its pieces are bytes, which pairs
// make up. Stored as JSON; layout: docs/FORMATS.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "token/word_split.h"

namespace pantograph::token {

struct BytePiece {
  /// control: no text has it. whole: found in a text before that is cut into words.
  enum Type { normal, control, whole };
  std::string bytes;
  int type = normal;
};

struct ByteBpeFile {
  WordSplit split = WordSplit::gpt2;
  bool space_first = false;  ///< a space is put before a text that does not begin with one
  bool whole_words = false;  ///< words that are pieces are not made up of pairs
  std::vector<BytePiece> pieces;
  std::vector<std::pair<int, int>> merges;  ///< ids, the first to be joined first; together they are a piece
  int begin = -1, end = -1;                 ///< ids, -1: none
};

/// Whether bytes are such a model, and not SentencePiece's.
bool is_byte_bpe(std::string_view model);
std::string serialize_byte_bpe(const ByteBpeFile& file);
/// Error(input), `where` named, for what is no such model, or contradicts itself.
ByteBpeFile parse_byte_bpe(std::string_view model, const std::string& where);
/// What parse_byte_bpe() asks of the values: every byte is a piece, none is there twice, ids are pieces, pairs make
/// one.
void check_byte_bpe(const ByteBpeFile& file, const std::string& where);

/// Bytes as published vocabularies write them: each as a character that can be seen.
std::string to_byte_alphabet(std::string_view bytes);
/// And back; false where a character is none of that alphabet.
bool from_byte_alphabet(std::string_view text, std::string& bytes);

}  // namespace pantograph::token
