// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tensor_names.h"

#include <string_view>

namespace pantograph::exchange {
namespace {

constexpr bool kMatrix = true, kTransposed = true;

constexpr TensorName kGpt2[] = {
    {"embedding", "transformer.wte.weight", "token_embd.weight", kMatrix},
    {"positions", "transformer.wpe.weight", "position_embd.weight"},
    {"attention.norm.weight", "transformer.h.{}.ln_1.weight", "blk.{}.attn_norm.weight"},
    {"attention.norm.bias", "transformer.h.{}.ln_1.bias", "blk.{}.attn_norm.bias"},
    {"attention.qkv.weight", "transformer.h.{}.attn.c_attn.weight", "blk.{}.attn_qkv.weight", kMatrix, kTransposed},
    {"attention.qkv.bias", "transformer.h.{}.attn.c_attn.bias", "blk.{}.attn_qkv.bias"},
    {"attention.output.weight", "transformer.h.{}.attn.c_proj.weight", "blk.{}.attn_output.weight", kMatrix,
     kTransposed},
    {"attention.output.bias", "transformer.h.{}.attn.c_proj.bias", "blk.{}.attn_output.bias"},
    {"mlp.norm.weight", "transformer.h.{}.ln_2.weight", "blk.{}.ffn_norm.weight"},
    {"mlp.norm.bias", "transformer.h.{}.ln_2.bias", "blk.{}.ffn_norm.bias"},
    {"mlp.up.weight", "transformer.h.{}.mlp.c_fc.weight", "blk.{}.ffn_up.weight", kMatrix, kTransposed},
    {"mlp.up.bias", "transformer.h.{}.mlp.c_fc.bias", "blk.{}.ffn_up.bias"},
    {"mlp.down.weight", "transformer.h.{}.mlp.c_proj.weight", "blk.{}.ffn_down.weight", kMatrix, kTransposed},
    {"mlp.down.bias", "transformer.h.{}.mlp.c_proj.bias", "blk.{}.ffn_down.bias"},
    {"norm.weight", "transformer.ln_f.weight", "output_norm.weight"},
    {"norm.bias", "transformer.ln_f.bias", "output_norm.bias"},
};

constexpr TensorName kLlama[] = {
    {"embedding", "model.embed_tokens.weight", "token_embd.weight", kMatrix},
    {"attention.norm.weight", "model.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {"attention.qkv.weight", "model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight", kMatrix, false,
     TensorName::queries},
    {"attention.qkv.weight", "model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight", kMatrix, false,
     TensorName::keys},
    {"attention.qkv.weight", "model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight", kMatrix, false,
     TensorName::values},
    {"attention.output.weight", "model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight", kMatrix},
    {"mlp.norm.weight", "model.layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight"},
    {"mlp.gate.weight", "model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight", kMatrix},
    {"mlp.up.weight", "model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight", kMatrix},
    {"mlp.down.weight", "model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight", kMatrix},
    {"norm.weight", "model.norm.weight", "output_norm.weight"},
};

}  // namespace

bool TensorName::layered() const {
  return std::string_view(gguf).find("{}") != std::string_view::npos;
}

std::span<const TensorName> tensor_names(network::Block block) {
  switch (block) {
    case network::Block::gpt2:
      break;
    case network::Block::llama:
      return kLlama;
  }
  return kGpt2;
}

}  // namespace pantograph::exchange
