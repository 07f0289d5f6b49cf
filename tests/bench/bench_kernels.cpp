// SPDX-License-Identifier: GPL-3.0-or-later
// The CPU's kernels one by one, in the sizes of the shapes TINY and PAPER, on one thread where they run on the
// caller's.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "kernel/attention.h"
#include "kernel/projection.h"

using namespace pantograph::kernel;

namespace {

template <typename Number>
std::vector<Number> numbers(std::int64_t count) {
  std::vector<Number> out(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < out.size(); ++i) store(&out[i], static_cast<float>(i * 7 % 13) * 0.1F - 0.6F);
  return out;
}

template <typename Number>
void norm(benchmark::State& state) {
  const std::int64_t rows = 4096, width = state.range(0);
  const auto x = numbers<float>(rows * width), weight = numbers<float>(width);
  const auto added = numbers<Number>(rows * width);
  std::vector<float> sum(x.size()), statistics(static_cast<std::size_t>(2 * rows));
  std::vector<Number> out(x.size());
  for (auto _ : state) {
    norm_forward(x.data(), added.data(), rows, static_cast<int>(width), {weight.data(), weight.data()}, sum.data(),
                 out.data(), statistics.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * rows * width * static_cast<std::int64_t>(8 + 2 * sizeof(Number)));
}
BENCHMARK(norm<float>)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);
BENCHMARK(norm<Half>)->Arg(256)->Arg(1024)->Unit(benchmark::kMillisecond);

template <typename Number>
void gelu_backward_rows(benchmark::State& state) {
  const std::int64_t rows = 4096, width = state.range(0);
  const auto x = numbers<Number>(rows * width);
  auto gradient = x;
  std::vector<float> sums(static_cast<std::size_t>(width));
  for (auto _ : state) {
    gelu_backward(x.data(), rows, static_cast<int>(width), gradient.data(), sums.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * rows * width);
}
BENCHMARK(gelu_backward_rows<float>)->Arg(1024)->Arg(4096)->Unit(benchmark::kMillisecond);
BENCHMARK(gelu_backward_rows<Half>)->Arg(1024)->Arg(4096)->Unit(benchmark::kMillisecond);

template <typename Number>
void cross_entropy(benchmark::State& state) {
  const std::int64_t rows = 512, vocabulary = state.range(0);
  const auto start = numbers<Number>(rows * vocabulary);
  auto logits = start;
  const std::vector<std::int32_t> targets(static_cast<std::size_t>(rows), 1);
  std::vector<float> nll(targets.size());
  for (auto _ : state) {
    softmax_nll(logits.data(), rows, vocabulary, targets.data(), nll.data(), true, 1.0F);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * rows * vocabulary);
}
BENCHMARK(cross_entropy<float>)->Arg(4096)->Arg(32000)->Unit(benchmark::kMillisecond);
BENCHMARK(cross_entropy<Half>)->Arg(4096)->Arg(32000)->Unit(benchmark::kMillisecond);

template <typename Number>
void attention(benchmark::State& state) {
  const AttentionShape shape{static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
                             static_cast<int>(state.range(2)), static_cast<int>(state.range(3))};
  const std::int64_t tokens = static_cast<std::int64_t>(shape.rows) * shape.context, width = shape.heads * shape.size;
  const auto qkv = numbers<Number>(tokens * 3 * width), gradient = numbers<Number>(tokens * width);
  std::vector<Number> out(gradient.size()), qkv_gradient(qkv.size());
  std::vector<float> log_sum(static_cast<std::size_t>(tokens * shape.heads));
  Attention<Number> kernel(2);
  for (auto _ : state) {
    kernel.forward(shape, qkv.data(), out.data(), log_sum.data());
    kernel.backward(shape, qkv.data(), out.data(), log_sum.data(), gradient.data(), qkv_gradient.data());
  }
  state.SetItemsProcessed(state.iterations() * tokens);
}
BENCHMARK(attention<float>)
    ->Args({16, 256, 4, 64})
    ->Args({2, 1024, 8, 128})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(attention<Half>)
    ->Args({16, 256, 4, 64})
    ->Args({2, 1024, 8, 128})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// T of one matrix of PAPER: 24 planes of 1,024 x 4,096.
struct PaperT {
  static constexpr int h = 24;
  static constexpr std::size_t size = 1024 * 4096;
  Buffer<float> t, w;
  std::vector<float> c = std::vector<float>(8 * h, 0.1F);
  PaperT() {
    std::fill_n(t.ensure(h * size), h * size, 0.01F);
    std::fill_n(w.ensure(8 * size), 8 * size, 0.001F);
  }
  Planes planes() { return {t.data(), h, size}; }
};

void form(benchmark::State& state) {
  PaperT p;
  const int experts = static_cast<int>(state.range(0));
  for (auto _ : state) form_experts(p.planes(), p.c.data(), experts, {p.w.data(), false}, 2);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(p.size * 4) * (p.h + experts));
}
BENCHMARK(form)->Arg(1)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();

void coefficient(benchmark::State& state) {
  PaperT p;
  const int experts = static_cast<int>(state.range(0));
  std::vector<double> dc(p.c.size()), gram(64);
  for (auto _ : state) coefficient_gradients(p.planes(), p.w.data(), experts, dc.data(), gram.data(), 2);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(p.size * 4) * (p.h + experts));
}
BENCHMARK(coefficient)->Arg(1)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Bytes: T, both moments read and written, gradients read, next experts written.
void update(benchmark::State& state) {
  PaperT p;
  const int experts = static_cast<int>(state.range(0));
  const bool half = state.range(1) != 0;
  const std::size_t moment = half ? 2 : 4;
  Buffer<char> first, second;
  std::fill_n(first.ensure(PaperT::h * p.size * moment), PaperT::h * p.size * moment, 0);
  std::fill_n(second.ensure(PaperT::h * p.size * moment), PaperT::h * p.size * moment, 0);
  std::vector<float> next(static_cast<std::size_t>(experts) * p.size);
  for (auto _ : state) {
    update_t(p.planes(), {first.data(), second.data(), half}, p.c.data(), p.w.data(), experts, TUpdate{}, p.c.data(),
             experts, {next.data(), false}, 2);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(p.size) *
                          (p.h * static_cast<std::int64_t>(8 + 4 * moment) + 8 * experts));
}
BENCHMARK(update)->ArgsProduct({{1, 4, 8}, {0, 1}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
