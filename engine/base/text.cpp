// SPDX-License-Identifier: GPL-3.0-or-later
// Text as XML and CSV carry it.
#include "base/text.h"

#include <fmt/format.h>
#include <utf8.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace pantograph {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(out), kReplacement);
  return out;
}

bool xml_allows(std::uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  const std::string sound = repaired(text);
  for (auto at = sound.begin(); at != sound.end();) {
    const std::uint32_t code = utf8::unchecked::next(at);
    switch (code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        utf8::append(xml_allows(code) ? code : kReplacement, std::back_inserter(out));
    }
  }
  return out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string printable(std::string_view text) {
  std::string out;
  const auto escape = [&out](char c) { out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c)); };
  for (std::size_t at = 0; at < text.size();) {
    auto next = text.begin() + static_cast<std::ptrdiff_t>(at);
    const bool sound = utf8::internal::validate_next(next, text.end()) == utf8::internal::UTF8_OK;
    const std::size_t size = sound ? static_cast<std::size_t>(next - text.begin()) - at : 1;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (!sound || byte < 0x20 || byte == 0x7F) {
      escape(text[at]);
    } else {
      out += text.substr(at, size);
    }
    at += size;
  }
  return out;
}

std::size_t text_columns(std::string_view text) {
  std::size_t columns = 0;
  const std::string sound = repaired(text);
  for (auto at = sound.begin(); at != sound.end();) {
    const std::uint32_t code = utf8::unchecked::next(at);
    columns += (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) ||
                       (code >= 0xAC00 && code < 0xD7A4) || (code >= 0xF900 && code < 0xFB00) ||
                       (code >= 0xFF00 && code < 0xFF61) || code >= 0x1F300
                   ? 2
                   : 1;
  }
  return columns;
}

}  // namespace pantograph
