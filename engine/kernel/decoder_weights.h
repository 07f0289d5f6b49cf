// SPDX-License-Identifier: GPL-3.0-or-later
// A network's matrices as products want them. For this room's sources that are compiled with OpenMP.
#pragma once

#include <type_traits>
#include <vector>

#include "kernel/buffer.h"
#include "kernel/decoder.h"
#include "kernel/parallel.h"
#include "kernel/rows.h"

namespace pantograph::kernel {

template <typename Number>
class DecoderWeights {
 public:
  struct Layer {
    const Number *qkv, *output, *gate, *up, *down;
  };
  const Number* embedding = nullptr;
  std::vector<Layer> layers;

  /// fp32 matrices are used where they lie, in bf16 they are copies.
  void set(const DecoderShape& shape, const DecoderTensors& weights, const std::vector<FormedMlp>& formed,
           int threads) {
    const std::int64_t width = shape.width, inner = shape.inner;
    copies_.resize(static_cast<std::size_t>(1 + 5 * shape.layers));
    std::size_t next = 0;
    const auto ready = [&](const float* values, std::int64_t count) -> const Number* {
      return values == nullptr ? nullptr : converted(values, count, copies_[next++], threads);
    };
    embedding = ready(weights.embedding, width * shape.vocabulary);
    layers.clear();
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
      const DecoderLayer& layer = weights.layers[i];
      Layer out{};
      out.qkv = ready(layer.qkv, shape.qkv() * width);
      out.output = ready(layer.output, width * width);
      if (formed.empty()) {
        out.gate = ready(layer.gate, inner * width);
        out.up = ready(layer.up, inner * width);
        out.down = ready(layer.down, inner * width);
      } else {
        out.gate = static_cast<const Number*>(formed[i].gate);
        out.up = static_cast<const Number*>(formed[i].up);
        out.down = static_cast<const Number*>(formed[i].down);
      }
      layers.push_back(out);
    }
  }

 private:
  static const Number* converted(const float* values, std::int64_t count, Buffer<Number>& buffer, int threads) {
    if constexpr (std::is_same_v<Number, Half>) {
      Number* out = buffer.ensure(static_cast<std::size_t>(count));
      share_rows(count, threads,
                 [&](std::int64_t begin, std::int64_t end, int) { to_half(values + begin, end - begin, out + begin); });
      return out;
    } else {
      (void)count, (void)buffer, (void)threads;
      return values;
    }
  }

  std::vector<Buffer<Number>> copies_;
};

}  // namespace pantograph::kernel
