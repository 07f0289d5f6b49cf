// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/unigram.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

#include "token/character.h"

namespace pantograph::token {
namespace {

constexpr float kUnknownPenalty = 10;
constexpr double kNothing = -std::numeric_limits<double>::infinity();

bool in_trie(const ModelPiece& piece) {
  return piece.type == ModelPiece::normal || piece.type == ModelPiece::user_defined;
}

void consider(Unigram::Node& node, double best, double second) {
  if (best > node.best) {
    node.second = std::max(node.best, second);
    node.best = best;
  } else {
    node.second = std::max(node.second, best);
  }
}

}  // namespace

Unigram::Unigram(const ModelFile& model) {
  float least = FLT_MAX, most = FLT_MIN;  // of the library: the most is never below 0
  std::vector<std::pair<std::string_view, std::int32_t>> texts;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const ModelPiece& piece = model.pieces[i];
    if (in_trie(piece)) texts.emplace_back(piece.text, static_cast<std::int32_t>(i));
    if (piece.type != ModelPiece::normal) continue;
    least = std::min(least, piece.score);
    most = std::max(most, piece.score);
  }
  trie_ = PieceTrie(std::move(texts));
  unknown_ = least - kUnknownPenalty;
  largest_ = std::abs(static_cast<double>(unknown_));
  int byte = 0;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const ModelPiece& piece = model.pieces[i];
    double score = piece.score;
    if (piece.type == ModelPiece::user_defined) score = static_cast<float>(piece.text.size()) * most - 0.1;
    if (piece.type == ModelPiece::byte) {
      // A character's first byte stands for all of it, so that the sum can be followed along the ids.
      score = (byte & 0xC0) == 0x80 ? 0.0 : static_cast<double>(unknown_);
      bytes_[byte++] = static_cast<std::int32_t>(i);
    } else if (in_trie(piece)) {
      largest_ = std::max(largest_, std::abs(score));
    }
    scores_.push_back(score);
  }
}

double Unigram::encode(std::string_view word, float& sum, std::vector<std::int32_t>& out,
                       std::vector<Node>& nodes) const {
  const std::size_t size = word.size();
  nodes.assign(size + 1, Node{0, -1, -1, kNothing, kNothing});
  nodes[0] = {sum, 0, -1, 0, kNothing};
  for (std::size_t at = 0; at < size;) {
    const Node from = nodes[at];
    const std::size_t character = character_size(word.substr(at));
    bool single = false;
    std::uint32_t node = PieceTrie::kRoot;
    for (std::size_t end = at; end < size;) {
      node = trie_.step(node, word[end++]);
      if (node == PieceTrie::kNone) break;
      const std::int32_t id = trie_.id(node);
      if (id < 0) continue;
      const double score = scores_[static_cast<std::size_t>(id)];
      const double candidate = score + static_cast<double>(from.score);
      Node& to = nodes[end];
      if (to.start < 0 || candidate > static_cast<double>(to.score)) {
        to.score = static_cast<float>(candidate);
        to.start = static_cast<std::int32_t>(at);
        to.id = id;
      }
      consider(to, from.best + score, from.second + score);
      single = single || end - at == character;
    }
    if (!single) {
      const float candidate = unknown_ + from.score;
      Node& to = nodes[at + character];
      if (to.start < 0 || candidate > to.score) {
        to.score = candidate;
        to.start = static_cast<std::int32_t>(at);
        to.id = -1;
      }
      consider(to, from.best + static_cast<double>(unknown_), from.second + static_cast<double>(unknown_));
    }
    at += character;
  }
  sum = nodes[size].score;
  const std::size_t first = out.size();
  for (std::size_t end = size; end > 0;) {
    const Node& to = nodes[end];
    const auto start = static_cast<std::size_t>(to.start);
    if (to.id >= 0) {
      out.push_back(to.id);
    } else {
      for (std::size_t i = end; i-- > start;) out.push_back(bytes_[static_cast<unsigned char>(word[i])]);
    }
    end = start;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
  // A path of n pieces is rounded n times, each time by half of the last place of a sum that is no larger than this
  // word's share and the sum before; two paths are compared; and as much again, to be safe.
  const double n = static_cast<double>(size), place = 0x1.0p-22;
  return (nodes[size].best - nodes[size].second) / (n * place) - n * largest_;
}

}  // namespace pantograph::token
