// SPDX-License-Identifier: GPL-3.0-or-later
// The projected network's arithmetic in plain loops, on one thread.
#include "kernel/projection.h"
#include <cmath>
#include <vector>
#include "kernel/element.h"
namespace pantograph::kernel {
namespace {
void put(const Formed& out, std::size_t i, float v) { if (out.half) store(static_cast<Half*>(out.values) + i, v); else static_cast<float*>(out.values)[i] = v; }
}
void form_experts(const Planes& t, const float* c, int experts, const Formed& out, int) {
  for (int e = 0; e < experts; ++e) for (std::size_t j = 0; j < t.size; ++j) { float s = 0; for (int r = 0; r < t.h; ++r) s += c[e * t.h + r] * t.values[r * t.size + j]; put(out, e * t.size + j, s); }
}
void coefficient_gradients(const Planes& t, const float* dw, int experts, double* dc, double* gram, int) {
  for (int e = 0; e < experts; ++e) for (int r = 0; r < t.h; ++r) { double s = 0; for (std::size_t j = 0; j < t.size; ++j) s += double(dw[e * t.size + j]) * t.values[r * t.size + j]; dc[e * t.h + r] = s; }
  for (int a = 0; a < experts; ++a) for (int b = 0; b < experts; ++b) { double s = 0; for (std::size_t j = 0; j < t.size; ++j) s += double(dw[a * t.size + j]) * dw[b * t.size + j]; gram[a * experts + b] = s; }
}
double t_gradient_square(const float* c, int experts, int h, const double* gram) {
  double sum = 0;
  for (int a = 0; a < experts; ++a) for (int b = 0; b < experts; ++b) { double d = 0; for (int r = 0; r < h; ++r) d += double(c[a * h + r]) * c[b * h + r]; sum += d * gram[a * experts + b]; }
  return sum;
}
void update_t(const Planes& t, const Moments& moments, const float* c, const float* dw, int experts, const TUpdate& u, const float* next_c, int next, const Formed& out, int threads) {
  float* m = static_cast<float*>(moments.first); float* v = static_cast<float*>(moments.second);
  for (int r = 0; r < t.h; ++r) for (std::size_t j = 0; j < t.size; ++j) {
    float g = 0; for (int e = 0; e < experts; ++e) g += c[e * t.h + r] * dw[e * t.size + j];
    g *= u.scale; const std::size_t i = r * t.size + j;
    m[i] = u.beta1 * m[i] + (1 - u.beta1) * g; v[i] = u.beta2 * v[i] + (1 - u.beta2) * g * g;
    t.values[i] = t.values[i] * u.keep - u.step_size * (m[i] / (std::sqrt(v[i]) * u.inverse_root + u.epsilon));
  }
  if (next > 0) form_experts(t, next_c, next, out, threads);
}
}
