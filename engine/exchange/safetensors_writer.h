// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a safetensors file: the length of a JSON header (u64), the header, the data. store/safetensors.h reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "exchange/number_types.h"

namespace pantograph::exchange {

class SafetensorsWriter {
 public:
  /// Row-major; type: f32, f16 or bf16.
  void add(const std::string& name, std::vector<std::uint64_t> dims, const float* values, NumberType type);
  /// Atomic; the data begins at a multiple of 8.
  void write(const std::filesystem::path& file, const std::map<std::string, std::string>& metadata) const;

 private:
  struct Tensor {
    std::string name, dtype;
    std::vector<std::uint64_t> dims;
    std::vector<std::byte> data;
  };
  std::vector<Tensor> tensors_;
};

}  // namespace pantograph::exchange
