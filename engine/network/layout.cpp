// SPDX-License-Identifier: GPL-3.0-or-later
// The blocks, tensor by tensor. gpt2: learned positions, pre-LayerNorm, query, key and value in one matrix, an MLP of
// two, biases everywhere, the embedding tied to the output. llama: rotary positions, which have no tensor, pre-RMSNorm,
// a gate beside the MLP's two, no biases.
#include "network/layout.h"

#include <algorithm>
#include <span>

namespace pantograph::network {
namespace {

constexpr Extent kNone{}, kVocabulary{Extent::vocabulary}, kContext{Extent::context}, kWidth{Extent::width},
    kQkv{Extent::qkv}, kInner{Extent::inner};

constexpr bool kOnce = false, kLayered = true;

/// Rows of matrices [out, in] that are no linear layers, of vectors, and of linear layers.
constexpr TensorRow table(TensorRole role, const char* name, Extent rows, bool tied) {
  return {role, name, kOnce, rows, kWidth, TensorStart::normal, Growth::columns, false, false, tied};
}
constexpr TensorRow vector(TensorRole role, const char* name, bool layered, Extent size, TensorStart start,
                           Growth growth) {
  return {role, name, layered, size, kNone, start, growth};
}
constexpr TensorRow linear(TensorRole role, const char* name, Extent out, Extent in, TensorStart start,
                           bool projected) {
  return {role, name, kLayered, out, in, start, Growth::blocks, true, projected};
}

constexpr TensorRow kEmbedding = table(TensorRole::embedding, "embedding", kVocabulary, true);
constexpr TensorRow kAttentionNorm =
    vector(TensorRole::attention_norm, "attention.norm.weight", kLayered, kWidth, TensorStart::one, Growth::copies);
constexpr TensorRow kQkvMatrix = linear(TensorRole::qkv, "attention.qkv", kQkv, kWidth, TensorStart::normal, false);
constexpr TensorRow kOutput =
    linear(TensorRole::output, "attention.output", kWidth, kWidth, TensorStart::residual, false);
constexpr TensorRow kMlpNorm =
    vector(TensorRole::mlp_norm, "mlp.norm.weight", kLayered, kWidth, TensorStart::one, Growth::copies);
constexpr TensorRow kUp = linear(TensorRole::up, "mlp.up", kInner, kWidth, TensorStart::normal, true);
constexpr TensorRow kDown = linear(TensorRole::down, "mlp.down", kWidth, kInner, TensorStart::residual, true);
// The tied embedding sums over the n copies of what the last norm gives.
constexpr TensorRow kNorm = vector(TensorRole::norm, "norm.weight", kOnce, kWidth, TensorStart::one, Growth::shared);
constexpr TensorRow kExperts{TensorRole::experts,  "experts",   kOnce, {Extent::k}, {Extent::m},
                             TensorStart::experts, Growth::none};

/// In the order of files. E [PN], the last, belongs to a projected network alone.
constexpr TensorRow kGpt2[] = {
    kEmbedding,
    table(TensorRole::positions, "positions", kContext, false),
    kAttentionNorm,
    vector(TensorRole::attention_norm_bias, "attention.norm.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    kQkvMatrix,
    vector(TensorRole::qkv_bias, "attention.qkv.bias", kLayered, kQkv, TensorStart::zero, Growth::copies),
    kOutput,
    vector(TensorRole::output_bias, "attention.output.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    kMlpNorm,
    vector(TensorRole::mlp_norm_bias, "mlp.norm.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    kUp,
    vector(TensorRole::up_bias, "mlp.up.bias", kLayered, kInner, TensorStart::zero, Growth::copies),
    kDown,
    vector(TensorRole::down_bias, "mlp.down.bias", kLayered, kWidth, TensorStart::zero, Growth::copies),
    kNorm,
    vector(TensorRole::norm_bias, "norm.bias", kOnce, kWidth, TensorStart::zero, Growth::shared),
    kExperts,
};

constexpr TensorRow kLlama[] = {
    kEmbedding, kAttentionNorm, kQkvMatrix,
    kOutput,    kMlpNorm,       linear(TensorRole::gate, "mlp.gate", kInner, kWidth, TensorStart::normal, true),
    kUp,        kDown,          kNorm,
    kExperts,
};

std::span<const TensorRow> rows_of(const NetworkConfig& config) {
  switch (config.small.block) {
    case Block::gpt2:
      break;
    case Block::llama:
      return kLlama;
  }
  return kGpt2;
}

std::int64_t size_of(const Extent& extent, const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  switch (extent.of) {
    case Extent::none:
      return 1;
    case Extent::vocabulary:
      return s.vocabulary;
    case Extent::context:
      return s.context;
    case Extent::width:
      return s.width;
    case Extent::qkv:
      return s.width + 2 * s.key_width();
    case Extent::inner:
      return s.inner;
    case Extent::k:
      return config.k;
    case Extent::m:
      return config.m;
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
  const std::span<const TensorRow> rows = rows_of(config);
  const auto first = std::find_if(rows.begin(), rows.end(), layered);
  const auto last = std::find_if_not(first, rows.end(), layered);
  std::for_each(rows.begin(), first, [&](const TensorRow& row) { add(row, -1); });
  for (int layer = 0; layer < config.small.layers; ++layer)
    std::for_each(first, last, [&](const TensorRow& row) { add(row, layer); });
  std::for_each(last, rows.end(), [&](const TensorRow& row) { add(row, -1); });
  return all;
}

std::vector<std::int64_t> stacks(const TensorRow& row, const NetworkConfig& config) {
  if (row.out.of != Extent::qkv) return {size_of(row.out, config)};
  return {config.small.width, config.small.key_width(), config.small.key_width()};
}

bool is_trained(const NetworkConfig& config, TensorPart part) {
  return config.lora.rank == 0 || part == TensorPart::lora_a || part == TensorPart::lora_b;
}

std::uint64_t count_numbers(const NetworkConfig& config,
                            const std::function<bool(const TensorRow&, TensorPart)>& wanted) {
  std::uint64_t sum = 0;
  for (const TensorRow& row : rows_of(config)) {
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
