// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a GGUF file, version 3, little endian. Format: the ggml project's docs/gguf.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "exchange/gguf_format.h"

namespace pantograph::exchange {

class GgufWriter {
 public:
  void add(const std::string& key, const std::string& value);
  void add(const std::string& key, const char* value) { add(key, std::string(value)); }
  void add(const std::string& key, std::uint32_t value);
  void add(const std::string& key, float value);
  void add(const std::string& key, bool value);
  void add(const std::string& key, const std::vector<std::string>& values);
  void add(const std::string& key, const std::vector<float>& values);
  void add(const std::string& key, const std::vector<std::int32_t>& values);

  /// dims: as in a row-major array, the slowest first (the file has them the other way round).
  void add_tensor(const std::string& name, const std::vector<std::uint64_t>& dims, const float* values,
                  NumberType type);
  void write(const std::filesystem::path& file) const;  ///< atomic

 private:
  void key(const std::string& name, GgufValueType type);
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> dims;
    NumberType type;
    std::vector<std::byte> data;
  };
  std::string pairs_;
  std::uint64_t count_ = 0;
  std::vector<Tensor> tensors_;
};

}  // namespace pantograph::exchange
