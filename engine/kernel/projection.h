// SPDX-License-Identifier: GPL-3.0-or-later
// The projected network's own arithmetic on plain memory: forming experts from T, the gradients of the coefficients,
// and one pass of Adam over T that also forms the next step's experts. The gradient of T is never stored: it is Σ_e c_e
// ⊗ dW_e.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/adam.h"

namespace pantograph::kernel {

/// T^(l): h planes of `size` = out·in numbers each, plane r at values + r·size.
struct Planes {
  float* values = nullptr;
  int h = 0;
  std::size_t size = 0;
};

/// Adam's two moments of T in T's layout: fp32, or bf16 with stochastic rounding.
struct Moments {
  void* first = nullptr;
  void* second = nullptr;
  bool half = false;
};

/// Where formed experts go: [experts, size], fp32 or bf16 (round to nearest).
struct Formed {
  void* values = nullptr;
  bool half = false;
};

/// W[e] = Σ_r c[e, r]·T[r] [PN, eq. 3]: one pass over T for all experts. c: [experts, h].
void form_experts(const Planes& t, const float* c, int experts, const Formed& out, int threads);

/// dc[e, r] = ⟨dW[e], T[r]⟩ and the Gram matrix gram[a, b] = ⟨dW[a], dW[b]⟩ in one pass. dw: [experts, size]; dc:
/// [experts, h]; gram: [experts, experts]. Sums in fp32 within a chunk, in double between chunks, in a fixed order.
void coefficient_gradients(const Planes& t, const float* dw, int experts, double* dc, double* gram, int threads);

/// ‖dT‖² = Σ_ab ⟨c_a, c_b⟩·gram[a, b], where dT[r] = Σ_e c[e, r]·dW[e].
double t_gradient_square(const float* c, int experts, int h, const double* gram);

struct TUpdate {
  AdamCoefficients adam;
  std::uint64_t seed = 0;  ///< of stochastic rounding: another one for each step and matrix
};

/// One pass over T and its moments: gradient from c and dw, Adam with decoupled decay, and W of the next step's experts
/// from the new T (next_c: [next_experts, h]; none: nothing is formed). Bit for bit what form_experts gives on the new
/// T, whatever the threads and instruction set.
void update_t(const Planes& t, const Moments& moments, const float* c, const float* dw, int experts,
              const TUpdate& update, const float* next_c, int next_experts, const Formed& out, int threads);

}  // namespace pantograph::kernel
