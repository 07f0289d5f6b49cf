// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/piece_trie.h"

#include <algorithm>

namespace pantograph::token {

PieceTrie::PieceTrie(std::vector<std::pair<std::string_view, std::int32_t>> pieces) {
  std::sort(pieces.begin(), pieces.end());
  // What is left to do: the pieces that share the bytes up to a node.
  struct Range {
    std::size_t begin, end, depth;
  };
  std::vector<Range> ranges{{0, pieces.size(), 0}};
  nodes_.emplace_back();
  labels_.push_back('\0');
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
    auto [begin, end, depth] = ranges[node];
    if (begin < end && pieces[begin].first.size() == depth) nodes_[node].id = pieces[begin++].second;
    nodes_[node].first = static_cast<std::uint32_t>(nodes_.size());
    while (begin < end) {
      const char label = pieces[begin].first[depth];
      const std::size_t from = begin;
      while (begin < end && pieces[begin].first[depth] == label) ++begin;
      ranges.push_back({from, begin, depth + 1});
      nodes_.emplace_back();
      labels_.push_back(label);
      ++nodes_[node].children;
    }
  }
  std::fill(std::begin(first_), std::end(first_), kNone);
  for (std::uint32_t i = 0; i < nodes_[kRoot].children; ++i)
    first_[static_cast<unsigned char>(labels_[nodes_[kRoot].first + i])] = nodes_[kRoot].first + i;
}

}  // namespace pantograph::token
