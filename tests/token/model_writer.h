// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece models written by hand: pieces and scores that no trainer would choose.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::fixtures {

struct WrittenPiece {
  std::string text;
  float score = 0;
  int type = 1;
};

struct WrittenModel {
  std::vector<WrittenPiece> pieces;
  int kind = 1;  ///< 1: unigram, 2: bpe
  bool dummy_prefix = false, removes_spaces = false, byte_fallback = true;
  std::string unknown_surface = "\xEF\xBF\xBD";

  /// Unknown, begin, end, the bytes and a newline, as the program's own models begin.
  void add_marks() {
    pieces.push_back({"<unk>", 0, 2});
    pieces.push_back({"<s>", 0, 3});
    pieces.push_back({"</s>", 0, 3});
    pieces.push_back({"\n", 0, 4});
    for (int i = 0; i < 256; ++i) {
      constexpr char digits[] = "0123456789ABCDEF";
      pieces.push_back({std::string("<0x") + digits[i / 16] + digits[i % 16] + '>', 0, 6});
    }
  }

  std::string bytes() const {
    std::string out, trainer, normalizer;
    for (const WrittenPiece& piece : pieces) {
      std::string one;
      add_bytes(one, 1, piece.text);
      const auto bits = std::bit_cast<std::uint32_t>(piece.score);
      one += static_cast<char>(2 << 3 | 5);
      for (int i = 0; i < 4; ++i) one += static_cast<char>(bits >> (8 * i));
      add_number(one, 3, static_cast<std::uint64_t>(piece.type));
      add_bytes(out, 1, one);
    }
    add_number(trainer, 3, static_cast<std::uint64_t>(kind));
    add_number(trainer, 4, pieces.size());
    add_number(trainer, 35, byte_fallback);
    add_bytes(trainer, 44, unknown_surface);
    add_bytes(out, 2, trainer);
    add_bytes(normalizer, 1, "identity");
    add_number(normalizer, 3, dummy_prefix);
    add_number(normalizer, 4, removes_spaces);
    add_bytes(out, 3, normalizer);
    return out;
  }

 private:
  static void add_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }
  static void add_number(std::string& out, std::uint64_t field, std::uint64_t value) {
    add_varint(out, field << 3);
    add_varint(out, value);
  }
  static void add_bytes(std::string& out, std::uint64_t field, std::string_view value) {
    add_varint(out, field << 3 | 2);
    add_varint(out, value.size());
    out += value;
  }
};

}  // namespace pantograph::fixtures
