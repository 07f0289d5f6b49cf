// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/their_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace pantograph::exchange {
namespace {

using network::TensorRole;

struct Names {
  TensorRole role;
  const char* hugging_face;
  const char* gguf;
};

/// GPT2LMHeadModel's, and llama.cpp's gpt2.
constexpr Names kNames[] = {
    {TensorRole::embedding, "wte.weight", "token_embd.weight"},
    {TensorRole::positions, "wpe.weight", "position_embd.weight"},
    {TensorRole::attention_norm, "ln_1.weight", "attn_norm.weight"},
    {TensorRole::attention_norm_bias, "ln_1.bias", "attn_norm.bias"},
    {TensorRole::qkv, "attn.c_attn.weight", "attn_qkv.weight"},
    {TensorRole::qkv_bias, "attn.c_attn.bias", "attn_qkv.bias"},
    {TensorRole::output, "attn.c_proj.weight", "attn_output.weight"},
    {TensorRole::output_bias, "attn.c_proj.bias", "attn_output.bias"},
    {TensorRole::mlp_norm, "ln_2.weight", "ffn_norm.weight"},
    {TensorRole::mlp_norm_bias, "ln_2.bias", "ffn_norm.bias"},
    {TensorRole::up, "mlp.c_fc.weight", "ffn_up.weight"},
    {TensorRole::up_bias, "mlp.c_fc.bias", "ffn_up.bias"},
    {TensorRole::down, "mlp.c_proj.weight", "ffn_down.weight"},
    {TensorRole::down_bias, "mlp.c_proj.bias", "ffn_down.bias"},
    {TensorRole::norm, "ln_f.weight", "output_norm.weight"},
    {TensorRole::norm_bias, "ln_f.bias", "output_norm.bias"},
};

}  // namespace

const char* output_layer_name(Naming naming) {
  return naming == Naming::gguf ? "output.weight" : "lm_head.weight";
}

TheirName their_name(Naming naming, const network::TensorSpec& spec) {
  const auto found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const Names& row) { return row.role == spec.role(); });
  if (found == std::end(kNames) || spec.part != network::TensorPart::whole)
    throw Error(ErrorKind::run, {"tensor " + spec.name, "export", "a small network without adapters", ""});
  if (naming == Naming::gguf)
    return {spec.layer < 0 ? found->gguf : fmt::format("blk.{}.{}", spec.layer, found->gguf), false};
  const std::string layer = spec.layer < 0 ? std::string() : fmt::format("h.{}.", spec.layer);
  return {kHuggingFaceBlock + layer + found->hugging_face, spec.row->linear};
}

}  // namespace pantograph::exchange
