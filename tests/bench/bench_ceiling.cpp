// SPDX-License-Identifier: GPL-3.0-or-later
// What this machine could do at best: hot matrix products of a network's own shapes, forward and backward, and nothing
// else; and how fast it copies memory. Prints one line of JSON.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <omp.h>

#include "kernel/buffer.h"
#include "kernel/product.h"
#include "kernel/projection.h"

namespace {

using Clock = std::chrono::steady_clock;

template <typename F>
double best_of(int times, F&& f) {
  double best = 1e9;
  for (int i = 0; i < times; ++i) {
    const auto start = Clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

/// Seconds of x·Wᵀ, dy·W and dyᵀ·x for a linear layer [out, in] and so many tokens.
double linear_seconds(bool half, std::int64_t tokens, std::int64_t in, std::int64_t out) {
  using namespace pantograph::kernel;
  const std::size_t bytes = half ? 2 : 4;
  const auto make = [&](std::int64_t count, std::size_t size) {
    return std::vector<char>(static_cast<std::size_t>(count) * size, 0);
  };
  const std::vector<char> x = make(tokens * in, bytes), w = make(in * out, bytes);
  std::vector<char> y = make(tokens * out, bytes), dx = make(tokens * in, bytes), dw = make(in * out, 4);
  Products products(half);
  const auto once = [&] {
    products.multiply(tokens, out, in, {x.data(), in}, {w.data(), in, true}, {y.data(), out});
    products.multiply(tokens, in, out, {y.data(), out}, {w.data(), in}, {dx.data(), in});
    products.multiply(out, in, tokens, {y.data(), out, true}, {x.data(), in}, {dw.data(), in, true});
  };
  once();
  return best_of(5, once);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string shape = argc > 1 ? argv[1] : "tiny";
  const bool half = argc > 2 && std::string(argv[2]) == "bf16";
  const int threads = argc > 3 ? std::stoi(argv[3]) : 2;
  omp_set_num_threads(threads);
  const bool tiny = shape == "tiny";
  const std::int64_t layers = tiny ? 4 : 7, width = tiny ? 256 : 1024, inner = 4 * width,
                     vocabulary = tiny ? 4096 : 32000;
  const std::int64_t tokens = tiny ? 4096 : 2048;
  const double layer = linear_seconds(half, tokens, width, 3 * width) + linear_seconds(half, tokens, width, width) +
                       linear_seconds(half, tokens, width, inner) + linear_seconds(half, tokens, inner, width);
  const double logits = linear_seconds(half, tokens, width, vocabulary);
  const double seconds = static_cast<double>(layers) * layer + logits;
  const double flops = 6.0 * static_cast<double>(tokens) *
                       static_cast<double>(layers * (4 * width * width + 2 * width * inner) + width * vocabulary);

  const std::size_t count = std::size_t{1} << 27;  // floats: 512 MB, far beyond the caches
  pantograph::kernel::Buffer<float> source, target;
  float* const from = source.ensure(count);
  float* const to = target.ensure(count);
  std::fill(from, from + count, 1.0F);
  std::fill(to, to + count, 2.0F);
  const double copy = best_of(5, [&] {
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int i = 0; i < threads; ++i) {
      const std::size_t begin = count * static_cast<std::size_t>(i) / static_cast<std::size_t>(threads);
      const std::size_t end = count * static_cast<std::size_t>(i + 1) / static_cast<std::size_t>(threads);
      std::memcpy(to + begin, from + begin, (end - begin) * sizeof(float));
    }
  });
  // One expert from a T of the same bytes, 24 planes.
  const int h = 24;
  const std::size_t size = count / h;
  const std::vector<float> c(h, 0.1F);
  const double form = best_of(5, [&] {
    pantograph::kernel::form_experts({from, h, size}, c.data(), 1, {to, false}, threads);
  });
  nlohmann::json out;
  out["tokens_per_second"] = static_cast<double>(tokens) / seconds;
  out["flops_per_second"] = flops / seconds;
  out["copy_bytes_per_second"] = 2.0 * static_cast<double>(count * sizeof(float)) / copy;
  out["forming_bytes_per_second"] = static_cast<double>((h + 1) * size * sizeof(float)) / form;
  std::cout << out.dump() << "\n";
  return 0;
}
