// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace pantograph::kernel {

/// Of the MLP: x·Φ(x); x·Φ(x) with Φ approximated by a tanh (Hendrycks & Gimpel, arXiv 1606.08415); or SwiGLU,
/// silu(gate)·up (Shazeer, arXiv 2002.05202), which has a third matrix.
enum class Activation { gelu, gelu_tanh, swiglu };

}  // namespace pantograph::kernel
