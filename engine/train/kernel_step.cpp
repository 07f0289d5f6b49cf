// SPDX-License-Identifier: GPL-3.0-or-later
// A step by the CPU's kernels: an explicit forward and backward pass over the small network, experts formed beside it.
#include <algorithm>
#include <cmath>
#include <optional>

#include "kernel/product.h"
#include "kernel/timed.h"
#include "network/decoder_shape.h"
#include "plan/memory.h"
#include "train/formed_adapters.h"
#include "train/formed_experts.h"
#include "train/precision.h"
#include "train/small_tensors.h"
#include "train/training_step.h"

namespace pantograph::train {
namespace {

class KernelStep final : public TrainingStep {
 public:
  KernelStep(network::Network& network, const TrainSettings& settings)
      : network_(network),
        settings_(settings),
        half_(compute_type(settings.precision) == torch::kBFloat16),
        adam_(network, settings, Adam::Path::kernel, compute_type(settings.t_moments) == torch::kBFloat16),
        decoder_(kernel::Decoder::create(network::decoder_shape(network.config().small), half_, at::get_num_threads())),
        gradients_(decoder_tensors(network.impl(), true)) {
    if (network.config().projected) formed_.emplace(network, adam_, half_);
    if (network.config().lora.rank > 0) adapters_.emplace(network);
  }

  std::vector<Piece> pieces(const token::Batch& batch) const override {
    const std::uint64_t rows = plan::rows_in_one_pass(batch.context, static_cast<std::uint64_t>(batch.rows),
                                                      static_cast<std::uint64_t>(settings_.rows_at_once));
    return split_batch(batch, static_cast<int>(rows), network_.config().projected);
  }

  void begin(const token::Batch& batch) override {
    kernel::DecoderTensors weights = decoder_tensors(network_.impl(), false);
    if (adapters_) {
      const kernel::Timed timed(forming_);
      adapters_->form();
      adapters_->point(weights, gradients_);
    }
    int experts = 1;
    if (formed_) {
      const kernel::Timed timed(forming_);
      formed_->prepare(distinct(batch.experts.empty() ? std::vector<int>{0} : batch.experts));
      formed_->point_gradients(gradients_);
      experts = static_cast<int>(formed_->experts().size());
    }
    decoder_->set_weights(weights, formed_ ? formed_->formed() : std::vector<kernel::FormedMlp>{});
    decoder_->begin_gradients(experts);
  }

  double accumulate(const token::Batch& batch, const Piece& piece, std::uint64_t targets) override {
    const double scale = 1.0 / static_cast<double>(targets);
    return scale * decoder_->loss_and_gradients(arrange(batch, piece), static_cast<float>(scale), gradients_);
  }

  double gradient_norm(GradientReducer& ranks) override {
    const kernel::Timed timed(optimizer_);
    if (adapters_) adapters_->finish_gradients();
    std::vector<torch::Tensor> gradients = adam_.dense_gradients();
    if (formed_) {
      for (torch::Tensor& of_matrix : formed_->gradients()) gradients.push_back(std::move(of_matrix));
    }
    ranks.sum(gradients);
    const double t_square = formed_ ? formed_->finish_gradients() : 0.0;
    const double others = adam_.gradient_norm();
    return std::sqrt(others * others + t_square);
  }

  void update(double rate, double scale, const std::vector<int>& next) override {
    const kernel::Timed timed(optimizer_);
    adam_.step(rate, scale);
    if (formed_) formed_->update(rate, scale, distinct(next));
  }

  Adam& adam() override { return adam_; }

  std::map<std::string, double> times() const override {
    const kernel::DecoderTimes& t = decoder_->times;
    return {{"products", t.products},   {"logits", t.logits},         {"attention", t.attention},
            {"norms", t.norms},         {"activation", t.activation}, {"cross-entropy", t.cross_entropy},
            {"embedding", t.embedding}, {"conversion", t.conversion}, {"forming matrices", forming_},
            {"optimizer", optimizer_}};
  }

 private:
  /// The piece's rows, sorted by expert.
  kernel::DecoderBatch arrange(const token::Batch& batch, const Piece& piece) {
    std::vector<int> order(piece.experts.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    if (formed_)
      std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return expert(piece, a) < expert(piece, b); });
    const int size = piece.rows / static_cast<int>(piece.experts.size());
    rows_.context = batch.context;
    rows_.clear();
    std::vector<kernel::DecoderBatch::Group> groups;
    for (const int group : order) {
      const int slot = formed_ ? static_cast<int>(std::lower_bound(formed_->experts().begin(), formed_->experts().end(),
                                                                   expert(piece, group)) -
                                                  formed_->experts().begin())
                               : 0;
      if (groups.empty() || groups.back().expert != slot) groups.push_back({slot, 0});
      groups.back().rows += size;
      for (int i = 0; i < size; ++i) rows_.add(batch.row(piece.begin + group * size + i));
    }
    kernel::DecoderBatch out = rows_.batch();
    out.groups = std::move(groups);
    return out;
  }
  static int expert(const Piece& piece, int group) { return piece.experts[static_cast<std::size_t>(group)]; }

  network::Network& network_;
  const TrainSettings settings_;
  const bool half_;
  Adam adam_;
  std::unique_ptr<kernel::Decoder> decoder_;
  kernel::DecoderTensors gradients_;
  std::optional<FormedExperts> formed_;
  std::optional<FormedAdapters> adapters_;
  SmallRows rows_;
  double forming_ = 0, optimizer_ = 0;
};

}  // namespace

bool kernel_path_available(const network::Network& network, const std::string& precision) {
  const network::Network::Impl& impl = network.impl();
  if (!impl.device.is_cpu() || impl.parameters.front().value.scalar_type() != torch::kFloat) return false;
  return precision == "fp32" || kernel::half_is_possible();
}

std::unique_ptr<TrainingStep> make_kernel_step(network::Network& network, const TrainSettings& settings) {
  return std::make_unique<KernelStep>(network, settings);
}

}  // namespace pantograph::train
