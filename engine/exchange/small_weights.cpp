// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/small_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace pantograph::exchange {
namespace {

/// [in, out] of a matrix [out, in].
void transpose(ForeignTensor& tensor) {
  const std::size_t rows = tensor.dims.at(0), columns = tensor.dims.at(1);
  std::vector<float> out(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = tensor.values[i * columns + j];
  }
  tensor.values = std::move(out);
  std::swap(tensor.dims[0], tensor.dims[1]);
}

/// Rows i and i + size/2 of each head become 2i and 2i + 1.
void interleave(ForeignTensor& tensor, std::size_t size) {
  const std::size_t columns = tensor.dims.at(1);
  std::vector<float> out(tensor.values.size());
  for (std::size_t row = 0; row < tensor.dims[0]; ++row) {
    const std::size_t head = row / size * size, i = row % size;
    const std::size_t to = head + i % (size / 2) * 2 + i / (size / 2);
    std::copy_n(tensor.values.begin() + static_cast<std::ptrdiff_t>(row * columns), columns,
                out.begin() + static_cast<std::ptrdiff_t>(to * columns));
  }
  tensor.values = std::move(out);
}

}  // namespace

SmallWeights::SmallWeights(const network::Network& network)
    : config_(network.config().small), tensors_(network.weights()) {}

ForeignTensor SmallWeights::tensor(const TensorName& name, int layer, Format format) const {
  const std::string ours = (name.layered() ? fmt::format("layers.{}.", layer) : "") + name.ours;
  const auto found = tensors_.find("weights/" + ours);
  if (found == tensors_.end())
    throw Error(ErrorKind::run, {"no tensor " + ours, "export", "a small network without adapters", ""});
  ForeignTensor out;
  out.name = fmt::format(fmt::runtime(format == Format::gguf ? name.gguf : name.hugging_face), layer);
  out.dims = found->second.shape.dims;
  out.matrix = name.matrix;
  // Rows of the queries, the keys or the values.
  const auto width = static_cast<std::uint64_t>(config_.width), keys = static_cast<std::uint64_t>(config_.key_width());
  std::uint64_t first = 0;
  if (name.stack != TensorName::whole) {
    first = name.stack == TensorName::queries ? 0 : name.stack == TensorName::keys ? width : width + keys;
    out.dims[0] = name.stack == TensorName::queries ? width : keys;
  }
  std::uint64_t count = 1;
  for (const std::uint64_t size : out.dims) count *= size;
  out.values.resize(count);
  const std::uint64_t begin = first * (count / out.dims[0]);
  std::memcpy(out.values.data(), found->second.data.data() + begin * sizeof(float), count * sizeof(float));
  if (format == Format::hugging_face && name.transposed) transpose(out);
  if (format == Format::gguf && name.interleaved())
    interleave(out, static_cast<std::size_t>(config_.width / config_.heads));
  return out;
}

void SmallWeights::for_each(Format format, const std::function<void(const ForeignTensor&)>& take) const {
  const auto names = tensor_names(config_.block);
  const auto layered = [](const TensorName& name) { return name.layered(); };
  const auto first = std::find_if(names.begin(), names.end(), layered);
  const auto last = std::find_if_not(first, names.end(), layered);
  std::for_each(names.begin(), first, [&](const TensorName& name) { take(tensor(name, -1, format)); });
  for (int layer = 0; layer < config_.layers; ++layer)
    std::for_each(first, last, [&](const TensorName& name) { take(tensor(name, layer, format)); });
  std::for_each(last, names.end(), [&](const TensorName& name) { take(tensor(name, -1, format)); });
}

}  // namespace pantograph::exchange
