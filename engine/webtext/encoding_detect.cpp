// SPDX-License-Identifier: GPL-3.0-or-later
// Which encoding bytes are in: marks, valid UTF-8, UTF-16 by its NULs; or that they are no text at all.
#include <unicode/uchar.h>
#include <utf8.h>

#include <algorithm>

#include "webtext/encoding.h"

namespace pantograph::webtext {
namespace {

constexpr std::size_t kSample = 1 << 16;
// Shares of NULs and of other control characters above which bytes are no text. Eight-bit text has them by accident;
// of bytes at random a tenth are control characters.
constexpr double kMaxNuls = 0.001;
constexpr double kMaxControls = 0.05;

bool is_control(char32_t c) {
  return c < 0x20 && !(c >= '\t' && c <= '\r') && c != 0x1B && c != '\b';
}

/// Whether the bytes are text when read as UTF-16: with nothing unpaired, and characters that are assigned.
bool reads_as(std::string_view sample, const char* encoding) {
  Decoder decoder(encoding);
  std::string text;
  decoder.decode(sample, false, text);
  std::size_t characters = 0, strange = 0;
  for (auto at = text.cbegin(); at != text.cend();) {
    const char32_t c = utf8::unchecked::next(at);
    ++characters;
    const auto type = u_charType(static_cast<UChar32>(c));
    if (is_control(c) || type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR) ++strange;
  }
  return decoder.invalid() == 0 && characters > 0 && strange * 100 <= characters;
}

bool valid_utf8(std::string_view bytes, bool whole) {
  const auto bad = utf8::find_invalid(bytes.begin(), bytes.end());
  if (bad == bytes.end()) return true;
  // A character may be cut off at the end of a piece.
  if (whole || bytes.end() - bad > 3) return false;
  const auto lead = static_cast<unsigned char>(*bad);
  const int length = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  return lead < 0xF5 && bytes.end() - bad < length &&
         std::all_of(bad + 1, bytes.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; });
}

bool is_text(std::string_view bytes) {
  return valid_utf8(bytes, false) && static_cast<double>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
                                       return c != '\0' && is_control(static_cast<unsigned char>(c));
                                     })) <= kMaxControls * static_cast<double>(bytes.size());
}

/// UTF-16 of nearly any language has spaces, line ends or digits, whose NULs lie all at even or all at odd places. Text
/// of 8 bits with a NUL by accident also reads as UTF-16, as rare Chinese: where NULs are few, the bytes must not look
/// like text themselves.
std::string utf16_by_nuls(std::string_view sample) {
  std::size_t nuls[2] = {0, 0}, letters = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const char c = sample[i];
    nuls[i % 2] += c == '\0';
    letters += c == ' ' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  const std::size_t pairs = sample.size() / 2;
  const std::size_t most = std::max(nuls[0], nuls[1]), least = std::min(nuls[0], nuls[1]);
  if (most == 0 || most <= 20 * least) return {};
  const bool few = 10 * most < 3 * pairs;
  if (few && (200 * most < pairs || 10 * letters > 6 * sample.size() || is_text(sample))) return {};
  const char* const encoding = nuls[1] > nuls[0] ? "UTF-16LE" : "UTF-16BE";
  return reads_as(sample, encoding) ? encoding : std::string();
}

bool looks_binary(std::string_view bytes) {
  std::size_t nuls = 0, controls = 0;
  for (const char byte : bytes) {
    if (byte == '\0') {
      ++nuls;
    } else if (is_control(static_cast<unsigned char>(byte))) {
      ++controls;
    }
  }
  const auto size = static_cast<double>(bytes.size());
  return static_cast<double>(nuls) > kMaxNuls * size || static_cast<double>(controls) > kMaxControls * size;
}

}  // namespace

Detected detect_encoding(std::string_view bytes, bool whole) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) return {"UTF-8", true};
  // Before UTF-16, whose mark begins in the same way.
  if (bytes.starts_with("\xFF\xFE\0\0"sv) && (!whole || bytes.size() % 4 == 0)) return {"UTF-32LE", true};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return {"UTF-32BE", true};
  if (bytes.starts_with("\xFF\xFE"sv)) return {"UTF-16LE", true};
  if (bytes.starts_with("\xFE\xFF"sv)) return {"UTF-16BE", true};
  const std::string_view sample = bytes.substr(0, kSample);
  if (std::string encoding = utf16_by_nuls(sample); !encoding.empty()) return {std::move(encoding)};
  if (looks_binary(bytes)) return {.encoding = {}, .binary = true};
  if (valid_utf8(bytes, whole)) return {"UTF-8"};
  return {};
}

}  // namespace pantograph::webtext
