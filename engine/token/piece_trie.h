// SPDX-License-Identifier: GPL-3.0-or-later
// Which pieces a text begins with. Private to this room.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace pantograph::token {

/// A tree of bytes. The children of a node lie side by side in the order of their labels, so that one search over a few
/// bytes finds the next.
class PieceTrie {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kRoot = 0;

  PieceTrie() = default;
  /// Of texts, each once and none empty, with their ids.
  explicit PieceTrie(std::vector<std::pair<std::string_view, std::int32_t>> pieces);

  /// The node that `byte` leads to; kNone where no piece goes on so.
  std::uint32_t step(std::uint32_t node, char byte) const {
    if (node == kRoot) return first_[static_cast<unsigned char>(byte)];
    const Node& from = nodes_[node];
    if (from.children == 0) return kNone;
    const char* labels = labels_.data() + from.first;
    const auto* found = static_cast<const char*>(std::memchr(labels, byte, from.children));
    return found == nullptr ? kNone : from.first + static_cast<std::uint32_t>(found - labels);
  }
  /// The piece that ends at this node; -1: none.
  std::int32_t id(std::uint32_t node) const { return nodes_[node].id; }

 private:
  struct Node {
    std::uint32_t first = 0, children = 0;
    std::int32_t id = -1;
  };
  std::vector<Node> nodes_;
  std::vector<char> labels_;       // of the nodes
  std::uint32_t first_[256] = {};  // the root's children
};

}  // namespace pantograph::token
