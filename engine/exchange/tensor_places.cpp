// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tensor_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "network/layout.h"

namespace pantograph::exchange {
namespace {

/// [columns, rows] of a matrix [rows, columns].
std::vector<float> transpose(const float* from, std::uint64_t rows, std::uint64_t columns) {
  std::vector<float> out(rows * columns);
  for (std::uint64_t i = 0; i < rows; ++i) {
    for (std::uint64_t j = 0; j < columns; ++j) out[j * rows + i] = from[i * columns + j];
  }
  return out;
}

/// Where a row of ours is among theirs: rows i and i + size/2 of each head are 2i and 2i + 1 there.
std::uint64_t their_row(std::uint64_t row, std::uint64_t size) {
  const std::uint64_t i = row % size;
  return row / size * size + i % (size / 2) * 2 + i / (size / 2);
}

std::uint64_t count_of(const std::vector<std::uint64_t>& dims) {
  std::uint64_t out = 1;
  for (const std::uint64_t size : dims) out *= size;
  return out;
}

TensorPlace place_of(const TensorName& name, const network::TensorSpec& spec, const network::SmallConfig& config,
                     Format format) {
  const bool gguf = format == Format::gguf;
  TensorPlace out;
  out.ours = spec.name;
  out.our_dims.assign(spec.shape.begin(), spec.shape.end());
  out.theirs = fmt::format(fmt::runtime(gguf ? name.gguf : name.hugging_face), spec.layer);
  out.dims = out.our_dims;
  out.matrix = name.matrix;
  if (name.stack != TensorName::whole) {  // rows of the queries, the keys or the values
    const auto width = static_cast<std::uint64_t>(config.width), keys = static_cast<std::uint64_t>(config.key_width());
    const std::uint64_t row = name.stack == TensorName::queries ? 0
                              : name.stack == TensorName::keys  ? width
                                                                : width + keys;
    out.dims[0] = name.stack == TensorName::queries ? width : keys;
    out.first = row * out.dims[1];
  }
  out.transposed = !gguf && name.transposed;
  if (out.transposed) std::swap(out.dims[0], out.dims[1]);
  if (gguf && name.interleaved()) out.interleaved = static_cast<std::uint64_t>(config.width / config.heads);
  return out;
}

}  // namespace

std::vector<float> TensorPlace::to_theirs(const float* all) const {
  const float* const from = all + first;
  if (transposed) return transpose(from, dims[1], dims[0]);
  if (interleaved == 0) return {from, from + count_of(dims)};
  std::vector<float> out(count_of(dims));
  const std::uint64_t columns = dims[1];
  for (std::uint64_t row = 0; row < dims[0]; ++row)
    std::copy_n(from + row * columns, columns, out.data() + their_row(row, interleaved) * columns);
  return out;
}

void TensorPlace::to_ours(const std::vector<float>& numbers, float* all) const {
  float* const to = all + first;
  if (transposed) {
    const std::vector<float> turned = transpose(numbers.data(), dims[0], dims[1]);
    std::copy(turned.begin(), turned.end(), to);
  } else if (interleaved == 0) {
    std::copy(numbers.begin(), numbers.end(), to);
  } else {
    const std::uint64_t columns = dims[1];
    for (std::uint64_t row = 0; row < dims[0]; ++row)
      std::copy_n(numbers.data() + their_row(row, interleaved) * columns, columns, to + row * columns);
  }
}

std::vector<TensorPlace> tensor_places(const network::SmallConfig& config, Format format) {
  network::NetworkConfig whole;
  whole.small = config;
  std::vector<TensorPlace> out;
  for (const network::TensorSpec& spec : network::layout(whole)) {
    const std::string layer = fmt::format("layers.{}.", spec.layer);
    for (const TensorName& name : tensor_names(config.block)) {
      if (name.layered() == (spec.layer >= 0) && spec.name == (name.layered() ? layer : "") + name.ours)
        out.push_back(place_of(name, spec, config, format));
    }
  }
  return out;
}

const char* output_layer_name(Format format) {
  return format == Format::gguf ? "output.weight" : "lm_head.weight";
}

}  // namespace pantograph::exchange
