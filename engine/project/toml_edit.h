// SPDX-License-Identifier: GPL-3.0-or-later
// Small edits of a TOML text that leave all else as it stands: comments, order, alignment, how numbers are written.
// Inside this room only.
#pragma once

#include <string>
#include <vector>

#include "project/toml_scan.h"

namespace pantograph::project::detail {

/// Thrown where a text has no place for an edit: its part must be written anew.
struct CannotEdit {};

class TomlEdit {
 public:
  explicit TomlEdit(std::string text) : scanned_(std::move(text)) {}

  /// Valid until the next edit.
  const TomlNode& root() const { return *scanned_.root; }
  const TomlText& scanned() const { return scanned_; }
  const std::string& text() const { return scanned_.text; }

  /// A value in place of another, a plain number where the old one is one.
  void set_value(const TomlNode& node, const std::string& value);
  /// A list's items; those that stay keep their lines and comments. `before` are the present ones, as to_toml() writes
  /// them.
  void set_list(const TomlNode& node, const std::vector<std::string>& before, const std::vector<std::string>& after);
  /// `key = value` behind the table's other keys.
  void add_key(const TomlNode& table, const std::string& key, const std::string& value);
  /// The key of a table wherever it is written.
  void rename(const TomlNode& table, const std::string& name);

  /// The lines of one of several tables, or of a key with a table in braces, with its comments. CannotEdit where they
  /// do not stand together.
  Span lines_of(const TomlNode& table) const;
  /// Takes lines away, and an empty one beside them.
  void remove_lines(Span lines);
  /// Tables with their headers, behind an empty line, at the begin of a line.
  void insert_tables(std::size_t at, const std::string& tables);
  /// The texts of `places` in another order: the place i gets what stood at order[i]. Places rise.
  void reorder(const std::vector<Span>& places, const std::vector<std::size_t>& order);

 private:
  void replace(Span span, const std::string& with);
  struct Item {
    std::string text, comment;  ///< the comment beside it, with the space before
  };
  Item written_item(Span item) const;
  void insert_item(const TomlNode& list, std::size_t index, const Item& item);
  void remove_item(const TomlNode& list, std::size_t index);
  std::string with_line_ends(const std::string& text) const;
  bool alone_in_its_line(Span item) const;
  std::size_t line_begin(std::size_t at) const;
  std::size_t line_end(std::size_t at) const;  ///< behind its end
  TomlText scanned_;
};

}  // namespace pantograph::project::detail
