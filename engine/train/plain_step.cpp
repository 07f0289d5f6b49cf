// SPDX-License-Identifier: GPL-3.0-or-later
// A step by LibTorch's operations and autograd: any device, and the reference for the other path.
#include "kernel/decoder.h"
#include "train/distillation.h"
#include "train/precision.h"
#include "train/training_step.h"

namespace pantograph::train {
namespace {

class PlainStep final : public TrainingStep {
 public:
  PlainStep(network::Network& network, const TrainSettings& settings)
      : network_(network),
        rows_at_once_(settings.rows_at_once),
        compute_(compute_type(settings.precision)),
        teacher_(settings.teacher),
        weights_{settings.temperature, settings.teacher_weight},
        forms_(network.config().projected && !settings.teacher),
        adam_(network, settings, Adam::path_for(network.impl().device)) {}

  std::vector<Piece> pieces(const token::Batch& batch) const override {
    return split_batch(batch, rows_at_once_, network_.config().projected);
  }
  void begin(const token::Batch& batch) override {
    kernel::check_tokens(batch.tokens.data(), static_cast<std::int64_t>(batch.tokens.size()), batch.context + 1,
                         network_.config().small.vocabulary, "a training batch");
    adam_.clear_gradients();
    if (forms_) form(distinct(batch.experts.empty() ? std::vector<int>{0} : batch.experts));
  }

  double accumulate(const token::Batch& batch, const Piece& piece, std::uint64_t targets) override {
    const torch::AutoGradMode with_gradients(true);
    const auto& impl = network_.impl();
    std::vector<const std::int32_t*> rows;
    for (int row = 0; row < piece.rows; ++row) rows.push_back(batch.row(piece.begin + row));
    const RowTensors tensors = row_tensors(rows, batch.context, impl.device);
    const torch::Tensor part = loss_sum(tensors, piece.experts) / static_cast<double>(targets);
    part.backward();
    return part.item<double>();
  }

  double gradient_norm(GradientReducer& ranks) override {
    std::vector<torch::Tensor> gradients = adam_.dense_gradients(), of_formed;
    for (const auto& [place, matrix] : formed_.matrices) of_formed.push_back(matrix.grad());
    gradients.insert(gradients.end(), of_formed.begin(), of_formed.end());
    ranks.sum(gradients);
    if (!with_history_.empty()) torch::autograd::backward(with_history_, of_formed);
    with_history_.clear();
    formed_ = {};
    return adam_.gradient_norm();
  }
  void update(double rate, double scale, const std::vector<int>&) override { adam_.step(rate, scale); }
  Adam& adam() override { return adam_; }

 private:
  /// The experts' matrices, once for the whole step: its backward passes end in them, and one more goes from there to
  /// T, E and M.
  void form(const std::vector<int>& experts) {
    const torch::AutoGradMode with_gradients(true);
    const auto& impl = network_.impl();
    formed_ = {experts, {}};
    with_history_.clear();
    const torch::Tensor rows = torch::tensor(std::vector<std::int64_t>(experts.begin(), experts.end()), torch::kLong);
    const torch::Tensor e = impl.tensor(network::TensorRole::experts).index_select(0, rows.to(impl.device));  // [e, m]
    for (const network::NamedParameter& p : impl.parameters) {
      if (p.part == network::TensorPart::t) formed_.matrices[{p.role(), p.layer}] = impl.form(p.role(), p.layer, e);
    }
    for (auto& [place, matrix] : formed_.matrices) {
      with_history_.push_back(matrix);
      matrix = matrix.detach().requires_grad_();
    }
  }

  torch::Tensor loss_sum(const RowTensors& rows, const std::vector<int>& experts) const {
    const auto& impl = network_.impl();
    if (!teacher_) {
      return impl.loss_sum(rows.inputs, rows.targets, experts, compute_, forms_ ? &formed_ : nullptr);
    }
    torch::Tensor taught;
    {
      const torch::NoGradGuard no_grad;
      taught = teacher_->impl().forward(rows.inputs, {0}, compute_).flatten(0, 1);
    }
    const torch::Tensor logits = impl.forward(rows.inputs, experts, compute_).flatten(0, 1);
    return distillation_loss_sum(logits, taught, rows.targets.flatten(), weights_);
  }

  network::Network& network_;
  const int rows_at_once_;
  const torch::ScalarType compute_;
  const std::shared_ptr<const network::Network> teacher_;
  const DistillationWeights weights_;
  const bool forms_;
  Adam adam_;
  network::FormedMatrices formed_;           // of a projected network: leaves
  std::vector<torch::Tensor> with_history_;  // the same numbers, from which gradients flow to T
};

}  // namespace

std::unique_ptr<TrainingStep> make_plain_step(network::Network& network, const TrainSettings& settings) {
  return std::make_unique<PlainStep>(network, settings);
}

std::unique_ptr<TrainingStep> TrainingStep::create(network::Network& network, const TrainSettings& settings) {
  compute_type(settings.precision);
  if (!settings.plain && !settings.teacher && kernel_path_available(network, settings.precision))
    return make_kernel_step(network, settings);
  return make_plain_step(network, settings);
}

}  // namespace pantograph::train
