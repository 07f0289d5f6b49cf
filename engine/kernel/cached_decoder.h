// SPDX-License-Identifier: GPL-3.0-or-later
// The small network's forward pass with the keys and values of earlier tokens kept, so that a further token costs one
// token's work. The first tokens of a sequence take the path of kernel/decoder.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/decoder.h"

namespace pantograph::kernel {

class CachedDecoder {
 public:
  /// Sequences that can go on side by side.
  static constexpr int kMostSequences = 16;

  /// half: weights, products and what is kept in bf16, sums in fp32.
  static std::unique_ptr<CachedDecoder> create(const DecoderShape& shape, bool half, int threads);
  virtual ~CachedDecoder() = default;

  /// As Decoder::set_weights(), for one expert.
  virtual void set_weights(const DecoderTensors& weights) = 0;

  /// Empty sequences, 1 to kMostSequences; what earlier ones held is forgotten.
  virtual void reset(int sequences) = 0;
  virtual int length(int sequence) const = 0;  ///< tokens
  /// Forgets what lies behind the first `length` tokens.
  virtual void truncate(int sequence, int length) = 0;

  /// Appends tokens to a sequence, at least one; the logits of what follows the last of them, [vocabulary], until the
  /// next call. nll: [count − 1], becomes the negative log-likelihood, nats, of each token but the first, given all
  /// before it; null: not wanted. Error(run) for an id that the vocabulary lacks; Error(usage) beyond the context.
  virtual const float* append(int sequence, const std::int32_t* tokens, int count, float* nll = nullptr) = 0;

  /// One token each to some sequences, side by side. Logits: [sequences.size(), vocabulary]. A sequence's do not depend
  /// on which others there are.
  virtual const float* advance(const std::vector<int>& sequences, const std::vector<std::int32_t>& tokens) = 0;
};

}  // namespace pantograph::kernel
