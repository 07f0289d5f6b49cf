// SPDX-License-Identifier: GPL-3.0-or-later
// Adam over the parameters of a network: they become views into one flat buffer, as do the moments.
#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/large_pages.h"

namespace pantograph::train {
namespace {

constexpr std::int64_t kAlign = 16;  // floats: 64 bytes, as LibTorch's own allocations

double rate_factor(network::ParameterKind kind, const TrainSettings& settings) {
  switch (kind) {
    case network::ParameterKind::t:
      return settings.rate_t;
    case network::ParameterKind::e:
      return settings.rate_e;
    case network::ParameterKind::m:
      return settings.rate_m;
    case network::ParameterKind::matrix:
    case network::ParameterKind::vector:
    case network::ParameterKind::adapter:
      break;
  }
  return 1.0;
}

bool is_dense(network::ParameterKind kind) {
  return kind == network::ParameterKind::matrix || kind == network::ParameterKind::adapter ||
         kind == network::ParameterKind::vector;
}

/// Zeros in large pages where it is the host's memory.
torch::Tensor zeros(torch::IntArrayRef shape, const torch::TensorOptions& options) {
  torch::Tensor out = torch::empty(shape, options);
  if (out.is_cpu()) wish_large_pages(out.data_ptr(), out.nbytes());
  return out.zero_();
}

}  // namespace

double clip_factor(double norm, double clip) {
  if (clip <= 0) return 1.0;
  return std::min(1.0, clip / (norm + 1e-6));
}

Adam::Adam(network::Network& network, const TrainSettings& settings, Path path, bool half_moments)
    : parameters_(network.impl().parameters), settings_(settings), path_(path) {
  const torch::NoGradGuard no_grad;
  ranges_.resize(parameters_.size());
  std::int64_t size = 0, together = 0;  // together: what the optimizer itself moves
  for (const network::ParameterKind kind :
       {network::ParameterKind::matrix, network::ParameterKind::adapter, network::ParameterKind::vector,
        network::ParameterKind::e, network::ParameterKind::m, network::ParameterKind::t}) {
    for (const bool decays : {true, false}) {
      Group group{kind, rate_factor(kind, settings), decays ? settings.weight_decay : 0.0, size, 0};
      for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const network::NamedParameter& p = parameters_[i];
        if (p.kind != kind || p.decays != decays || !network.impl().trains(p)) continue;
        ranges_[i] = {size, p.value.numel(), static_cast<int>(groups_.size())};
        size += (ranges_[i].count + kAlign - 1) / kAlign * kAlign;
      }
      group.count = size - group.begin;
      if (group.count > 0) groups_.push_back(group);
    }
    if (kind != network::ParameterKind::t || path_ != Path::kernel) together = size;
  }
  const auto options = torch::TensorOptions().dtype(torch::kFloat).device(network.impl().device);
  values_ = zeros({size}, options);
  first_ = zeros({together}, options);
  second_ = zeros({together}, options);
  if (path_ != Path::fused) gradients_ = zeros({together}, options);
  apart_first_.resize(parameters_.size());
  apart_second_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!moves(i)) continue;
    torch::Tensor& parameter = parameters_[i].value;
    torch::Tensor view = value(i);
    view.copy_(parameter);
    parameter.set_data(view);
    if (apart(i)) {
      const auto type = options.dtype(half_moments ? torch::kBFloat16 : torch::kFloat);
      apart_first_[i] = zeros(parameter.sizes(), type);
      apart_second_[i] = zeros(parameter.sizes(), type);
    } else if (path_ != Path::fused) {
      parameter.mutable_grad() = piece(gradients_, i);
    }
  }
}

Adam::~Adam() {
  for (network::NamedParameter& parameter : parameters_) parameter.value.mutable_grad().reset();
}

torch::Tensor Adam::piece(const torch::Tensor& flat, std::size_t parameter) const {
  const Range& range = ranges_[parameter];
  return flat.narrow(0, range.begin, range.count).view(parameters_[parameter].value.sizes());
}

torch::Tensor Adam::moment(const torch::Tensor& flat, const std::vector<torch::Tensor>& apart,
                           std::size_t parameter) const {
  return apart[parameter].defined() ? apart[parameter] : piece(flat, parameter);
}

void Adam::clear_gradients() {
  if (path_ == Path::kernel) return;  // the first piece of a step overwrites them
  chunks_.clear();
  held_.clear();
  if (path_ == Path::operations) {
    gradients_.zero_();
    return;
  }
  // Undefined, so that the backward pass hands its buffer over instead of adding it to zeros: two passes less.
  for (network::NamedParameter& parameter : parameters_) parameter.value.mutable_grad().reset();
}

