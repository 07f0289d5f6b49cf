// SPDX-License-Identifier: GPL-3.0-or-later
// A small network's tensors on the host, as other formats name and lay them out. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exchange/tensor_places.h"
#include "network/network.h"

namespace pantograph::exchange {

/// A tensor under its name in another format, row-major.
struct ForeignTensor {
  std::string name;
  std::vector<std::uint64_t> dims;
  std::vector<float> values;
  bool matrix = false;
};

class SmallWeights {
 public:
  explicit SmallWeights(const network::Network& network);

  const network::SmallConfig& config() const { return config_; }
  /// Every tensor, one after another.
  void for_each(Format format, const std::function<void(const ForeignTensor&)>& take) const;

 private:
  network::SmallConfig config_;
  store::TensorMap tensors_;
};

}  // namespace pantograph::exchange
