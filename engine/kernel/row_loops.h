// SPDX-License-Identifier: GPL-3.0-or-later
// The loops over rows, for numbers of type Number. No include guard: rows.cpp includes it once for each type.

namespace pantograph::kernel {

PANTOGRAPH_CLONES
void norm_forward(const float* x, const Number* added, std::int64_t rows, int width, Norm norm, float* sum, Number* out,
                  float* statistics) {
  for (std::int64_t i = 0; i < rows; ++i)
    norm_forward_row<false>(x + i * width, added ? added + i * width : nullptr, width, norm, sum + i * width,
                            out + i * width, statistics + 2 * i);
}
PANTOGRAPH_CLONES
void rms_forward(const float* x, const Number* added, std::int64_t rows, int width, const float* weight, float* sum,
                 Number* out, float* statistics) {
  for (std::int64_t i = 0; i < rows; ++i)
    norm_forward_row<true>(x + i * width, added ? added + i * width : nullptr, width, {weight, nullptr},
                           sum + i * width, out + i * width, statistics + 2 * i);
}
PANTOGRAPH_CLONES
void norm_backward(const Number* gradient, const float* x, const float* statistics, const float* weight,
                   std::int64_t rows, int width, bool first, float* residual, Number* residual_low, float* sums) {
  for (std::int64_t i = 0; i < rows; ++i)
    norm_backward_row<false>(gradient + i * width, x + i * width, statistics + 2 * i, weight, width, first,
                             residual + i * width, residual_low ? residual_low + i * width : nullptr, sums);
}
PANTOGRAPH_CLONES
void rms_backward(const Number* gradient, const float* x, const float* statistics, const float* weight,
                  std::int64_t rows, int width, bool first, float* residual, Number* residual_low, float* sums) {
  for (std::int64_t i = 0; i < rows; ++i)
    norm_backward_row<true>(gradient + i * width, x + i * width, statistics + 2 * i, weight, width, first,
                            residual + i * width, residual_low ? residual_low + i * width : nullptr, sums);
}
PANTOGRAPH_CLONES
void gelu_forward(const Number* x, std::int64_t count, Number* out) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) store(out + i, load(x + i) * normal(load(x + i)).cumulative);
}
PANTOGRAPH_CLONES
void gelu_tanh_forward(const Number* x, std::int64_t count, Number* out) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) store(out + i, load(x + i) * normal_tanh(load(x + i)).cumulative);
}
PANTOGRAPH_CLONES
void gelu_backward(const Number* x, std::int64_t rows, int width, Number* gradient, float* sums) {
  for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC ivdep
    for (int j = 0; j < width; ++j)
      gelu_gradient(load(x + row * width + j), normal(load(x + row * width + j)), gradient + row * width + j, sums + j);
}
PANTOGRAPH_CLONES
void gelu_tanh_backward(const Number* x, std::int64_t rows, int width, Number* gradient, float* sums) {
  for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC ivdep
    for (int j = 0; j < width; ++j)
      gelu_gradient(load(x + row * width + j), normal_tanh(load(x + row * width + j)), gradient + row * width + j,
                    sums + j);
}
PANTOGRAPH_CLONES
void swiglu_forward(const Number* gate, const Number* up, std::int64_t count, Number* out) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) store(out + i, load(gate + i) * logistic(load(gate + i)) * load(up + i));
}
PANTOGRAPH_CLONES
void swiglu_backward(const Number* gate, const Number* up, std::int64_t count, Number* gradient,
                     Number* gate_gradient) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float v = load(gate + i), s = logistic(v), d = load(gradient + i);
    store(gate_gradient + i, d * load(up + i) * s * (1.0F + v * (1.0F - s)));
    store(gradient + i, d * v * s);
  }
}
PANTOGRAPH_CLONES
void turn_heads(Number* x, int heads, int size, const float* angles, float sign) {
  const int half = size / 2;
  for (int head = 0; head < heads; ++head) {
    Number* a = x + static_cast<std::int64_t>(head) * size;
    Number* b = a + half;
#pragma GCC ivdep
    for (int i = 0; i < half; ++i) {
      const float c = angles[i], s = sign * angles[half + i], p = load(a + i), q = load(b + i);
      store(a + i, p * c - q * s);
      store(b + i, q * c + p * s);
    }
  }
}
PANTOGRAPH_CLONES
void column_sums(const Number* x, std::int64_t rows, int width, float* sums) {
  for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC ivdep
    for (int j = 0; j < width; ++j) sums[j] += load(x + row * width + j);
}
PANTOGRAPH_CLONES
void softmax_nll(Number* logits, std::int64_t rows, std::int64_t size, const std::int64_t* targets, float* nll,
                 bool gradient, float scale) {
  for (std::int64_t i = 0; i < rows; ++i)
    softmax_nll_row(logits + i * size, size, targets[i], nll + i, gradient, scale);
}
PANTOGRAPH_CLONES
void softmax_nll(Number* logits, std::int64_t rows, std::int64_t size, const std::int32_t* targets, float* nll,
                 bool gradient, float scale) {
  for (std::int64_t i = 0; i < rows; ++i)
    softmax_nll_row(logits + i * size, size, targets[i], nll + i, gradient, scale);
}
PANTOGRAPH_CLONES
void causal_softmax(const float* scores, int rows, int keys, int begin, float scale, Number* out, float* inverse,
                    float* log_sum) {
  for (int i = 0; i < rows; ++i)
    causal_row(scores + static_cast<std::int64_t>(i) * keys, begin + i + 1, keys, scale,
               out + static_cast<std::int64_t>(i) * keys, inverse + i, log_sum + i);
}
PANTOGRAPH_CLONES
void causal_softmax_backward(const float* scores, const float* dp, int rows, int keys, int begin, float scale,
                             const float* log_sum, const float* dot, Number* p, Number* ds) {
  for (int i = 0; i < rows; ++i) {
    const std::int64_t at = static_cast<std::int64_t>(i) * keys;
    causal_row_backward(scores + at, dp + at, begin + i + 1, keys, scale, log_sum[i], dot[i], p + at, ds + at);
  }
}
PANTOGRAPH_CLONES
void row_dots(const Number* a, const Number* b, int rows, int width, std::int64_t stride, float* out) {
  for (int row = 0; row < rows; ++row) {
    float lanes[kLanes] = {};
    const Number* x = a + row * stride;
    const Number* y = b + row * stride;
    int j = 0;
    for (; j + kLanes <= width; j += kLanes)
      for (int i = 0; i < kLanes; ++i) lanes[i] += load(x + j + i) * load(y + j + i);
    for (; j < width; ++j) lanes[0] += load(x + j) * load(y + j);
    out[row] = total(lanes);
  }
}
PANTOGRAPH_CLONES
void scale_rows(const float* from, std::int64_t from_stride, int rows, int width, const float* factor, Number* to,
                std::int64_t to_stride) {
  for (int row = 0; row < rows; ++row) {
    const float f = factor ? factor[row] : 1.0F;
#pragma GCC ivdep
    for (int j = 0; j < width; ++j) store(to + row * to_stride + j, from[row * from_stride + j] * f);
  }
}

}  // namespace pantograph::kernel
