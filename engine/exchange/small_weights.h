// SPDX-License-Identifier: GPL-3.0-or-later
// A small network's tensors on the host, by the names of docs/FORMATS.md. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "network/network.h"

namespace pantograph::exchange {

class SmallWeights {
 public:
  explicit SmallWeights(const network::Network& network);

  const network::SmallConfig& config() const { return config_; }
  std::string layer(int i, const char* name) const;  ///< "layers.3.mlp.up.weight"
  std::vector<std::uint64_t> dims(const std::string& name) const;
  const float* data(const std::string& name) const;
  std::size_t count(const std::string& name) const;
  /// [in, out] of a matrix [out, in].
  std::vector<float> transposed(const std::string& name) const;

 private:
  const store::HostTensor& tensor(const std::string& name) const;
  network::SmallConfig config_;
  store::TensorMap tensors_;
};

}  // namespace pantograph::exchange
