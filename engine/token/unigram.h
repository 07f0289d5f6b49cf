// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece's unigram segmentation (Kudo, ACL 2018), one word at a time and bit for bit. Private to this room.
//
// The library looks for the best path through a whole line. Where no piece holds a space behind another character,
// every path passes each word's beginning, so a word's best pieces are those of the line. Only the library's sums are
// in float, from the line's beginning on: where two paths through a word are about as good, rounding chooses, and the
// sum so far counts. So words are told by how large a sum may be before it does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "token/model_file.h"
#include "token/piece_trie.h"

namespace pantograph::token {

class Unigram {
 public:
  /// A model with byte fallback, whose pieces have to outlive this.
  explicit Unigram(const ModelFile& model);

  struct Node {
    float score = 0;  // of the best path up to here, as the library rounds it
    std::int32_t start = -1, id = -1;
    double best = 0, second = 0;  // of the two best paths through the word alone
  };

  /// Appends the best pieces of `word` (UTF-8, not empty, spaces as kSpaceSymbol) behind others whose scores add up to
  /// `sum`, which moves on. Pieces that are unknown are the pieces of their bytes. Gives a bound: with every sum that
  /// is nearer to 0 the pieces are the same; at most 0 where the sum matters always. `nodes` is scratch memory.
  double encode(std::string_view word, float& sum, std::vector<std::int32_t>& out, std::vector<Node>& nodes) const;

  /// The sum behind a piece that encode() gave.
  float behind(float sum, std::int32_t id) const {
    return static_cast<float>(scores_[static_cast<std::size_t>(id)] + static_cast<double>(sum));
  }

 private:
  PieceTrie trie_;
  std::vector<double> scores_;  ///< of each piece; of a byte's: what the character that it begins adds
  float unknown_ = 0;
  double largest_ = 0;  ///< size of a score
  std::int32_t bytes_[256];
};

}  // namespace pantograph::token
