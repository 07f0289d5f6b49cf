// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/distillation.h"

namespace pantograph::train {

torch::Tensor distillation_loss_sum(const torch::Tensor& student, const torch::Tensor& teacher,
                                    const torch::Tensor& targets, const DistillationWeights& weights) {
  const torch::Tensor there = (targets >= 0).nonzero().squeeze(1);
  const torch::Tensor p = student.index_select(0, there).to(torch::promote_types(student.scalar_type(), torch::kFloat));
  const torch::Tensor q = teacher.index_select(0, there).to(p.scalar_type());
  const torch::Tensor text = torch::nll_loss(p.log_softmax(1), targets.index_select(0, there), {}, at::Reduction::Sum);
  const double tau = weights.temperature;
  const torch::Tensor log_q = (q / tau).log_softmax(1);
  const torch::Tensor divergence = (log_q.exp() * (log_q - (p / tau).log_softmax(1))).sum();
  return (1.0 - weights.teacher) * text + weights.teacher * tau * tau * divergence;
}

}  // namespace pantograph::train
