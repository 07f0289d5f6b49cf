// SPDX-License-Identifier: GPL-3.0-or-later
// A small network's tensors on the host, by the names of docs/FORMATS.md. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/layout.h"
#include "network/network.h"

namespace pantograph::exchange {

/// [columns, rows] of a row-major matrix [rows, columns].
std::vector<float> transposed(const float* from, std::uint64_t rows, std::uint64_t columns);

class SmallWeights {
 public:
  explicit SmallWeights(const network::Network& network);

  const network::SmallConfig& config() const { return config_; }
  std::vector<network::TensorSpec> layout() const;  ///< of all its tensors
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
