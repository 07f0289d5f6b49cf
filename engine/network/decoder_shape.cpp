// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/decoder_shape.h"

namespace pantograph::network {

kernel::DecoderShape decoder_shape(const SmallConfig& config) {
  kernel::DecoderShape shape{config.layers, config.width,   config.heads,
                             config.inner,  config.context, config.vocabulary};
  const bool llama = config.block == Block::llama;
  shape.activation = config.activation;
  shape.rms_norm = llama;
  shape.rope_base = llama ? config.rope_base : 0;
  shape.key_heads = config.key_value_heads;
  return shape;
}

}  // namespace pantograph::network
