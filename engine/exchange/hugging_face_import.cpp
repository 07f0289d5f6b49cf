// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of Hugging Face's transformers as a model: what its config.json says of the block.
#include <fmt/format.h>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/import_parts.h"
#include "exchange/tokenizer_import.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

/// Of GPT-2; what is not said is as in GPT2Config.
void read_gpt2(const JsonSettings& config, BlockSettings& s) {
  const std::string activation = config.text("activation_function", "gelu_new");
  const bool tanh = activation == "gelu_new" || activation == "gelu_pytorch_tanh" || activation == "gelu_fast";
  s.activation = tanh ? "gelu-tanh" : activation;
  s.layers = config.count("n_layer");
  s.width = config.count("n_embd");
  s.heads = config.count("n_head");
  s.inner = config.count("n_inner", 4 * s.width);
  s.context = config.count("n_positions", config.has("n_ctx") ? config.count("n_ctx") : 1024);
  s.norm_epsilon = config.number("layer_norm_epsilon", 1e-5);
  for (const auto& [key, value] : {std::pair("scale_attn_weights", true),
                                   {"scale_attn_by_inverse_layer_idx", false},
                                   {"add_cross_attention", false}})
    config.only(key, value, "the block here computes nothing else");
}

/// Of Llama; what is not said is as in LlamaConfig.
void read_llama(const JsonSettings& config, BlockSettings& s) {
  config.only("hidden_act", "silu", "the block computes SwiGLU");
  s.activation = "swiglu";
  s.layers = config.count("num_hidden_layers");
  s.width = config.count("hidden_size");
  s.heads = config.count("num_attention_heads");
  s.key_heads = config.count("num_key_value_heads", s.heads);
  s.inner = config.count("intermediate_size");
  s.context = config.count("max_position_embeddings");
  s.norm_epsilon = config.number("rms_norm_eps", 1e-6);
  s.rotary_base = config.number("rope_theta", 10000);
  if (config.has("rope_parameters")) {  // where newer versions write it
    const JsonSettings rotary = config.object("rope_parameters");
    rotary.only("rope_type", "default", "positions are not scaled here");
    s.rotary_base = rotary.number("rope_theta", s.rotary_base);
  }
  for (const char* key : {"attention_bias", "mlp_bias"}) config.only(key, false, "the block has no biases");
  config.only("rope_scaling", nullptr, "positions are not scaled here");
  if (config.count("head_dim", s.heads == 0 ? 0 : s.width / s.heads) * s.heads != s.width)
    config.refuse("heads that do not make up the width", "head_dim · num_attention_heads = hidden_size");
}

BlockSettings settings_of(const JsonSettings& config) {
  BlockSettings s;
  s.where = config.where();
  s.architecture = config.text("model_type");
  s.vocabulary = config.count("vocab_size");
  s.tied = config.flag("tie_word_embeddings", s.architecture == "gpt2");
  if (s.architecture == "gpt2") read_gpt2(config, s);
  if (s.architecture == "llama") read_llama(config, s);
  return s;
}

}  // namespace

ImportedModel read_hugging_face(const fs::path& from, const TaskContext& task) {
  const fs::path file = from / "config.json";
  const JsonSettings config(file);
  const BlockSettings settings = settings_of(config);
  std::vector<fs::path> files = weight_files(from);
  files.push_back(file);
  std::error_code code;
  for (const char* name : kTokenizerFiles) {
    if (fs::exists(from / name, code)) files.push_back(from / name);
  }
  const fs::path named = fs::canonical(from, code);
  return assemble(settings, tensors_of_folder(from), Format::hugging_face, tokenizer_of_folder(from, config),
                  printable(named.filename().string()), files, task);
}

}  // namespace pantograph::exchange
