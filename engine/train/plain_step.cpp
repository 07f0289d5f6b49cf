// SPDX-License-Identifier: GPL-3.0-or-later
// A step by LibTorch's operations and autograd: any device, and the reference for the other path.
#include "train/distillation.h"
#include "train/precision.h"
#include "train/step.h"

namespace pantograph {
namespace {

class PlainStep final : public Step {
 public:
  PlainStep(Network& network, const TrainSettings& settings)
      : network_(network),
        rows_at_once_(settings.rows_at_once),
        compute_(compute_type(settings.precision)),
        teacher_(settings.teacher),
        weights_{settings.temperature, settings.teacher_weight},
        adam_(network, settings, Adam::path_for(network.impl().device)) {}

  std::vector<Piece> pieces(const Batch& batch) const override {
    return split_batch(batch, rows_at_once_, network_.config().projected);
  }
  void begin(const Batch&) override { adam_.clear_gradients(); }

  double accumulate(const Batch& batch, const Piece& piece, std::uint64_t targets) override {
    const torch::AutoGradMode with_gradients(true);
    const auto& impl = network_.impl();
    std::vector<const std::int32_t*> rows;
    for (int row = 0; row < piece.rows; ++row) rows.push_back(batch.row(piece.begin + row));
    const RowTensors tensors = row_tensors(rows, batch.context, impl.device);
    const torch::Tensor part = loss_sum(tensors, piece.experts) / static_cast<double>(targets);
    part.backward();
    return part.item<double>();
  }

  double gradient_norm() override { return adam_.gradient_norm(); }
  void update(double rate, double scale, const std::vector<int>&) override { adam_.step(rate, scale); }
  Adam& adam() override { return adam_; }

 private:
  torch::Tensor loss_sum(const RowTensors& rows, const std::vector<int>& experts) const {
    const auto& impl = network_.impl();
    if (!teacher_) return impl.loss_sum(rows.inputs, rows.targets, experts, compute_);
    torch::Tensor taught;
    {
      const torch::NoGradGuard no_grad;
      taught = teacher_->impl().forward(rows.inputs, {0}, compute_).flatten(0, 1);
    }
    const torch::Tensor logits = impl.forward(rows.inputs, experts, compute_).flatten(0, 1);
    return distillation_loss_sum(logits, taught, rows.targets.flatten(), weights_);
  }

  Network& network_;
  const int rows_at_once_;
  const torch::ScalarType compute_;
  const std::shared_ptr<const Network> teacher_;
  const DistillationWeights weights_;
  Adam adam_;
};

}  // namespace

std::unique_ptr<Step> make_plain_step(Network& network, const TrainSettings& settings) {
  return std::make_unique<PlainStep>(network, settings);
}

std::unique_ptr<Step> Step::create(Network& network, const TrainSettings& settings) {
  compute_type(settings.precision);
  if (!settings.plain && !settings.teacher && kernel_path_available(network, settings.precision))
    return make_kernel_step(network, settings);
  return make_plain_step(network, settings);
}

}  // namespace pantograph
