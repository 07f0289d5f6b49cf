// SPDX-License-Identifier: GPL-3.0-or-later
// The MLP matrices of a step's experts, formed from T, with their gradients; and Adam's pass over T, which forms those
// of the next step on its way. The gradient of T is never stored.
#pragma once

#include <vector>

#include "kernel/buffer.h"
#include "kernel/decoder.h"
#include "kernel/projection.h"
#include "train/optimizer.h"

namespace pantograph::train {

class FormedExperts {
 public:
  FormedExperts(network::Network& network, Adam& adam, bool half);

  /// Has W of these distinct experts ready: formed by the last update(), or formed now.
  void prepare(const std::vector<int>& experts);
  const std::vector<int>& experts() const { return experts_; }
  /// For the decoder: W [experts, out, in] of each layer, and where to put its gradients.
  std::vector<kernel::FormedMlp> formed() const;
  void point_gradients(kernel::DecoderTensors& gradients);

  /// Those of W, one [experts, out·in] for each matrix, where the decoder puts them.
  std::vector<torch::Tensor> gradients() const;
  /// From the gradients of W: those of E and M into their places, and returns ‖dT‖².
  double finish_gradients();
  /// After the optimizer's own step (which moved E and M): Adam over T, forming W of `next`.
  void update(double rate, double scale, const std::vector<int>& next);

 private:
  struct Matrix {
    network::TensorRole role;
    int layer;
    std::size_t t, m;  ///< index of T and M among the parameters
    std::int64_t size = 0;
    kernel::Buffer<float> full, gradient;  ///< W in fp32, and its gradient
    kernel::Buffer<std::uint16_t> low;     ///< W in bf16
    std::vector<float> c;                  ///< [experts, h]
    std::vector<double> gram;
  };
  std::vector<float> coefficients(const Matrix& matrix, const std::vector<int>& experts) const;
  kernel::Planes planes(const Matrix& matrix) const;
  kernel::Formed target(Matrix& matrix, std::size_t experts);

  network::Network::Impl& network_;
  Adam& adam_;
  const bool half_;
  std::vector<Matrix> matrices_;
  std::vector<int> experts_;  // whose W is there
};

}  // namespace pantograph::train
