// SPDX-License-Identifier: GPL-3.0-or-later
// The MLP matrices of a step's experts, formed from T [PN, eq. 3], and Adam's pass over T.
#include "train/formed_experts.h"

#include "base/random.h"
#include "train/small_tensors.h"

namespace pantograph::train {

FormedExperts::FormedExperts(network::Network& network, Adam& adam, bool half)
    : network_(network.impl()), adam_(adam), half_(half) {
  for (const network::NamedParameter& p : network_.parameters) {
    if (p.part != network::TensorPart::t) continue;
    Matrix matrix;
    matrix.role = p.role();
    matrix.layer = p.layer;
    matrix.t = network_.index(p.role(), p.layer, network::TensorPart::t);
    matrix.m = network_.index(p.role(), p.layer, network::TensorPart::m);
    matrix.size = p.value.numel() / network_.config.h;
    matrices_.push_back(std::move(matrix));
  }
}

std::vector<float> FormedExperts::coefficients(const Matrix& matrix, const std::vector<int>& experts) const {
  const float* e = network_.tensor(network::TensorRole::experts).data_ptr<float>();  // [k, m]
  const float* mixer = network_.parameters[matrix.m].value.data_ptr<float>();        // [m, h]
  const int m = network_.config.m, h = network_.config.h;
  std::vector<float> c(experts.size() * static_cast<std::size_t>(h));
  for (std::size_t i = 0; i < experts.size(); ++i) {
    for (int r = 0; r < h; ++r) {
      float sum = 0;
      for (int j = 0; j < m; ++j) sum += e[experts[i] * m + j] * mixer[j * h + r];
      c[i * static_cast<std::size_t>(h) + static_cast<std::size_t>(r)] = sum;
    }
  }
  return c;
}

kernel::Planes FormedExperts::planes(const Matrix& matrix) const {
  return {network_.parameters[matrix.t].value.data_ptr<float>(), network_.config.h,
          static_cast<std::size_t>(matrix.size)};
}

kernel::Formed FormedExperts::target(Matrix& matrix, std::size_t experts) {
  const std::size_t count = experts * static_cast<std::size_t>(matrix.size);
  if (half_) return {matrix.low.ensure(count), true};
  return {matrix.full.ensure(count), false};
}

void FormedExperts::prepare(const std::vector<int>& experts) {
  for (Matrix& matrix : matrices_) matrix.gradient.ensure(experts.size() * static_cast<std::size_t>(matrix.size));
  if (experts == experts_) return;
  experts_ = experts;
  for (Matrix& matrix : matrices_) {
    matrix.c = coefficients(matrix, experts);
    kernel::form_experts(planes(matrix), matrix.c.data(), static_cast<int>(experts.size()),
                         target(matrix, experts.size()), at::get_num_threads());
  }
}

std::vector<kernel::FormedMlp> FormedExperts::formed() const {
  const auto values = [this](const Matrix& matrix) -> const void* {
    return half_ ? static_cast<const void*>(matrix.low.data()) : matrix.full.data();
  };
  std::vector<kernel::FormedMlp> out(static_cast<std::size_t>(network_.config.small.layers));
  for (const Matrix& matrix : matrices_) {
    kernel::FormedMlp& layer = out[static_cast<std::size_t>(matrix.layer)];
    const void*& place = matrix.role == network::TensorRole::gate ? layer.gate
                         : matrix.role == network::TensorRole::up ? layer.up
                                                                  : layer.down;
    place = values(matrix);
  }
  return out;
}

void FormedExperts::point_gradients(kernel::DecoderTensors& gradients) {
  for (const Matrix& matrix : matrices_) place(gradients, matrix.role, matrix.layer) = matrix.gradient.data();
}

std::vector<torch::Tensor> FormedExperts::gradients() const {
  std::vector<torch::Tensor> all;
  for (const Matrix& matrix : matrices_)
    all.push_back(torch::from_blob(matrix.gradient.data(), {static_cast<std::int64_t>(experts_.size()), matrix.size}));
  return all;
}

double FormedExperts::finish_gradients() {
  const int m = network_.config.m, h = network_.config.h, count = static_cast<int>(experts_.size());
  const float* e = network_.tensor(network::TensorRole::experts).data_ptr<float>();
  torch::Tensor e_tensor = network_.tensor(network::TensorRole::experts).grad();
  e_tensor.zero_();
  float* e_gradient = e_tensor.data_ptr<float>();
  double square = 0;
  std::vector<double> dc(static_cast<std::size_t>(count * h));
  for (Matrix& matrix : matrices_) {
    matrix.gram.resize(static_cast<std::size_t>(count * count));
    kernel::coefficient_gradients(planes(matrix), matrix.gradient.data(), count, dc.data(), matrix.gram.data(),
                                  at::get_num_threads());
    square += kernel::t_gradient_square(matrix.c.data(), count, h, matrix.gram.data());
    const float* mixer = network_.parameters[matrix.m].value.data_ptr<float>();
    float* m_gradient = network_.parameters[matrix.m].value.grad().data_ptr<float>();
    for (int j = 0; j < m; ++j) {
      for (int r = 0; r < h; ++r) {
        double sum = 0;
        for (int i = 0; i < count; ++i)
          sum += e[experts_[static_cast<std::size_t>(i)] * m + j] * dc[static_cast<std::size_t>(i * h + r)];
        m_gradient[j * h + r] = static_cast<float>(sum);
      }
    }
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < m; ++j) {
        double sum = 0;
        for (int r = 0; r < h; ++r) sum += mixer[j * h + r] * dc[static_cast<std::size_t>(i * h + r)];
        e_gradient[experts_[static_cast<std::size_t>(i)] * m + j] += static_cast<float>(sum);
      }
    }
  }
  return square;
}

void FormedExperts::update(double rate, double scale, const std::vector<int>& next) {
  for (Matrix& matrix : matrices_) {
    const torch::Tensor first = adam_.first_moment(matrix.t), second = adam_.second_moment(matrix.t);
    const kernel::Moments moments{first.data_ptr(), second.data_ptr(), first.scalar_type() == torch::kBFloat16};
    const kernel::TUpdate update{adam_.coefficients(matrix.t, rate, scale),
                                 derive_seed(adam_.steps(), network_.parameters[matrix.t].name)};
    const std::vector<float> next_c = coefficients(matrix, next);
    kernel::update_t(planes(matrix), moments, matrix.c.data(), matrix.gradient.data(),
                     static_cast<int>(experts_.size()), update, next.empty() ? nullptr : next_c.data(),
                     static_cast<int>(next.size()), next.empty() ? kernel::Formed{} : target(matrix, next.size()),
                     at::get_num_threads());
    matrix.c = next_c;
  }
  experts_ = next;
}

}  // namespace pantograph::train
