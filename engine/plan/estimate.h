// SPDX-License-Identifier: GPL-3.0-or-later
// What a network and a run will cost, before they exist. Pure arithmetic, quick enough for every move of a slider.
#pragma once

#include <cstdint>

#include "network/config.h"
#include "project/project.h"

namespace pantograph::plan {

struct NetworkEstimate {
  std::uint64_t parameters_pretraining = 0;  ///< all of the network
  std::uint64_t parameters_inference = 0;    ///< of one projection; independent of h, k, m
  double flops_per_token_training = 0;       ///< small network, forward and backward
  double flops_per_step_projection = 0;      ///< PN: forming W and its gradients, for the experts of one step
  std::uint64_t memory_training_bytes = 0;   ///< on the CPU in fp32: see plan/memory.h
  std::uint64_t memory_inference_bytes = 0;  ///< weights in fp32
};

std::uint64_t small_parameters(const network::SmallConfig& config);
std::uint64_t network_parameters(const network::NetworkConfig& config);
/// Numbers in the matrices of one expert, all layers: what a projected network forms from T.
std::uint64_t expert_numbers(const network::SmallConfig& config);

/// `rows` of context tokens in one forward pass; `experts` distinct experts in one step.
NetworkEstimate estimate_network(const network::NetworkConfig& config, std::uint64_t rows, int experts);

/// Bytes that LibTorch's operations keep between the forward and the backward pass of so many rows (fp32).
std::uint64_t plain_activation_bytes(const network::NetworkConfig& config, std::uint64_t rows, int experts);

/// Numbers of LoRA's adapters A [rank, in] and B [out, rank] beside a network's matrices; 0 without.
std::uint64_t adapter_parameters(const network::NetworkConfig& config);

/// Bytes that a step of distillation holds at its height, beside weights, moments and gradients: what `student` keeps
/// of so many rows for its backward pass, and the loss's tensors [tokens, vocabulary]; or one layer of the teacher's
/// forward pass, where that is more (fp32).
std::uint64_t distillation_bytes(const network::NetworkConfig& student, const network::NetworkConfig& teacher,
                                 std::uint64_t rows);

/// FLOPs of a whole run (multiply-add counts as two).
double training_flops(const network::NetworkConfig& config, std::uint64_t tokens, std::uint64_t tokens_per_step,
                      int experts_per_step);

/// Sustained FLOP/s of this machine and device for such a network: measured once per process by a short run of matrix
/// products of the network's shapes (about 0.2 s; of very wide ones at a width of 2,048), cached. Never called on the
/// window's thread.
double measured_flop_rate(int width, const std::string& device, const std::string& precision);

}  // namespace pantograph::plan
