// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/pieces.h"

namespace pantograph::token {
namespace {

constexpr int kLongestCharacter = 4;  // bytes

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::size_t piece_end(std::string_view text, std::size_t begin, std::size_t longest) {
  if (text.size() - begin <= longest) return text.size();
  const std::size_t space = text.substr(begin, longest).find_last_of(" \n");
  if (space != std::string_view::npos && space > 0) return begin + space;
  std::size_t end = begin + longest;
  for (int back = 1; back < kLongestCharacter && end > begin + 1 && continues_character(text[end]); ++back) --end;
  return continues_character(text[end]) ? begin + longest : end;  // no UTF-8: cut anywhere
}

}  // namespace pantograph::token
