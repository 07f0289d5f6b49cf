// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA (Hu et al., arXiv 2106.09685): fine-tuning of a network through adapters of low rank, its own weights frozen.
#pragma once

#include <cstdint>

#include "network/network.h"

namespace pantograph::network {

/// A copy of a small network with adapters A [rank, in] and B [out, rank] beside the attention's two matrices (query,
/// key and value count as one) and the MLP's two, as the tensors "….lora_a" and "….lora_b". B starts at zero, so that
/// the function is that of `network`. train() moves A and B alone. Error(project) when it is projected or has adapters
/// already, or the rank is not 1 to its smallest width, or alpha is not above 0.
Network with_lora(const Network& network, int rank, double alpha, std::uint64_t seed);

/// The ordinary small network that computes the same: its matrices are W + (alpha / rank)·B·A. Error(usage) when
/// `network` has no adapters.
Network merge(const Network& network);

}  // namespace pantograph::network
