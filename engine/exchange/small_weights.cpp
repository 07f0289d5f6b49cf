// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/small_weights.h"

#include <fmt/format.h>

#include "base/error.h"

namespace pantograph::exchange {

SmallWeights::SmallWeights(const network::Network& network)
    : config_(network.config().small), tensors_(network.weights()) {}

std::string SmallWeights::layer(int i, const char* name) const {
  return fmt::format("layers.{}.{}", i, name);
}

const store::HostTensor& SmallWeights::tensor(const std::string& name) const {
  const auto found = tensors_.find("weights/" + name);
  if (found != tensors_.end()) return found->second;
  throw Error(ErrorKind::run, {"no tensor " + name, "export", "a small network without adapters", ""});
}

std::vector<std::uint64_t> SmallWeights::dims(const std::string& name) const {
  return tensor(name).shape.dims;
}
const float* SmallWeights::data(const std::string& name) const {
  return reinterpret_cast<const float*>(tensor(name).data.data());
}
std::size_t SmallWeights::count(const std::string& name) const {
  return tensor(name).shape.count();
}

std::vector<float> SmallWeights::transposed(const std::string& name) const {
  const auto size = dims(name);
  const float* from = data(name);
  const std::size_t rows = size.at(0), columns = size.at(1);
  std::vector<float> out(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = from[i * columns + j];
  }
  return out;
}

}  // namespace pantograph::exchange
