// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/text_field.h"

#include <algorithm>

#include "base/error.h"
#include "corpus/document.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kShownFields = 12;

[[noreturn]] void refuse(std::string_view spec, const std::string& found) {
  throw Error(ErrorKind::project, {found, "text_field = \"" + std::string(spec) + "\"",
                                   "the name of a field, or a template such as \"{question}\\n{answer}\"",
                                   "Write {{ and }} for braces that are part of the text."});
}

}  // namespace

TextField::TextField(std::string_view spec) {
  if (spec.find_first_of("{}") == std::string_view::npos) {
    if (spec.empty()) refuse(spec, "no field");
    pieces_.push_back({"", index_of(spec)});
    return;
  }
  std::string literal;
  for (std::size_t i = 0; i < spec.size(); ++i) {
    const char c = spec[i];
    const bool doubled = i + 1 < spec.size() && spec[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      literal += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = spec.find_first_of("{}", i + 1);
      if (end == std::string_view::npos || spec[end] == '{') refuse(spec, "a { without its }");
      if (end == i + 1) refuse(spec, "{} without a field's name");
      if (!literal.empty()) pieces_.push_back({std::move(literal)});
      literal.clear();
      pieces_.push_back({"", index_of(spec.substr(i + 1, end - i - 1))});
      i = end;
    } else if (c == '}') {
      refuse(spec, "a } without its {");
    } else if (c == '\\' && i + 1 < spec.size() && (spec[i + 1] == 'n' || spec[i + 1] == 't')) {
      literal += spec[++i] == 'n' ? '\n' : '\t';
    } else {
      literal += c;
    }
  }
  if (!literal.empty()) pieces_.push_back({std::move(literal)});
  if (fields_.empty()) refuse(spec, "a template without a field");
}

int TextField::index_of(std::string_view name) {
  const auto at = std::find(fields_.begin(), fields_.end(), name);
  if (at != fields_.end()) return static_cast<int>(at - fields_.begin());
  fields_.emplace_back(name);
  return static_cast<int>(fields_.size()) - 1;
}

std::string TextField::text(const std::vector<std::string>& values) const {
  if (pieces_.size() == 1 && pieces_[0].field == 0) return values.at(0);
  std::string out;
  for (const Piece& piece : pieces_)
    out += piece.field < 0 ? piece.literal : values.at(static_cast<std::size_t>(piece.field));
  return out;
}

void field_is_missing(Document& document, const std::string& field, const std::vector<std::string>& there) {
  document.fault = "no field \"" + field + "\"";
  document.detail = there.empty() ? "(there is none)" : "(there are: ";
  for (std::size_t i = 0; i < std::min(there.size(), kShownFields); ++i)
    document.detail += (i > 0 ? ", " : "") + there[i];
  if (!there.empty()) document.detail += there.size() > kShownFields ? ", …)" : ")";
}

}  // namespace pantograph::corpus
