// SPDX-License-Identifier: GPL-3.0-or-later
// The block's tensors, described once: what each is for, its shape and start, and what becomes of it in a projected
// network, under adapters and in a larger network. Whatever handles a network's tensors walks this description; what
// is computed with them is said by the forward passes (network/forward.cpp, kernel/decoder.h) alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network/config.h"

namespace pantograph::network {

/// What a tensor is for.
enum class TensorRole {
  embedding,
  positions,
  attention_norm,
  attention_norm_bias,
  qkv,
  qkv_bias,
  output,
  output_bias,
  mlp_norm,
  mlp_norm_bias,
  gate,
  up,
  up_bias,
  down,
  down_bias,
  norm,
  norm_bias,
  experts
};

/// What a tensor holds of its role: all of it; or T or M of a matrix that is projected; or an adapter's A or B.
enum class TensorPart { whole, t, m, lora_a, lora_b };

/// What a parameter is, for learning-rate factors.
enum class ParameterKind { matrix, vector, t, e, m, adapter };

/// A dimension: one of the network's sizes.
struct Extent {
  enum Size { none, vocabulary, context, width, qkv, inner, k, m } of = none;  ///< qkv: queries, keys, values
};

/// Numbers that a tensor starts with.
enum class TensorStart {
  zero,
  one,
  normal,    ///< the usual small deviation
  residual,  ///< the same, smaller with the number of layers: it ends in the residual stream
  experts,   ///< near each other
  mixer,     ///< scaled so that an expert's matrix starts as an ordinary one
  lora_a
};

/// What HyperCloning makes of a tensor in a network of n times the width.
enum class Growth {
  none,     ///< it has no place in such a network
  columns,  ///< rows repeat themselves n times
  blocks,   ///< n × n blocks that keep the function
  copies,   ///< n copies
  shared    ///< n copies, divided by n, since their effects are summed
};

/// One tensor of the block, or of what stands around the layers.
struct TensorRow {
  TensorRole role;
  const char* name;  ///< the file's; a linear layer's matrix, whose parts differ in what stands behind the dot, without
  bool layered;      ///< there is one in each layer
  Extent out, in;    ///< [out, in], or [out] where in is none
  TensorStart start;
  Growth growth;
  bool linear = false;     ///< the matrix of a linear layer; adapters stand beside it
  bool projected = false;  ///< a projected network has one for each expert, formed from T and M
  bool tied = false;       ///< used a second time: as the output layer's matrix
};

/// A tensor of one network.
struct TensorSpec {
  const TensorRow* row = nullptr;
  TensorPart part = TensorPart::whole;
  int layer = -1;    ///< -1: outside of the layers
  std::string name;  ///< "embedding", "layers.0.attention.qkv.weight", "layers.0.mlp.up.t", "experts"
  ParameterKind kind = ParameterKind::matrix;
  std::vector<std::int64_t> shape;  ///< matrices [out, in]; T^(l) [h, out, in] (METHOD: [d, d', h]); M [m, h]
  TensorStart start = TensorStart::zero;
  bool decays = false;  ///< weight decay pulls at it

  TensorRole role() const { return row->role; }
};

/// Every tensor of a network, in the order of files.
std::vector<TensorSpec> layout(const NetworkConfig& config);

/// Rows of the stacks that a tensor is made of, each of which grows by itself: of queries, keys and values; else one.
std::vector<std::int64_t> stacks(const TensorRow& row, const NetworkConfig& config);

/// Whether training moves such a part: of a network with adapters only those.
bool is_trained(const NetworkConfig& config, TensorPart part);

/// Numbers in all those tensors of a network that are wanted, over its layers. Makes no list: quick.
std::uint64_t count_numbers(const NetworkConfig& config,
                            const std::function<bool(const TensorRow&, TensorPart)>& wanted);

}  // namespace pantograph::network
