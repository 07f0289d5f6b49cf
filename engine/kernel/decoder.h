// SPDX-License-Identifier: GPL-3.0-or-later
// The small network's forward and backward pass on the CPU as one explicit block: fused row operations, attention by
// blocks, products through oneDNN, buffers that are asked for once. Norms before attention and MLP, a tied embedding;
// the rest as the shape says. The MLP matrices may differ between groups of rows: that is all that a projected network
// needs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/activation.h"

namespace pantograph::kernel {

struct DecoderShape {
  int layers = 0, width = 0, heads = 0, inner = 0, context = 0, vocabulary = 0;  ///< context: the longest
  Activation activation = Activation::gelu;
  bool rms_norm = false;  ///< in place of LayerNorm
  int rope_base = 0;      ///< of rotary positions; 0: learned ones
  int key_heads = 0;      ///< of keys and values; 0: as many as heads
  std::int64_t key_width() const { return std::int64_t{width} / heads * (key_heads > 0 ? key_heads : heads); }
  std::int64_t qkv() const { return width + 2 * key_width(); }
  bool gated() const { return activation == Activation::swiglu; }
};

/// fp32, row-major; matrices are [out, in]. gate and up: [experts, inner, width], down: [experts, width, inner], of the
/// experts in use (a small network: one). What the shape has no use for is null. Weights, or their gradients: of these,
/// vectors that are null are not wanted, and neither are embedding and positions, both null.
struct DecoderLayer {
  float *norm1_weight, *norm1_bias, *qkv, *qkv_bias, *output, *output_bias, *norm2_weight, *norm2_bias, *gate, *up,
      *up_bias, *down, *down_bias;
};
struct DecoderTensors {
  float *embedding = nullptr, *positions = nullptr;
  std::vector<DecoderLayer> layers;
  float *norm_weight = nullptr, *norm_bias = nullptr;
};

/// Experts formed in the decoder's own precision already; takes the place of a layer's gate, up and down.
struct FormedMlp {
  const void *gate = nullptr, *up = nullptr, *down = nullptr;
};

struct DecoderBatch {
  const std::int32_t* inputs = nullptr;   ///< [rows, context]; negative: padding, counts as token 0
  const std::int32_t* targets = nullptr;  ///< [rows, context]; negative: no target
  int rows = 0, context = 0;
  struct Group {
    int expert = 0, rows = 0;  ///< index into up and down; consecutive rows
  };
  std::vector<Group> groups;  ///< their rows sum to `rows`
};

/// Refuses ids that are not below the vocabulary: Error(run) naming the first and its place in rows of `length`, of
/// `where`. Negative ones (padding, no target) pass.
void check_tokens(const std::int32_t* tokens, std::int64_t count, std::int64_t length, int vocabulary,
                  const std::string& where);

/// Seconds spent, since the last reset.
struct DecoderTimes {
  double products = 0, logits = 0, attention = 0, norms = 0, activation = 0, cross_entropy = 0, embedding = 0,
         conversion = 0;
};

class Decoder {
 public:
  /// half: products in bf16 with fp32 accumulation; norms, softmax, loss and gradients of weights stay fp32.
  static std::unique_ptr<Decoder> create(const DecoderShape& shape, bool half, int threads);
  virtual ~Decoder() = default;

  /// To be called whenever the numbers have changed; the memory must stay. `formed`: empty, or one for each layer.
  virtual void set_weights(const DecoderTensors& weights, const std::vector<FormedMlp>& formed) = 0;

  /// Sum of negative log-likelihoods over targets ≥ 0, nats. Error(run) for an id that the vocabulary lacks. `each`:
  /// [rows, context], becomes what each target has of it (0 where there is none); null: not wanted.
  virtual double loss(const DecoderBatch& batch, float* each = nullptr) = 0;

  /// The same, and the gradients of scale·loss: stored where `gradients` was not touched since begin_gradients(), else
  /// added. Experts that took no part in the step keep what is there.
  virtual double loss_and_gradients(const DecoderBatch& batch, float scale, const DecoderTensors& gradients) = 0;
  /// experts: in use by this step.
  virtual void begin_gradients(int experts) = 0;

  DecoderTimes times;
};

/// Bytes that a decoder asks for, for one pass of rows·context tokens.
std::uint64_t decoder_bytes(const DecoderShape& shape, bool half, std::uint64_t rows, std::uint64_t context,
                            int threads, bool backward);

}  // namespace pantograph::kernel
