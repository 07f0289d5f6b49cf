// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a GGUF file, version 2 or 3, little endian. Format: exchange/gguf_format.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exchange/gguf_format.h"

namespace pantograph::exchange {

struct GgufTensor {
  std::vector<std::uint64_t> dims;  ///< as in a row-major array: the slowest first
  NumberType type = NumberType::f32;
  std::uint64_t count = 0;  ///< of numbers
  std::uint64_t begin = 0;  ///< offset of its first byte in the file
  std::uint64_t bytes = 0;
};

/// A file whose header has been checked as a whole: every count and length against the file before anything is made of
/// it, every tensor's type, shape and place, no two that overlap, no name twice. Holds the values behind the keys in
/// memory, and no tensor.
class GgufFile {
 public:
  /// Error(input) naming file and key or tensor, what was found and expected.
  explicit GgufFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  bool has(const std::string& key) const { return values_.contains(key); }
  /// The value of a key; `otherwise` where there is no such key. Error(input) where it has another type, or where there
  /// is none and no `otherwise`.
  std::string text(const std::string& key, const std::optional<std::string>& otherwise = {}) const;
  std::uint64_t count(const std::string& key, std::optional<std::uint64_t> otherwise = {}) const;
  double number(const std::string& key, std::optional<double> otherwise = {}) const;
  bool flag(const std::string& key, std::optional<bool> otherwise = {}) const;
  std::vector<std::string> texts(const std::string& key) const;
  std::vector<float> floats(const std::string& key) const;
  std::vector<std::int32_t> integers(const std::string& key) const;

  const std::map<std::string, GgufTensor>& tensors() const { return tensors_; }
  /// Error(input) where it is missing or can no longer be read.
  std::vector<float> read_floats(const std::string& name) const;

 private:
  class Cursor;
  /// Bytes as the file has them; of a list those of its elements.
  struct Value {
    GgufValueType type = GgufValueType::u8, element = GgufValueType::u8;  // element: of a list
    std::uint64_t count = 1;
    std::string bytes;
  };
  Value read_value(Cursor& in, const std::string& key);
  void read_tensor(Cursor& in);
  void place_tensors(std::uint64_t header, std::uint64_t size);
  const Value* find(const std::string& key, bool needed) const;
  const Value& list(const std::string& key, GgufValueType element) const;

  std::filesystem::path path_;
  std::map<std::string, Value> values_;
  std::map<std::string, GgufTensor> tensors_;
};

}  // namespace pantograph::exchange
