// SPDX-License-Identifier: GPL-3.0-or-later
// The loss of distillation: the text's next tokens and the teacher's distributions over them, mixed. Includes LibTorch.
#pragma once

#include <torch/torch.h>

namespace pantograph::train {

struct DistillationWeights {
  double temperature = 1;  ///< of both distributions
  double teacher = 0.5;    ///< share of the teacher in the loss; the rest is the text's
};

/// Sum over targets ≥ 0 of (1 − w)·(−ln p(target)) + w·τ²·KL(q_τ ‖ p_τ), nats, where p is the student, q the teacher
/// and τ divides the logits; τ² keeps the gradient's size at any temperature (Hinton, Vinyals, Dean, "Distilling the
/// Knowledge in a Neural Network", 2015, section 2). Logits: [n, vocabulary], those of the teacher without gradient;
/// targets: [n] int64.
torch::Tensor distillation_loss_sum(const torch::Tensor& student, const torch::Tensor& teacher,
                                    const torch::Tensor& targets, const DistillationWeights& weights);

}  // namespace pantograph::train
