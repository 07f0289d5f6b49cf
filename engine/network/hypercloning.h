// SPDX-License-Identifier: GPL-3.0-or-later
// Larger networks that start from a trained small one and compute the same function at step 0.
#pragma once

#include <cstdint>

#include "network/network.h"

namespace pantograph::network {

struct CloneOptions {
  /// A matrix W becomes n × n blocks: W/n everywhere, or W on the diagonal and zeros beside it.
  enum Variant { symmetric, diagonal } variant = symmetric;
  /// Noise in every expanded matrix, in opposite pairs along a row of blocks, so that it cancels in what the network
  /// computes. Without it the copies of a unit have equal gradients and stay copies for as long as they are trained.
  bool noise = true;
  double signal_to_noise = 10;  ///< of each matrix's squares, dB
  std::uint64_t seed = 0;
};

/// HyperCloning (Samragh et al., arXiv 2409.12903): a network with n = 2, 3, … times the width, heads and inner width
/// of `small`, and its layers, context and vocabulary, whose logits are those of `small` but for rounding. Embedding,
/// positions, biases and norms repeat. The final norm is divided by n, since the tied embedding sums over n copies.
/// Error(project) when `larger` is no such shape.
Network hyperclone(const Network& small, const NetworkConfig& larger, const CloneOptions& options = {});

struct UpcycleOptions {
  double spread = 0.5;  ///< ‖n_i‖ / ‖a‖, root of the mean square over experts: as in an ordinary start
  double t_noise = 0;   ///< relative to T's root mean square; above 0 the function is no longer kept exactly
  std::uint64_t seed = 0;
};

/// A projected network of which every expert computes what `small` computes. The coefficients of expert i are
/// c_i = E_i·M^(l) = a + n_i [PN, eq. 3]: E's first column is 1, M's first row a has length 1, its other rows are
/// orthogonal to a; and T_r = a_r·W, so that Σ_r c_i[r]·T_r = W. Experts differ in the gradients of T from the first
/// step on, through n_i. Error(project) when projected.small is not the shape of `small`, or when h = 1, m = 1 or a
/// spread of 0 leaves the experts equal for ever.
Network upcycle(const Network& small, const NetworkConfig& projected, const UpcycleOptions& options = {});

}  // namespace pantograph::network
