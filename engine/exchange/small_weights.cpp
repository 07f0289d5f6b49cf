// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/small_weights.h"

#include "base/error.h"

namespace pantograph::exchange {

std::vector<float> transposed(const float* from, std::uint64_t rows, std::uint64_t columns) {
  std::vector<float> out(rows * columns);
  for (std::uint64_t i = 0; i < rows; ++i) {
    for (std::uint64_t j = 0; j < columns; ++j) out[j * rows + i] = from[i * columns + j];
  }
  return out;
}

SmallWeights::SmallWeights(const network::Network& network)
    : config_(network.config().small), tensors_(network.weights()) {}

std::vector<network::TensorSpec> SmallWeights::layout() const {
  network::NetworkConfig config;
  config.small = config_;
  return network::layout(config);
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
  return exchange::transposed(data(name), size.at(0), size.at(1));
}

}  // namespace pantograph::exchange
