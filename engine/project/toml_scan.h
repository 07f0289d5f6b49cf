// SPDX-License-Identifier: GPL-3.0-or-later
// Where everything stands in a TOML text that is known to be valid, to the byte, so that an edit touches nothing else.
// toml++ says what a text means; this says where. Inside this room only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pantograph::project::detail {

struct Span {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
  bool empty() const { return end == begin; }
};

struct TomlNode {
  enum class Kind { value, list, inline_table, table, tables };
  Kind kind = Kind::table;
  Span text;                ///< value, list, inline table: as it is written
  Span line;                ///< of `key = …`: its whole lines, with the comments right above; empty otherwise
  std::vector<Span> names;  ///< where its key is written: in headers, dotted keys, before =
  std::vector<std::pair<std::string, std::unique_ptr<TomlNode>>> keys;  ///< of every sort of table, as they come
  std::vector<std::unique_ptr<TomlNode>> items;                         ///< of a list, or of [[tables]]
  std::size_t header_end = 0;  ///< behind the line of its first header; 0 without one
  std::size_t last_end = 0;    ///< behind the last line that sets one of its keys outside of braces; 0 without one
  std::string prefix;          ///< of a table by dotted keys alone, as they begin: "tokenizer."

  TomlNode* find(const std::string& key) const;
};

/// A header with what follows it, or what comes before the first header.
struct TomlBlock {
  Span span;  ///< from the comments right above the header to those right behind the last line
  std::vector<const TomlNode*> tables;  ///< those that its header passes through, from below the root to its own
};

struct TomlText {
  explicit TomlText(std::string content);  ///< Error(project) where it is not what TOML has

  std::string text;
  std::string line_end = "\n";  ///< as its first line has it
  std::unique_ptr<TomlNode> root;
  std::vector<TomlBlock> blocks;  ///< the first is what comes before the first header

  /// The blocks of a table and of those within it, where they stand together; empty otherwise, or without a header.
  Span chunk_of(const TomlNode* table) const;
};

}  // namespace pantograph::project::detail
