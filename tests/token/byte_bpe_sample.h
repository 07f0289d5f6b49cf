// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level tokenizers trained on a few texts, and encoding by the definition.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "token/byte_bpe_file.h"

namespace pantograph::fixtures {

using Symbols = std::vector<int>;

/// Joins every such pair, from the left.
inline void join(Symbols& word, std::pair<int, int> pair, int result) {
  Symbols out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i + 1 < word.size() && word[i] == pair.first && word[i + 1] == pair.second) {
      out.push_back(result);
      ++i;
    } else {
      out.push_back(word[i]);
    }
  }
  word = out;
}

inline std::vector<std::string> words_of(token::WordSplit split, std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    out.emplace_back(text.substr(0, token::word_size(split, text)));
    text.remove_prefix(out.back().size());
  }
  return out;
}

/// 256 bytes, in another order than their values; pieces of the most frequent pairs; a mark at the end.
inline token::ByteBpeFile sample_byte_bpe(token::WordSplit split, const std::vector<std::string>& texts, int merges) {
  token::ByteBpeFile file;
  file.split = split;
  std::map<char, int> ids;
  for (int i = 0; i < 256; ++i) {
    const char byte = static_cast<char>((i + 33) % 256);
    ids[byte] = i;
    file.pieces.push_back({std::string(1, byte)});
  }
  std::map<Symbols, int> words;
  for (const std::string& text : texts) {
    for (const std::string& word : words_of(split, text)) {
      Symbols symbols;
      for (const char byte : word) symbols.push_back(ids.at(byte));
      ++words[symbols];
    }
  }
  for (int i = 0; i < merges; ++i) {
    std::map<std::pair<int, int>, int> pairs;
    for (const auto& [word, count] : words) {
      for (std::size_t at = 0; at + 1 < word.size(); ++at) pairs[{word[at], word[at + 1]}] += count;
    }
    const auto best =
        std::max_element(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == pairs.end()) break;
    const auto piece = [&](int id) { return file.pieces[static_cast<std::size_t>(id)].bytes; };
    std::string joined = piece(best->first.first) + piece(best->first.second);
    auto same =
        std::find_if(file.pieces.begin(), file.pieces.end(), [&](const auto& one) { return one.bytes == joined; });
    if (same == file.pieces.end()) same = file.pieces.insert(same, {joined});
    const int result = static_cast<int>(same - file.pieces.begin());
    file.merges.push_back(best->first);
    std::map<Symbols, int> next;
    for (const auto& [word, count] : words) {
      Symbols joined_word = word;
      join(joined_word, best->first, result);
      next[joined_word] += count;
    }
    words = std::move(next);
  }
  file.begin = file.end = static_cast<int>(file.pieces.size());
  file.pieces.push_back({"<|endoftext|>", token::BytePiece::control});
  return file;
}

/// By the definition: the pair that comes first in the list is joined wherever it is, again and again.
inline std::vector<std::int32_t> plain_byte_bpe(const token::ByteBpeFile& file, const std::string& text) {
  std::vector<std::int32_t> out;
  for (const std::string& word : words_of(file.split, text)) {
    Symbols symbols;
    const auto id = [&](const std::string& bytes) {
      return static_cast<int>(
          std::find_if(file.pieces.begin(), file.pieces.end(),
                       [&](const auto& one) { return one.type == token::BytePiece::normal && one.bytes == bytes; }) -
          file.pieces.begin());
    };
    for (const char byte : word) symbols.push_back(id(std::string(1, byte)));
    for (bool joined = true; joined;) {
      joined = false;
      for (const auto& pair : file.merges) {
        for (std::size_t i = 0; i + 1 < symbols.size() && !joined; ++i)
          joined = symbols[i] == pair.first && symbols[i + 1] == pair.second;
        if (!joined) continue;
        join(symbols, pair,
             id(file.pieces[static_cast<std::size_t>(pair.first)].bytes +
                file.pieces[static_cast<std::size_t>(pair.second)].bytes));
        break;
      }
    }
    out.insert(out.end(), symbols.begin(), symbols.end());
  }
  return out;
}

}  // namespace pantograph::fixtures
