// SPDX-License-Identifier: GPL-3.0-or-later
// A file of JSON cut into its items, without holding more than one of them. Private to this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace pantograph::corpus {

class JsonItems {
 public:
  virtual ~JsonItems() = default;
  /// The next item as it stands there, unchecked, and where: "a.jsonl:12". False at the end.
  virtual bool next(std::string& item, std::string& source) = 0;
  virtual std::uint64_t position() const = 0;  ///< bytes of the file consumed so far
  virtual std::string encoding() const = 0;    ///< that it is decoded from; empty: UTF-8
};

/// Lines that are not empty. `encoding`: as ReadOptions has it.
std::unique_ptr<JsonItems> json_lines(const std::filesystem::path& path, const std::string& encoding);
/// The members of the file's array, or values one behind the other. Error(input) for an array without its end.
std::unique_ptr<JsonItems> json_values(const std::filesystem::path& path, const std::string& encoding);

}  // namespace pantograph::corpus
