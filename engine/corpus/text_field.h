// SPDX-License-Identifier: GPL-3.0-or-later
// Which values of a record (a JSON object, a row of a table) are the document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::corpus {

struct Document;

/// "text": a field. "article.body": one inside another, unless a field has the whole name. With braces a template:
/// "{question}\n{answer}", where {{ and }} stand for braces and \n for a line's end.
class TextField {
 public:
  explicit TextField(std::string_view spec);  ///< Error(project) for a brace without its other half, or no field

  /// The fields that are named, each once.
  const std::vector<std::string>& fields() const { return fields_; }
  /// Puts the values, one for each of fields(), into the template.
  std::string text(const std::vector<std::string>& values) const;

 private:
  struct Piece {
    std::string literal;
    int field = -1;  ///< index into fields(); -1: the literal
  };
  int index_of(std::string_view name);

  std::vector<std::string> fields_;
  std::vector<Piece> pieces_;
};

/// Why a record gives no document: "no field \"text\"", with the fields that there are as its detail.
void field_is_missing(Document& document, const std::string& field, const std::vector<std::string>& there);

}  // namespace pantograph::corpus
