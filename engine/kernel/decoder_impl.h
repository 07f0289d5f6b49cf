// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's buffers and parts. For this room's sources only.
#pragma once

#include <type_traits>
#include <vector>

#include "kernel/attention.h"
#include "kernel/buffer.h"
#include "kernel/decoder.h"
#include "kernel/decoder_weights.h"
#include "kernel/parallel.h"
#include "kernel/product.h"
#include "kernel/rotary.h"
#include "kernel/timed.h"

namespace pantograph::kernel {

template <typename Number>
class DecoderOf final : public Decoder {
 public:
  DecoderOf(const DecoderShape& shape, int threads);
  void set_weights(const DecoderTensors& weights, const std::vector<FormedMlp>& formed) override;
  double loss(const DecoderBatch& batch, float* each) override;
  double loss_and_gradients(const DecoderBatch& batch, float scale, const DecoderTensors& gradients) override;
  void begin_gradients(int experts) override;

 private:
  static constexpr bool kHalf = std::is_same_v<Number, Half>;

  using Matrices = typename DecoderWeights<Number>::Layer;
  /// What the forward pass leaves behind for the backward pass.
  struct Kept {
    Buffer<float> x1, x2, statistics1, statistics2, log_sum;
    Buffer<Number> h1, qkv, mixed, h2, gate, pre, act;  // gate: of SwiGLU
  };
  enum Linear { gate_linear, up_linear, down_linear };
  static constexpr int kLinears = 3;

  void check(const DecoderBatch& batch) const;
  void reserve(std::int64_t tokens, int layers);
  void forward(const DecoderBatch& batch, bool keep);
  double cross_entropy(const DecoderBatch& batch, float scale, const DecoderTensors* gradients);
  void backward_mlp(const DecoderBatch& batch, int layer, const DecoderTensors& gradients);
  void backward_attention(const DecoderBatch& batch, int layer, const DecoderTensors& gradients);
  void backward_embedding(const DecoderBatch& batch, const DecoderTensors& gradients);
  void norm(const float* x, const Number* added, Norm norm, float* sum, Number* out, float* statistics);
  /// Adds to the gradients of a norm and of the bias that was added before it (null: there was none).
  void norm_back(const float* x, const float* statistics, const float* weight, bool first, float* weight_gradient,
                 float* bias_gradient, float* before_gradient);
  void activate(Kept& kept);
  void activate_back(Kept& kept, float* up_bias_gradient);
  void turn(Number* qkv, const DecoderBatch& batch, Rotary::Direction direction);
  AttentionShape attention_shape(const DecoderBatch& batch) const;
  void mlp_product(const DecoderBatch& batch, Linear which, const Number* x, const Number* weights, const float* bias,
                   Number* out);
  void mlp_back(const DecoderBatch& batch, Linear which, int layer, const Number* gradient, const Number* x,
                const Number* weights, Number* x_gradient, float* weight_gradient, bool adds = false);
  void weight_product(std::int64_t rows, std::int64_t columns, const Number* gradient, const Number* x, float* out,
                      bool accumulate);
  /// Zeroed rows of [threads, size], and their sum in the order of threads added to out (null: not wanted).
  float* partial(std::int64_t size);
  void add_partial(std::int64_t size, std::int64_t from, std::int64_t count, float* out);
  /// The residual stream's gradient as products want it.
  const Number* residual() const {
    if constexpr (kHalf)
      return residual_low_.data();
    else
      return residual_.data();
  }

  const DecoderShape shape_;
  const int threads_;
  Products products_;
  Attention<Number> attention_;
  Rotary rotary_;
  DecoderTensors weights_;
  DecoderWeights<Number> matrices_;
  std::vector<Kept> kept_;
  std::int64_t tokens_ = 0;  // of the pass under way
  Buffer<float> last_, last_statistics_, residual_, partial_, nll_;
  Buffer<Number> hidden_, added_, residual_low_, gradient_, wide_, gate_gradient_, logits_;
  bool fresh_ = true;                // the dense gradients were not touched yet in this step
  std::vector<bool> fresh_experts_;  // [layers, kLinears, experts] likewise
  int experts_ = 1;
};

}  // namespace pantograph::kernel
