// SPDX-License-Identifier: GPL-3.0-or-later
// The GPT-2 style block: learned positions, pre-LayerNorm, query, key and value in one matrix, an MLP of two, biases
// everywhere, the embedding tied to the output.
#include "network/layout.h"

#include <algorithm>
#include <span>

namespace pantograph::network {
namespace {

constexpr Extent kNone{}, kVocabulary{Extent::vocabulary}, kContext{Extent::context}, kWidth{Extent::width},
    kThreeWidths{Extent::width, 3}, kInner{Extent::inner};

constexpr bool kOnce = false, kLayered = true;

/// Rows of matrices [out, in] that are no linear layers, of vectors, and of linear layers.
constexpr TensorRow table(TensorRole role, const char* name, Extent rows, bool tied) {
  return {role, name, kOnce, rows, kWidth, TensorStart::normal, Growth::columns, 1, false, false, tied};
}
constexpr TensorRow vector(TensorRole role, const char* name, bool layered, Extent size, TensorStart start,
                           Growth growth, int stacked = 1) {
  return {role, name, layered, size, kNone, start, growth, stacked};
}
constexpr TensorRow linear(TensorRole role, const char* name, Extent out, Extent in, TensorStart start, int stacked,
                           bool projected) {
  return {role, name, kLayered, out, in, start, Growth::blocks, stacked, true, projected};
}

/// In the order of files. E [PN], the last, belongs to a projected network alone.
constexpr TensorRow kRows[] = {
    table(TensorRole::embedding, "embedding", kVocabulary, true),
    table(TensorRole::positions, "positions", kContext, false),
    vector(TensorRole::attention_norm, "attention.norm.weight", kLayered, kWidth, TensorStart::one, Growth::copies),
    vector(TensorRole::attention_norm_bias, "attention.norm.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    linear(TensorRole::qkv, "attention.qkv", kThreeWidths, kWidth, TensorStart::normal, 3, false),
    vector(TensorRole::qkv_bias, "attention.qkv.bias", kLayered, kThreeWidths, TensorStart::zero, Growth::copies, 3),
    linear(TensorRole::output, "attention.output", kWidth, kWidth, TensorStart::residual, 1, false),
    vector(TensorRole::output_bias, "attention.output.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    vector(TensorRole::mlp_norm, "mlp.norm.weight", kLayered, kWidth, TensorStart::one, Growth::copies),
    vector(TensorRole::mlp_norm_bias, "mlp.norm.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    linear(TensorRole::up, "mlp.up", kInner, kWidth, TensorStart::normal, 1, true),
    vector(TensorRole::up_bias, "mlp.up.bias", kLayered, kInner, TensorStart::zero, Growth::copies),
    linear(TensorRole::down, "mlp.down", kWidth, kInner, TensorStart::residual, 1, true),
    vector(TensorRole::down_bias, "mlp.down.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    // The tied embedding sums over the n copies of what the last norm gives.
    vector(TensorRole::norm, "norm.weight", kOnce, kWidth, TensorStart::one, Growth::shared),
    vector(TensorRole::norm_bias, "norm.bias", kOnce, kWidth, TensorStart::zero, Growth::shared),
    {TensorRole::experts, "experts", kOnce, {Extent::k}, {Extent::m}, TensorStart::experts, Growth::none},
};

std::int64_t size_of(const Extent& extent, const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  const auto times = [&](int size) { return std::int64_t{extent.times} * size; };
  switch (extent.of) {
    case Extent::none:
      return times(1);
    case Extent::vocabulary:
      return times(s.vocabulary);
    case Extent::context:
      return times(s.context);
    case Extent::width:
      return times(s.width);
    case Extent::inner:
      return times(s.inner);
    case Extent::k:
      return times(config.k);
    case Extent::m:
      return times(config.m);
  }
  return 0;
}

/// The tensors that stand for a row in this network, side by side.
std::span<const TensorPart> parts_of(const TensorRow& row, const NetworkConfig& config) {
  static constexpr TensorPart kWhole[] = {TensorPart::whole}, kFormed[] = {TensorPart::t, TensorPart::m},
                              kAdapted[] = {TensorPart::whole, TensorPart::lora_a, TensorPart::lora_b};
  if (row.role == TensorRole::experts && !config.projected) return {};
  if (row.projected && config.projected) return kFormed;
  if (row.linear && config.lora.rank > 0) return kAdapted;
  return kWhole;
}

std::vector<std::int64_t> shape_of(const TensorRow& row, TensorPart part, const NetworkConfig& config) {
  const std::int64_t out = size_of(row.out, config), in = size_of(row.in, config), rank = config.lora.rank;
  switch (part) {
    case TensorPart::whole:
      if (row.in.of == Extent::none) return {out};
      return {out, in};
    case TensorPart::t:
      return {config.h, out, in};
    case TensorPart::m:
      return {config.m, config.h};
    case TensorPart::lora_a:
      return {rank, in};
    case TensorPart::lora_b:
      return {out, rank};
  }
  return {};
}

const char* suffix(const TensorRow& row, TensorPart part) {
  switch (part) {
    case TensorPart::whole:
      return row.linear ? ".weight" : "";
    case TensorPart::t:
      return ".t";
    case TensorPart::m:
      return ".m";
    case TensorPart::lora_a:
      return ".lora_a";
    case TensorPart::lora_b:
      return ".lora_b";
  }
  return "";
}

ParameterKind kind_of(const TensorRow& row, TensorPart part) {
  switch (part) {
    case TensorPart::whole:
      if (row.role == TensorRole::experts) return ParameterKind::e;
      return row.in.of == Extent::none ? ParameterKind::vector : ParameterKind::matrix;
    case TensorPart::t:
      return ParameterKind::t;
    case TensorPart::m:
      return ParameterKind::m;
    case TensorPart::lora_a:
    case TensorPart::lora_b:
      break;
  }
  return ParameterKind::adapter;
}

TensorStart start_of(const TensorRow& row, TensorPart part) {
  switch (part) {
    case TensorPart::whole:
    case TensorPart::t:
      break;
    case TensorPart::m:
      return TensorStart::mixer;
    case TensorPart::lora_a:
      return TensorStart::lora_a;
    case TensorPart::lora_b:
      return TensorStart::zero;
  }
  return row.start;
}

TensorSpec spec_of(const TensorRow& row, TensorPart part, int layer, const NetworkConfig& config) {
  TensorSpec spec{&row, part, layer, {}, kind_of(row, part), shape_of(row, part, config), start_of(row, part)};
  if (layer >= 0) spec.name = "layers." + std::to_string(layer) + ".";
  spec.name += row.name;
  spec.name += suffix(row, part);
  // T and adapters are matrices; E, M, biases and norms are left alone.
  spec.decays =
      spec.kind == ParameterKind::matrix || spec.kind == ParameterKind::t || spec.kind == ParameterKind::adapter;
  return spec;
}

}  // namespace

std::vector<TensorSpec> layout(const NetworkConfig& config) {
  std::vector<TensorSpec> all;
  const auto add = [&](const TensorRow& row, int layer) {
    for (const TensorPart part : parts_of(row, config)) all.push_back(spec_of(row, part, layer, config));
  };
  const auto layered = [](const TensorRow& row) { return row.layered; };
  const auto* const first = std::find_if(std::begin(kRows), std::end(kRows), layered);
  const auto* const last = std::find_if_not(first, std::end(kRows), layered);
  std::for_each(std::begin(kRows), first, [&](const TensorRow& row) { add(row, -1); });
  for (int layer = 0; layer < config.small.layers; ++layer)
    std::for_each(first, last, [&](const TensorRow& row) { add(row, layer); });
  std::for_each(last, std::end(kRows), [&](const TensorRow& row) { add(row, -1); });
  return all;
}

bool is_trained(const NetworkConfig& config, TensorPart part) {
  return config.lora.rank == 0 || part == TensorPart::lora_a || part == TensorPart::lora_b;
}

std::uint64_t count_numbers(const NetworkConfig& config,
                            const std::function<bool(const TensorRow&, TensorPart)>& wanted) {
  std::uint64_t sum = 0;
  for (const TensorRow& row : kRows) {
    for (const TensorPart part : parts_of(row, config)) {
      if (!wanted(row, part)) continue;
      std::uint64_t numbers = row.layered ? static_cast<std::uint64_t>(config.small.layers) : 1;
      for (const std::int64_t size : shape_of(row, part, config)) numbers *= static_cast<std::uint64_t>(size);
      sum += numbers;
    }
  }
  return sum;
}

}  // namespace pantograph::network
