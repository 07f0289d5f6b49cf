// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF files written byte by byte, also ones that no writer would write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pantograph::fixtures {

template <typename T>
std::string little(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
inline std::string counted(const std::string& text) {
  return little<std::uint64_t>(text.size()) + text;
}

struct GgufBytes {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::uint64_t more_tensors = 0, more_pairs = 0;  ///< claimed beyond those that there are
  std::vector<std::string> pairs, tensors;
  std::uint64_t alignment = 32;
  std::string data;

  void pair(const std::string& key, std::uint32_t type, const std::string& value) {
    pairs.push_back(counted(key) + little(type) + value);
  }
  void tensor(const std::string& name, const std::vector<std::uint64_t>& dims, std::uint32_t type,
              std::uint64_t offset) {
    std::string one = counted(name) + little(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) one += little(dim);
    tensors.push_back(one + little(type) + little(offset));
  }
  std::string bytes() const {
    std::string out = magic + little(version) + little<std::uint64_t>(tensors.size() + more_tensors) +
                      little<std::uint64_t>(pairs.size() + more_pairs);
    for (const std::string& one : pairs) out += one;
    for (const std::string& one : tensors) out += one;
    out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
    return out + data;
  }
};

}  // namespace pantograph::fixtures
