// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-entropy over the tied embedding, without ever holding the logits of a whole batch.
#pragma once

#include <torch/torch.h>

namespace pantograph::network {

/// Σ over targets ≥ 0 of −log softmax(hidden·Eᵀ)[target], nats; a scalar in the embedding's type.
/// hidden: [tokens, width], bf16 or the embedding's type; embedding E: [vocabulary, width]; targets: [tokens] int64.
/// Works on blocks of tokens whose logits stay in the cache, and forms both gradients on the way forward when they are
/// wanted.
torch::Tensor tied_cross_entropy(const torch::Tensor& hidden, const torch::Tensor& embedding,
                                 const torch::Tensor& targets);

}  // namespace pantograph::network
