// SPDX-License-Identifier: GPL-3.0-or-later
// Basic tokenization, with ICU's tables of Unicode.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "base/error.h"
#include "word_piece.h"

namespace pantograph::bert {
namespace {

/// Blocks of the ideographs; Hangul, Hiragana and Katakana are written with spaces or go to WordPiece as words.
bool is_chinese(UChar32 c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// ASCII's symbols count as punctuation, too: "$", "+", "^" and the like.
bool is_punctuation(UChar32 c) {
  if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126)) return true;
  return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0;
}

bool is_space(UChar32 c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || (U_GET_GC_MASK(c) & U_GC_Z_MASK) != 0;
}

/// Categories C*: control, format, unassigned, private use, lone surrogates.
bool is_control(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_C_MASK) != 0;
}

void check(UErrorCode code) {
  if (U_FAILURE(code)) throw Error(ErrorKind::run, {std::string("ICU: ") + u_errorName(code), "a text", "", ""});
}

using Text = std::u16string;

/// Calls convert(target, capacity, code) again with the room that it asks for.
template <typename Convert>
Text grown(std::size_t guess, const Convert& convert) {
  Text out(guess, u'\0');
  UErrorCode code = U_ZERO_ERROR;
  auto length = convert(out.data(), static_cast<std::int32_t>(out.size()), &code);
  if (code == U_BUFFER_OVERFLOW_ERROR) {
    out.resize(static_cast<std::size_t>(length));
    code = U_ZERO_ERROR;
    length = convert(out.data(), length, &code);
  }
  check(code);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

Text lower(const Text& text) {
  return grown(text.size() + 16, [&](char16_t* out, std::int32_t room, UErrorCode* code) {
    return u_strToLower(out, room, text.data(), static_cast<std::int32_t>(text.size()), "", code);
  });
}

Text without_accents(const Text& text) {
  UErrorCode code = U_ZERO_ERROR;
  const UNormalizer2* decomposition = unorm2_getNFDInstance(&code);
  check(code);
  const Text apart = grown(2 * text.size() + 16, [&](char16_t* out, std::int32_t room, UErrorCode* failed) {
    return unorm2_normalize(decomposition, text.data(), static_cast<std::int32_t>(text.size()), out, room, failed);
  });
  Text out;
  for (std::size_t i = 0; i < apart.size();) {
    const std::size_t from = i;
    UChar32 c = 0;
    U16_NEXT(apart.data(), i, apart.size(), c);
    if (u_charType(c) != U_NON_SPACING_MARK) out.append(apart, from, i - from);
  }
  return out;
}

/// Without what is dropped, white space as spaces, CJK ideographs between spaces.
Text cleaned(std::string_view text, bool split_chinese) {
  Text out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c > 0 && is_space(c)) {
      out += u' ';
    } else if (c <= 0 || c == 0xFFFD || is_control(c)) {
      continue;
    } else {
      const bool apart = split_chinese && is_chinese(c);
      if (apart) out += u' ';
      if (c > 0xFFFF) {
        out += static_cast<char16_t>(U16_LEAD(c));
        out += static_cast<char16_t>(U16_TRAIL(c));
      } else {
        out += static_cast<char16_t>(c);
      }
      if (apart) out += u' ';
    }
  }
  return out;
}

void append(std::string& out, UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  out.append(bytes, static_cast<std::size_t>(length));
}

}  // namespace

std::vector<std::string> basic_tokens(std::string_view text, const BasicOptions& options) {
  Text clean = cleaned(text, options.split_chinese);
  if (options.lower_case) clean = lower(clean);
  if (options.strip_accents) clean = without_accents(clean);
  std::vector<std::string> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < clean.size();) {
    UChar32 c = 0;
    U16_NEXT(clean.data(), i, clean.size(), c);
    if (c == ' ') {
      end_word();
    } else if (is_punctuation(c)) {
      end_word();
      append(word, c);
      end_word();
    } else {
      append(word, c);
    }
  }
  end_word();
  return out;
}

}  // namespace pantograph::bert
