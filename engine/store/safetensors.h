// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors in a file of the safetensors format: the length of a JSON header (u64), the header, the data.
// Format: https://github.com/huggingface/safetensors, "Format".
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pantograph::store {

struct SafetensorsEntry {
  std::string dtype;                ///< "F32", "F16", "BF16", "I64", …
  std::vector<std::uint64_t> dims;  ///< empty: a single number
  std::uint64_t begin = 0;          ///< offset of its first byte in the file
  std::uint64_t bytes = 0;
  std::uint64_t count() const;  ///< of numbers
};

/// A file whose header has been checked as a whole: length against the file, every tensor's type, shape and place,
/// no two that overlap, no byte that belongs to none. Holds no data in memory.
class SafetensorsFile {
 public:
  /// Error(input) naming file and tensor, what was found and expected.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::map<std::string, SafetensorsEntry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  bool has(const std::string& name) const { return entries_.contains(name); }
  /// Error(input) when the tensor is missing.
  const SafetensorsEntry& entry(const std::string& name) const;
  /// Row-major numbers of a tensor of type F32, F16 or BF16. Error(input) when it is missing, of another type, of other
  /// dimensions than `dims`, or no longer in the file.
  std::vector<float> read_floats(const std::string& name, const std::vector<std::uint64_t>& dims) const;

 private:
  std::filesystem::path path_;
  std::map<std::string, SafetensorsEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// "[384, 1536]", for messages.
std::string dims_text(const std::vector<std::uint64_t>& dims);

}  // namespace pantograph::store
