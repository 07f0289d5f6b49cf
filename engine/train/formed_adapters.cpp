// SPDX-License-Identifier: GPL-3.0-or-later
// The matrices of a network with adapters, formed for the CPU's kernels, and the gradients of the adapters.
#include "train/formed_adapters.h"

namespace pantograph {

FormedAdapters::FormedAdapters(Network& network) : network_(network.impl()) {
  const auto& parameters = network_.parameters;
  for (std::size_t i = 0; i + 2 < parameters.size(); ++i) {
    if (parameters[i].kind == ParameterKind::adapter || parameters[i + 1].kind != ParameterKind::adapter) continue;
    const auto options = parameters[i].value.options().requires_grad(false);
    matrices_.push_back(
        {i, torch::empty(parameters[i].value.sizes(), options), torch::empty(parameters[i].value.sizes(), options)});
  }
}

void FormedAdapters::form() {
  const torch::NoGradGuard no_grad;
  const double scale = network_.config.lora.alpha / network_.config.lora.rank;
  for (Matrix& matrix : matrices_) {
    const NamedParameter* p = &network_.parameters[matrix.weight];  // W, A, B
    at::addmm_out(matrix.formed, p[0].value, p[2].value, p[1].value, 1, scale);
  }
}

void FormedAdapters::point(kernel::DecoderTensors& weights, kernel::DecoderTensors& gradients) const {
  const auto each = [&](kernel::DecoderTensors& tensors, torch::Tensor Matrix::*which) {
    auto next = matrices_.begin();
    for (kernel::DecoderLayer& layer : tensors.layers) {
      for (float** place : {&layer.qkv, &layer.output, &layer.up, &layer.down})
        *place = ((*next++).*which).data_ptr<float>();
    }
  };
  each(weights, &Matrix::formed);
  each(gradients, &Matrix::gradient);
}

void FormedAdapters::finish_gradients() {
  const torch::NoGradGuard no_grad;
  const double scale = network_.config.lora.alpha / network_.config.lora.rank;
  for (const Matrix& matrix : matrices_) {
    const NamedParameter* p = &network_.parameters[matrix.weight];  // W, A, B
    torch::Tensor a_gradient = p[1].value.grad(), b_gradient = p[2].value.grad();
    at::mm_out(a_gradient, p[2].value.t(), matrix.gradient).mul_(scale);
    at::mm_out(b_gradient, matrix.gradient, p[1].value.t()).mul_(scale);
  }
}

}  // namespace pantograph
