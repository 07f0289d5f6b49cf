// SPDX-License-Identifier: GPL-3.0-or-later
// Declarations for numbers of type Number. No include guard: rows.h includes it once for each type.

namespace pantograph::kernel {

/// sum = x + added (not when null; sum may be x), out = LayerNorm(sum) with ε = 1e-5. statistics: [rows, 2] mean and
/// 1/deviation.
void norm_forward(const float* x, const Number* added, std::int64_t rows, int width, Norm norm, float* sum, Number* out,
                  float* statistics);

/// Adds the gradient of LayerNorm's input to residual (or stores it, when `first`); residual_low: the result again as
/// Number, for products (null: not wanted). sums [3, width] gains the gradients of weight and bias, and the column sums
/// of the result: the gradient of the bias that was added before the norm.
void norm_backward(const Number* gradient, const float* x, const float* statistics, const float* weight,
                   std::int64_t rows, int width, bool first, float* residual, Number* residual_low, float* sums);

/// The same two for RMSNorm, x/√(mean x² + ε)·weight, whose statistics are 0 and 1/√(…). sums gains the same, of
/// which those of a bias mean nothing.
void rms_forward(const float* x, const Number* added, std::int64_t rows, int width, const float* weight, float* sum,
                 Number* out, float* statistics);
void rms_backward(const Number* gradient, const float* x, const float* statistics, const float* weight,
                  std::int64_t rows, int width, bool first, float* residual, Number* residual_low, float* sums);

/// out = gelu(x) = x·Φ(x) with Φ to 1e-7. count numbers.
void gelu_forward(const Number* x, std::int64_t count, Number* out);

/// gradient *= gelu'(x); sums [width] gains its column sums.
void gelu_backward(const Number* x, std::int64_t rows, int width, Number* gradient, float* sums);

/// The same two with Φ(x) ≈ (1 + tanh(√(2/π)·(x + 0.044715·x³)))/2.
void gelu_tanh_forward(const Number* x, std::int64_t count, Number* out);
void gelu_tanh_backward(const Number* x, std::int64_t rows, int width, Number* gradient, float* sums);

/// out = silu(gate)·up, silu(x) = x/(1 + e^(−x)). count numbers.
void swiglu_forward(const Number* gate, const Number* up, std::int64_t count, Number* out);
/// From the gradient of that to those of up, in its place, and of gate.
void swiglu_backward(const Number* gate, const Number* up, std::int64_t count, Number* gradient, Number* gate_gradient);

/// Numbers i and size/2 + i of each head, as a point of the plane, turned by an angle: angles [size] holds cosines,
/// then sines. sign −1: by the opposite angles.
void turn_heads(Number* x, int heads, int size, const float* angles, float sign);

/// sums [width] += column sums of x [rows, width].
void column_sums(const Number* x, std::int64_t rows, int width, float* sums);

/// Softmax and negative log-likelihood of rows of logits, in place. For each row: nll[row] = −log softmax(x)[target]; a
/// negative target gives 0. With `gradient` a row becomes scale·(softmax(x) − onehot(target)), or 0 for a negative
/// target; without, its content is undefined. logits: [rows, size].
void softmax_nll(Number* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets, float* nll,
                 bool gradient, float scale);
void softmax_nll(Number* logits, std::int64_t rows, std::int64_t size, const std::int32_t* targets, float* nll,
                 bool gradient, float scale);

/// One block of causal attention: queries begin … begin + rows see keys up to themselves. scores: [rows, keys] of q·kᵀ,
/// replaced by the probabilities' numerators exp(scale·s − max), as Number in `out` [rows, keys]; inverse[row] = 1/Σ,
/// log_sum[row] = log Σ exp(scale·s).
void causal_softmax(const float* scores, int rows, int keys, int begin, float scale, Number* out, float* inverse,
                    float* log_sum);

/// Its backward pass from recomputed scores: p = exp(scale·s − log_sum), ds = scale·p·(dp − dot). dot[row] = ⟨output,
/// its gradient⟩.
void causal_softmax_backward(const float* scores, const float* dp, int rows, int keys, int begin, float scale,
                             const float* log_sum, const float* dot, Number* p, Number* ds);

/// ⟨a[row], b[row]⟩ of rows that lie `stride` apart.
void row_dots(const Number* a, const Number* b, int rows, int width, std::int64_t stride, float* out);

/// to[row] = from[row]·factor[row] (null: 1), strided.
void scale_rows(const float* from, std::int64_t from_stride, int rows, int width, const float* factor, Number* to,
                std::int64_t to_stride);

}  // namespace pantograph::kernel