std::vector<torch::Tensor> Adam::dense_gradients() const {
  std::vector<torch::Tensor> all;
  if (path_ == Path::fused) {
    for (const network::NamedParameter& p : parameters_) {
      if (is_dense(p.kind) && p.value.grad().defined()) all.push_back(p.value.grad());
    }
    return all;
  }
  for (const Group& group : groups_) {
    if (is_dense(group.kind)) all.push_back(gradients_.narrow(0, group.begin, group.count));
  }
  return all;
}

void Adam::point_at_gradients() {
  if (!chunks_.empty()) return;
  float* const values = values_.data_ptr<float>();
  float* const first = first_.data_ptr<float>();
  float* const second = second_.data_ptr<float>();
  using kernel::kAdamChunk;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (apart(i) || !moves(i)) continue;
    const torch::Tensor& gradient = parameters_[i].value.grad();
    const float* from = nullptr;  // a parameter that took no part has a gradient of zero
    if (gradient.defined()) {
      held_.push_back(gradient.to(torch::kFloat).contiguous());
      from = held_.back().data_ptr<float>();
    }
    const Range& range = ranges_[i];
    for (std::int64_t at = 0; at < range.count; at += static_cast<std::int64_t>(kAdamChunk)) {
      const auto count = std::min<std::int64_t>(static_cast<std::int64_t>(kAdamChunk), range.count - at);
      const std::int64_t begin = range.begin + at;
      chunks_.push_back({values + begin, from ? from + at : nullptr, first + begin, second + begin,
                         static_cast<std::size_t>(count), range.group});
    }
  }
}

double Adam::gradient_norm() {
  const torch::NoGradGuard no_grad;
  if (path_ == Path::operations) {
    double sum = 0;
    for (const Group& group : groups_) {
      const torch::Tensor norm = gradients_.narrow(0, group.begin, group.count).norm();
      const double value = norm.item<double>();
      sum += value * value;
    }
    return std::sqrt(sum);
  }
  point_at_gradients();
  return std::sqrt(kernel::sum_of_squares(chunks_, at::get_num_threads()));
}

void Adam::step(double rate, double scale) {
  const torch::NoGradGuard no_grad;
  ++steps_;
  if (path_ == Path::operations) {
    step_operations(rate, scale);
  } else {
    step_fused(rate, scale);
  }
}

kernel::AdamCoefficients Adam::group_coefficients(const Group& group, double rate, double scale,
                                                  std::uint64_t step) const {
  const double correction1 = 1.0 - std::pow(settings_.beta1, static_cast<double>(step));
  const double correction2 = 1.0 - std::pow(settings_.beta2, static_cast<double>(step));
  const double own = rate * group.factor;
  return {static_cast<float>(scale),
          static_cast<float>(settings_.beta1),
          static_cast<float>(settings_.beta2),
          static_cast<float>(own / correction1),
          static_cast<float>(1.0 / std::sqrt(correction2)),
          static_cast<float>(settings_.epsilon),
          static_cast<float>(1.0 - own * group.decay)};
}

kernel::AdamCoefficients Adam::coefficients(std::size_t parameter, double rate, double scale) const {
  return group_coefficients(groups_[static_cast<std::size_t>(ranges_[parameter].group)], rate, scale, steps_);
}

void Adam::step_fused(double rate, double scale) {
  point_at_gradients();
  std::vector<kernel::AdamCoefficients> coefficients;
  for (const Group& group : groups_) coefficients.push_back(group_coefficients(group, rate, scale, steps_));
  kernel::adam_update(chunks_, coefficients, at::get_num_threads());
}

void Adam::step_operations(double rate, double scale) {
  const double correction1 = 1.0 - std::pow(settings_.beta1, static_cast<double>(steps_));
  const double correction2 = 1.0 - std::pow(settings_.beta2, static_cast<double>(steps_));
  for (const Group& group : groups_) {
    const auto part = [&group](const torch::Tensor& flat) { return flat.narrow(0, group.begin, group.count); };
    torch::Tensor value = part(values_), gradient = part(gradients_), first = part(first_), second = part(second_);
    const double own = rate * group.factor;
    if (scale != 1.0) gradient.mul_(scale);
    first.mul_(settings_.beta1).add_(gradient, 1.0 - settings_.beta1);
    second.mul_(settings_.beta2).addcmul_(gradient, gradient, 1.0 - settings_.beta2);
    const torch::Tensor denominator = second.sqrt().div_(std::sqrt(correction2)).add_(settings_.epsilon);
    if (group.decay > 0) value.mul_(1.0 - own * group.decay);
    value.addcdiv_(first, denominator, -own / correction1);
  }
}

}  // namespace pantograph::train
