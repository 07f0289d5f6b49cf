// SPDX-License-Identifier: GPL-3.0-or-later
// The matrices of a network with adapters, formed for the CPU's kernels, and the gradients of the adapters.
#include "train/formed_adapters.h"

#include "train/small_tensors.h"

namespace pantograph::train {

FormedAdapters::FormedAdapters(network::Network& network) : network_(network.impl()) {
  for (const network::NamedParameter& p : network_.parameters) {
    if (!p.row->linear || p.part != network::TensorPart::whole) continue;
    const auto options = p.value.options().requires_grad(false);
    const auto index = [&](network::TensorPart part) { return network_.index(p.role(), p.layer, part); };
    matrices_.push_back({p.role(), p.layer, index(network::TensorPart::whole), index(network::TensorPart::lora_a),
                         index(network::TensorPart::lora_b), torch::empty(p.value.sizes(), options),
                         torch::empty(p.value.sizes(), options)});
  }
}

void FormedAdapters::form() {
  const torch::NoGradGuard no_grad;
  const double scale = network_.config.lora.alpha / network_.config.lora.rank;
  for (Matrix& matrix : matrices_)
    at::addmm_out(matrix.formed, value(matrix.weight), value(matrix.b), value(matrix.a), 1, scale);
}

void FormedAdapters::point(kernel::DecoderTensors& weights, kernel::DecoderTensors& gradients) const {
  for (const Matrix& matrix : matrices_) {
    place(weights, matrix.role, matrix.layer) = matrix.formed.data_ptr<float>();
    place(gradients, matrix.role, matrix.layer) = matrix.gradient.data_ptr<float>();
  }
}

void FormedAdapters::finish_gradients() {
  const torch::NoGradGuard no_grad;
  const double scale = network_.config.lora.alpha / network_.config.lora.rank;
  for (const Matrix& matrix : matrices_) {
    torch::Tensor a_gradient = value(matrix.a).grad(), b_gradient = value(matrix.b).grad();
    at::mm_out(a_gradient, value(matrix.b).t(), matrix.gradient).mul_(scale);
    at::mm_out(b_gradient, matrix.gradient, value(matrix.a).t()).mul_(scale);
  }
}

}  // namespace pantograph::train
