// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/hdf5_input.h"

#include <array>

namespace fuzz {
namespace store = pantograph::store;

store::DataType data_type(Input& input) {
  using enum store::DataType;
  constexpr std::array kTypes = {u8, u16, u32, u64, i32, i64, f32, f64, bf16};
  return kTypes[input.below(kTypes.size())];
}

store::DataShape data_shape(Input& input) {
  store::DataShape shape{data_type(input), {}};
  constexpr std::array<std::uint8_t, 8> kRanks = {1, 1, 1, 1, 1, 2, 3, 0};
  for (int rank = kRanks[input.below(kRanks.size())]; rank > 0; --rank) shape.dims.push_back(input.below(64));
  return shape;
}

std::string data_of(Input& input, const store::DataShape& shape) {
  const std::size_t size = shape.count() * store::size_of(shape.type);
  std::string bytes = input.bytes(size);
  bytes.resize(size, '\0');
  return bytes;
}

void put_hdf5(Input& input, const std::filesystem::path& path, const std::vector<std::string>& names,
              const std::vector<std::string>& attributes) {
  store::Hdf5File file = store::Hdf5File::create(path);
  for (const auto& key : attributes) {
    if (input.below(8) != 0) file.write_attribute("/", key, input.text());
  }
  for (const auto& name : names) {
    if (input.below(8) == 0) continue;
    const auto shape = data_shape(input);
    file.write(name, shape, data_of(input, shape).data());
  }
  file.close();
}

}  // namespace fuzz
