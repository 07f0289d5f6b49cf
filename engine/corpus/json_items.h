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
  /// The next item as it stands there, unchecked, and where: "a.jsonl:12". False at the end. Error(input) for UTF-16.
  virtual bool next(std::string& item, std::string& source) = 0;
  virtual std::uint64_t position() const = 0;  ///< bytes of the file consumed so far
};

/// Lines that are not empty.
std::unique_ptr<JsonItems> json_lines(const std::filesystem::path& path);
/// The members of the file's array, or values one behind the other. Error(input) for an array without its end.
std::unique_ptr<JsonItems> json_values(const std::filesystem::path& path);

}  // namespace pantograph::corpus
