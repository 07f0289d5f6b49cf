// SPDX-License-Identifier: GPL-3.0-or-later
// The projected network's arithmetic, chunks of columns shared out among threads. Compiled without contraction to fused
// multiply-add, so that every processor and every number of threads gives the same bits.
#include "kernel/projection.h"

#include <algorithm>
#include <vector>

#include "kernel/parallel.h"
#include "kernel/projection_body.h"

namespace pantograph::kernel {
namespace {

PANTOGRAPH_CLONES void form_columns(const Planes& t, const float* c, int experts, const Formed& out, std::size_t column,
                                    std::size_t count, float* scratch) {
  form_body(t, c, experts, out, column, count, scratch);
}
PANTOGRAPH_CLONES void gradient_columns(const Planes& t, const float* dw, int experts, std::size_t column,
                                        std::size_t count, double* dc, double* gram) {
  gradients_body(t, dw, experts, column, count, dc, gram);
}
PANTOGRAPH_CLONES void update_columns(const Planes& t, const Moments& moments, const float* c, const float* dw,
                                      int experts, const TUpdate& given, const float* next_c, int next_experts,
                                      const Formed& out, std::size_t column, std::size_t count, float* scratch) {
  if (moments.half)
    update_body<true>(t, moments, c, dw, experts, given, next_c, next_experts, out, column, count, scratch);
  else
    update_body<false>(t, moments, c, dw, experts, given, next_c, next_experts, out, column, count, scratch);
}

std::int64_t chunks(const Planes& t) {
  return static_cast<std::int64_t>((t.size + kColumns - 1) / kColumns);
}

/// f(column, count, scratch) for every chunk; scratch: `rows` rows of kColumns for each thread.
template <typename F>
void each_chunk(const Planes& t, int rows, int threads, F&& f) {
  std::vector<float> scratch(kColumns * static_cast<std::size_t>(rows) * static_cast<std::size_t>(threads));
  share_rows(chunks(t), threads, [&](std::int64_t begin, std::int64_t end, int thread) {
    float* own = scratch.data() + kColumns * static_cast<std::size_t>(rows) * static_cast<std::size_t>(thread);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::size_t column = static_cast<std::size_t>(chunk) * kColumns;
      f(column, std::min(kColumns, t.size - column), own);
    }
  });
}

}  // namespace

void form_experts(const Planes& t, const float* c, int experts, const Formed& out, int threads) {
  each_chunk(t, experts, threads, [&](std::size_t column, std::size_t count, float* scratch) {
    form_columns(t, c, experts, out, column, count, scratch);
  });
}

void coefficient_gradients(const Planes& t, const float* dw, int experts, double* dc, double* gram, int threads) {
  // Parts of fixed size, each summed by one thread and then in order: the sum does not depend on the threads.
  constexpr std::int64_t kPart = 32;  // chunks
  const std::int64_t count = chunks(t), parts = (count + kPart - 1) / kPart;
  const auto dcs = static_cast<std::size_t>(experts) * static_cast<std::size_t>(t.h);
  const auto grams = static_cast<std::size_t>(experts) * static_cast<std::size_t>(experts), both = dcs + grams;
  std::vector<double> sums(both * static_cast<std::size_t>(parts), 0.0);
  share_rows(parts, threads, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t part = begin; part < end; ++part) {
      double* own = sums.data() + both * static_cast<std::size_t>(part);
      for (std::int64_t chunk = part * kPart; chunk < std::min(count, (part + 1) * kPart); ++chunk) {
        const std::size_t column = static_cast<std::size_t>(chunk) * kColumns;
        gradient_columns(t, dw, experts, column, std::min(kColumns, t.size - column), own, own + dcs);
      }
    }
  });
  std::fill(dc, dc + dcs, 0.0);
  std::fill(gram, gram + grams, 0.0);
  for (std::size_t part = 0; part < static_cast<std::size_t>(parts); ++part) {
    for (std::size_t i = 0; i < dcs; ++i) dc[i] += sums[part * both + i];
    for (std::size_t i = 0; i < grams; ++i) gram[i] += sums[part * both + dcs + i];
  }
}

double t_gradient_square(const float* c, int experts, int h, const double* gram) {
  double sum = 0;
  for (int a = 0; a < experts; ++a) {
    for (int b = 0; b < experts; ++b) {
      double product = 0;
      for (int r = 0; r < h; ++r) product += static_cast<double>(c[a * h + r]) * c[b * h + r];
      sum += product * gram[a * experts + b];
    }
  }
  return std::max(sum, 0.0);  // rounding may leave a little less than nothing
}

void update_t(const Planes& t, const Moments& moments, const float* c, const float* dw, int experts,
              const TUpdate& update, const float* next_c, int next_experts, const Formed& out, int threads) {
  each_chunk(t, 1 + next_experts, threads, [&](std::size_t column, std::size_t count, float* scratch) {
    update_columns(t, moments, c, dw, experts, update, next_c, next_experts, out, column, count, scratch);
  });
}

}  // namespace pantograph::kernel
