// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level BPE (Radford et al. 2019): a text is cut into words, and in each word the pair that comes first in the
// list of merges is joined, the leftmost of equal ones, until no pair is in the list.
#include <algorithm>
#include <queue>
#include <unordered_map>

#include "token/byte_bpe_file.h"
#include "token/character.h"
#include "token/piece_trie.h"
#include "token/tokenizer_kind.h"

namespace pantograph::token {
namespace {

constexpr std::size_t kMostWords = std::size_t{1} << 15;  // that are remembered
constexpr std::size_t kLongestWord = 32;                  // bytes of one
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

using Ids = std::vector<std::int32_t>;

struct Words : EncodingMemory {
  std::unordered_map<std::string, Ids> ids;
};

class ByteBpe : public TokenizerKind {
 public:
  explicit ByteBpe(ByteBpeFile file) : file_(std::move(file)) {
    vocabulary = static_cast<int>(file_.pieces.size());
    begin = file_.begin, end = file_.end;
    std::vector<std::pair<std::string_view, std::int32_t>> whole;
    for (int id = 0; id < vocabulary; ++id) {
      const BytePiece& piece = file_.pieces[static_cast<std::size_t>(id)];
      if (piece.type == BytePiece::normal) ids_.emplace(piece.bytes, id);
      if (piece.type == BytePiece::whole) whole.emplace_back(piece.bytes, id);
      if (piece.type == BytePiece::normal && piece.bytes.size() == 1)
        bytes_[static_cast<unsigned char>(piece.bytes.front())] = id;
    }
    std::sort(whole.begin(), whole.end());
    whole.erase(
        std::unique(whole.begin(), whole.end(), [](const auto& a, const auto& b) { return a.first == b.first; }),
        whole.end());
    if (!whole.empty()) whole_ = std::make_unique<PieceTrie>(std::move(whole));
    merges_.reserve(file_.merges.size());
    std::int32_t rank = 0;
    std::string joined;
    for (const auto& [left, right] : file_.merges) {
      joined = file_.pieces[static_cast<std::size_t>(left)].bytes;
      joined += file_.pieces[static_cast<std::size_t>(right)].bytes;
      merges_.emplace(pair_of(left, right), Merge{rank++, ids_.at(joined)});  // of equal pairs the first counts
    }
  }

  std::unique_ptr<EncodingMemory> memory() const override { return std::make_unique<Words>(); }

  void encode(std::string_view text, EncodingMemory* memory, Ids& out) const override {
    auto* words = static_cast<Words*>(memory);
    std::string with_space;
    if (file_.space_first && !text.empty() && text.front() != ' ') {
      with_space.append(1, ' ').append(text);
      text = with_space;
    }
    if (whole_ == nullptr) return encode_words(text, words, out);
    for (std::size_t at = 0; at < text.size();) {
      const auto [size, id] = whole_at(text.substr(at));
      if (size == 0) {
        ++at;
        continue;
      }
      encode_words(text.substr(0, at), words, out);
      out.push_back(id);
      text.remove_prefix(at + size);
      at = 0;
    }
    encode_words(text, words, out);
  }

  void decode(const std::int32_t* ids, std::size_t count, std::string& out) const override {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
      const BytePiece& piece = file_.pieces[static_cast<std::size_t>(ids[i])];
      if (piece.type != BytePiece::control) all += piece.bytes;
    }
    for (std::string_view rest = all; !rest.empty();) {
      const std::size_t size = character_size(rest);
      out += size > 0 ? rest.substr(0, size) : kReplacement;
      rest.remove_prefix(std::max<std::size_t>(size, 1));
    }
  }

 private:
  struct Merge {
    std::int32_t rank, result;
  };
  /// A piece of a word, and those beside it; joined to the one before, it is dead.
  struct Symbol {
    std::int32_t id, before, behind;
  };
  struct Pair {
    std::int32_t rank, at, left, right, result;
    bool operator>(const Pair& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
  };

  static std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }

  /// The longest whole piece that a text begins with.
  std::pair<std::size_t, std::int32_t> whole_at(std::string_view text) const {
    std::pair<std::size_t, std::int32_t> found{0, -1};
    std::uint32_t node = PieceTrie::kRoot;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = whole_->step(node, text[i]);
      if (node == PieceTrie::kNone) break;
      if (whole_->id(node) >= 0) found = {i + 1, whole_->id(node)};
    }
    return found;
  }

  void encode_words(std::string_view text, Words* words, Ids& out) const {
    while (!text.empty()) {
      const std::string_view word = text.substr(0, word_size(file_.split, text));
      text.remove_prefix(word.size());
      if (words == nullptr || word.size() > kLongestWord) {
        encode_word(word, out);
        continue;
      }
      const auto [known, is_new] = words->ids.try_emplace(std::string(word));
      if (is_new) encode_word(word, known->second);
      out.insert(out.end(), known->second.begin(), known->second.end());
      if (words->ids.size() >= kMostWords) words->ids.clear();
    }
  }

  void encode_word(std::string_view word, Ids& out) const {
    if (file_.whole_words) {
      if (const auto found = ids_.find(word); found != ids_.end()) {
        out.push_back(found->second);
        return;
      }
    }
    std::vector<Symbol> symbols;
    const auto count = static_cast<std::int32_t>(word.size());
    for (std::int32_t i = 0; i < count; ++i) {
      const auto byte = static_cast<unsigned char>(word[static_cast<std::size_t>(i)]);
      symbols.push_back({bytes_[byte], i - 1, i + 1 < count ? i + 1 : -1});
    }
    std::priority_queue<Pair, std::vector<Pair>, std::greater<>> pairs;
    const auto see = [&](std::int32_t at) {
      if (at < 0) return;
      const Symbol& left = symbols[static_cast<std::size_t>(at)];
      if (left.behind < 0) return;
      const std::int32_t right = symbols[static_cast<std::size_t>(left.behind)].id;
      if (const auto merge = merges_.find(pair_of(left.id, right)); merge != merges_.end())
        pairs.push({merge->second.rank, at, left.id, right, merge->second.result});
    };
    for (std::int32_t i = 0; i + 1 < count; ++i) see(i);
    while (!pairs.empty()) {
      const Pair best = pairs.top();
      pairs.pop();
      Symbol& left = symbols[static_cast<std::size_t>(best.at)];
      if (left.id != best.left || left.behind < 0) continue;  // joined with another since
      Symbol& right = symbols[static_cast<std::size_t>(left.behind)];
      if (right.id != best.right) continue;
      left.id = best.result;
      left.behind = right.behind;
      right.id = -1;
      if (left.behind >= 0) symbols[static_cast<std::size_t>(left.behind)].before = best.at;
      see(left.before);
      see(best.at);
    }
    for (std::int32_t at = 0; at >= 0; at = symbols[static_cast<std::size_t>(at)].behind)
      out.push_back(symbols[static_cast<std::size_t>(at)].id);
  }

  ByteBpeFile file_;
  std::unordered_map<std::string_view, std::int32_t> ids_;  // of normal pieces
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::unique_ptr<PieceTrie> whole_;  // null: there are none
  std::int32_t bytes_[256] = {};
};

}  // namespace

std::unique_ptr<TokenizerKind> open_byte_bpe(std::string_view model, const std::string& where) {
  return std::make_unique<ByteBpe>(parse_byte_bpe(model, where));
}

}  // namespace pantograph::token
