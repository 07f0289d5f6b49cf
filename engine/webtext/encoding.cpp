// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding over ICU's converters.
#include "webtext/encoding.h"

#include <unicode/ucnv.h>
#include <utf8.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/error.h"
#include "webtext/encoding_labels.h"

namespace pantograph::webtext {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kMark = 0xFEFF;

void require(UErrorCode code, const std::string& encoding) {
  if (U_FAILURE(code)) throw Error(ErrorKind::run, {std::string("ICU: ") + u_errorName(code), encoding, "", ""});
}

}  // namespace

struct Decoder::Impl {
  std::string encoding;
  std::unique_ptr<UConverter, void (*)(UConverter*)> converter{nullptr, ucnv_close};
  bool one_byte = false;
  std::array<char32_t, 256> table{};  // of an encoding with one byte a character
  bool unicode = false;
  bool started = false;
  char16_t lead = 0;  // of a surrogate pair whose second half has not come out yet
  std::uint64_t consumed = 0, invalid = 0, first_invalid = 0;

  explicit Impl(const std::string& name) : encoding(name) {
    const EncodingEntry* entry = find_encoding(name);
    if (!entry) throw Error(ErrorKind::run, {"no encoding is called \"" + name + "\"", "decoding", "", ""});
    UErrorCode code = U_ZERO_ERROR;
    converter.reset(ucnv_open(entry->converter, &code));
    require(code, encoding);
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &code);
    require(code, encoding);
    unicode = name.starts_with("UTF-");
    one_byte = ucnv_getMaxCharSize(converter.get()) == 1;
    if (one_byte) fill_table();
  }

  // Browsers read ASCII as ASCII, and take a byte of 80 to 9F that nothing is assigned to as the control character.
  void fill_table() {
    for (int byte = 0; byte < 256; ++byte) {
      const char source = static_cast<char>(byte);
      const char* at = &source;
      char16_t unit = 0;
      char16_t* target = &unit;
      UErrorCode code = U_ZERO_ERROR;
      ucnv_resetToUnicode(converter.get());
      if (byte >= 0x80) ucnv_toUnicode(converter.get(), &target, &unit + 1, &at, at + 1, nullptr, true, &code);
      const bool assigned = byte >= 0x80 && U_SUCCESS(code) && target != &unit && unit != kReplacement;
      table[static_cast<std::size_t>(byte)] =
          assigned ? unit : (byte < 0xA0 ? static_cast<char32_t>(byte) : kReplacement);
    }
  }

  void fault(std::uint64_t at) {
    if (invalid++ == 0) first_invalid = at;
  }

  void put(char32_t character, std::string& out) {
    if (!started && unicode && character == kMark) {
      started = true;
      return;
    }
    started = true;
    utf8::unchecked::append(character, std::back_inserter(out));
  }

  void put_units(const char16_t* begin, const char16_t* end, std::string& out) {
    for (; begin != end; ++begin) {
      const char16_t unit = *begin;
      if (lead != 0) {
        put(static_cast<char32_t>(0x10000 + ((lead - 0xD800) << 10) + (unit - 0xDC00)), out);
        lead = 0;
      } else if (unit >= 0xD800 && unit < 0xDC00) {
        lead = unit;
      } else {
        put(unit, out);
      }
    }
  }

  void decode_by_table(std::string_view bytes, std::string& out) {
    for (const char byte : bytes) {
      const char32_t character = table[static_cast<unsigned char>(byte)];
      if (character == kReplacement) fault(consumed);
      ++consumed;
      put(character, out);
    }
  }

  void decode_by_converter(std::string_view bytes, bool last, std::string& out) {
    std::array<char16_t, 4096> units;
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    for (;;) {
      const char* const before = at;
      char16_t* target = units.data();
      UErrorCode code = U_ZERO_ERROR;
      ucnv_toUnicode(converter.get(), &target, units.data() + units.size(), &at, end, nullptr, last, &code);
      consumed += static_cast<std::uint64_t>(at - before);
      put_units(units.data(), target, out);
      if (code == U_BUFFER_OVERFLOW_ERROR) continue;
      if (code == U_INVALID_CHAR_FOUND || code == U_ILLEGAL_CHAR_FOUND || code == U_TRUNCATED_CHAR_FOUND ||
          code == U_ILLEGAL_ESCAPE_SEQUENCE || code == U_UNSUPPORTED_ESCAPE_SEQUENCE) {
        std::array<char, 32> wrong;
        auto length = static_cast<int8_t>(wrong.size());
        UErrorCode query = U_ZERO_ERROR;
        ucnv_getInvalidChars(converter.get(), wrong.data(), &length, &query);
        const int back = U_SUCCESS(query) ? length : 0;
        fault(consumed - std::min(consumed, static_cast<std::uint64_t>(back)));
        put(kReplacement, out);
        if (code == U_TRUNCATED_CHAR_FOUND) return;
        continue;
      }
      require(code, encoding);
      return;
    }
  }
};

Decoder::Decoder(const std::string& encoding) : impl_(std::make_unique<Impl>(encoding)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

void Decoder::decode(std::string_view bytes, bool last, std::string& out) {
  if (impl_->one_byte) {
    impl_->decode_by_table(bytes, out);
  } else {
    impl_->decode_by_converter(bytes, last, out);
  }
}

std::uint64_t Decoder::invalid() const {
  return impl_->invalid;
}

std::uint64_t Decoder::first_invalid() const {
  return impl_->first_invalid;
}

Decoded decode(std::string_view bytes, const std::string& encoding) {
  Decoder decoder(encoding);
  Decoded out;
  out.text.reserve(bytes.size() + bytes.size() / 2);
  decoder.decode(bytes, true, out.text);
  out.invalid = decoder.invalid();
  out.first_invalid = decoder.first_invalid();
  return out;
}

}  // namespace pantograph::webtext
