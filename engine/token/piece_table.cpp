// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/piece_table.h"

#include <cstring>
#include <unordered_set>

#include "token/character.h"

namespace pantograph::token {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLargestPiece = 1 << 20;
constexpr std::size_t kPadding = 16;  // bytes that are copied at a time

std::string with_spaces(std::string_view piece) {
  std::string out;
  while (!piece.empty()) {
    const bool space = piece.starts_with(kSpaceSymbol);
    out += space ? ' ' : piece.front();
    piece.remove_prefix(space ? kSpaceSymbol.size() : 1);
  }
  return out;
}

int digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Of "<0x41>"; -1 for another name.
int byte_of(std::string_view name) {
  if (name.size() != 6 || !name.starts_with("<0x") || name[5] != '>') return -1;
  const int high = digit(name[3]), low = digit(name[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

}  // namespace

std::optional<PieceTable> PieceTable::of(const ModelFile& file) {
  if (file.dummy_prefix || file.removes_spaces || file.maps_back) return std::nullopt;
  PieceTable table;
  std::unordered_set<std::string_view> names;  // the library goes from id to name and back
  for (const ModelPiece& piece : file.pieces) {
    if (piece.text.size() > kLargestPiece || !names.insert(piece.text).second) return std::nullopt;
    Place place;
    place.begin = static_cast<std::uint32_t>(table.texts_.size());
    std::string text;
    if (piece.type == ModelPiece::control) {
      place.kind = control;
    } else if (piece.type == ModelPiece::byte) {
      place.kind = byte;
      const int value = byte_of(piece.text);
      if (value < 0) return std::nullopt;
      text = static_cast<char>(value);
    } else {
      text = piece.type == ModelPiece::unknown ? file.unknown_surface.substr(0, file.unknown_surface.find('\0'))
                                               : with_spaces(piece.text);
    }
    place.size = static_cast<std::uint32_t>(text.size()) & 0xFFFFFF;
    table.texts_ += text;
    table.places_.push_back(place);
  }
  if (table.texts_.size() > UINT32_MAX || file.unknown_surface.size() > kLargestPiece) return std::nullopt;
  table.texts_.append(kPadding, '\0');
  return table;
}

char* PieceTable::put_bytes(std::string_view bytes, char* to) {
  while (!bytes.empty()) {
    const std::size_t size = character_size(bytes);
    const std::string_view text = size > 0 ? bytes.substr(0, size) : kReplacement;
    std::memcpy(to, text.data(), text.size());
    to += text.size();
    bytes.remove_prefix(size > 0 ? size : 1);
  }
  return to;
}

void PieceTable::decode(const std::int32_t* ids, std::size_t count, std::string& out) const {
  const std::size_t before = out.size();
  std::size_t most = kPadding;
  for (std::size_t i = 0; i < count; ++i) {
    const Place& place = places_[static_cast<std::size_t>(ids[i])];
    most += place.kind == byte ? kReplacement.size() : place.size;
  }
  out.resize(before + most);
  char* to = out.data() + before;
  std::string bytes;  // of byte pieces in a row
  for (std::size_t i = 0; i < count; ++i) {
    const Place place = places_[static_cast<std::size_t>(ids[i])];
    if (place.kind == control) continue;
    const char* from = texts_.data() + place.begin;
    if (place.kind == byte) {
      bytes += *from;
      continue;
    }
    if (!bytes.empty()) {
      to = put_bytes(bytes, to);
      bytes.clear();
    }
    // Most pieces are short: a copy of one size takes less time than to find out which.
    std::memcpy(to, from, kPadding);
    if (place.size > kPadding) std::memcpy(to + kPadding, from + kPadding, place.size - kPadding);
    to += place.size;
  }
  to = put_bytes(bytes, to);
  out.resize(static_cast<std::size_t>(to - out.data()));
}

}  // namespace pantograph::token
