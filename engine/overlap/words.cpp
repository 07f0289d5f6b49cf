// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/words.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/hash.h"

namespace pantograph::overlap {
namespace {

enum class Kind : std::uint8_t { separator, word, whole_word, lead };

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  for (int c = 0; c < 256; ++c) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    kinds[static_cast<std::size_t>(c)] = c >= 0x80 ? Kind::lead : word ? Kind::word : Kind::separator;
  }
  return kinds;
}
constexpr std::array<Kind, 256> kKinds = make_kinds();

struct Range {
  char32_t first, last;
};

bool within(const Range* begin, const Range* end, char32_t code) {
  const Range* at = std::lower_bound(begin, end, code, [](const Range& r, char32_t c) { return r.last < c; });
  return at != end && code >= at->first;
}

// Blanks, controls and punctuation beyond ASCII, ascending: Latin-1, Arabic and Devanagari stops, general punctuation,
// that of CJK, vertical and full-width forms.
constexpr Range kSeparators[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
    {0xf7, 0xf7},     {0x60c, 0x60c},   {0x61b, 0x61b},   {0x61f, 0x61f},   {0x6d4, 0x6d4},
    {0x964, 0x965},   {0x1680, 0x1680}, {0x2000, 0x206f}, {0x2e00, 0x2e7f}, {0x3000, 0x3004},
    {0x3008, 0x3020}, {0x3030, 0x3030}, {0x30fb, 0x30fb}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f},
    {0xfeff, 0xfeff}, {0xff00, 0xff0f}, {0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}};

// Scripts without blanks, ascending: Thai and Lao, Burmese, Khmer, signs and kana, Han, halfwidth kana, rarer Han.
constexpr Range kWholeWords[] = {{0xe00, 0xeff},   {0x1000, 0x109f}, {0x1780, 0x17ff},
                                 {0x3005, 0x30ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
                                 {0xf900, 0xfaff}, {0xff66, 0xff9f}, {0x20000, 0x3ffff}};

Kind kind_of(char32_t code) {
  if (within(std::begin(kSeparators), std::end(kSeparators), code)) return Kind::separator;
  return within(std::begin(kWholeWords), std::end(kWholeWords), code) ? Kind::whole_word : Kind::word;
}

/// The code point that starts at `at`, and its bytes; a byte that starts none stands for itself.
char32_t decode(std::string_view text, std::size_t at, std::size_t& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (bytes == 1 || at + bytes > text.size()) {
    bytes = 1;
    return lead;
  }
  char32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = (code << 6) | (byte(i) & 0x3fU);
  return code;
}

}  // namespace

void find_words(std::string_view text, TextScratch& scratch) {
  scratch.words.clear();
  scratch.lower.resize(text.size());
  std::transform(text.begin(), text.end(), scratch.lower.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
  const std::string_view lower = scratch.lower;
  std::size_t begin = 0;  // of the word that is being read
  const auto end_word = [&](std::size_t end) {
    if (end > begin) scratch.words.push_back(hash64(lower.substr(begin, end - begin)));
  };
  for (std::size_t at = 0; at < lower.size();) {
    Kind kind = kKinds[static_cast<unsigned char>(lower[at])];
    std::size_t bytes = 1;
    if (kind == Kind::lead) kind = kind_of(decode(lower, at, bytes));
    if (kind != Kind::word) {
      end_word(at);
      begin = at + bytes;
      if (kind == Kind::whole_word) scratch.words.push_back(hash64(lower.substr(at, bytes)));
    }
    at += bytes;
  }
  end_word(lower.size());
}

}  // namespace pantograph::overlap
