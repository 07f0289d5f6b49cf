// SPDX-License-Identifier: GPL-3.0-or-later
// A folder that Hugging Face's transformers read: GPT2LMHeadModel or LlamaForCausalLM, whose blocks are ours.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "exchange/formats.h"
#include "exchange/safetensors_writer.h"
#include "exchange/small_weights.h"
#include "exchange/tokenizer_export.h"
#include "token/byte_bpe_file.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

using json = nlohmann::ordered_json;

json gpt2_json(const network::SmallConfig& c) {
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"activation_function", c.activation == network::Activation::gelu_tanh ? "gelu_new" : "gelu"},
          {"n_positions", c.context},
          {"n_ctx", c.context},
          {"n_embd", c.width},
          {"n_layer", c.layers},
          {"n_head", c.heads},
          {"n_inner", c.inner},
          {"layer_norm_epsilon", 1e-5},
          {"attn_pdrop", 0.0},
          {"embd_pdrop", 0.0},
          {"resid_pdrop", 0.0},
          {"scale_attn_weights", true}};
}

json llama_json(const network::SmallConfig& c) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_act", "silu"},
          {"max_position_embeddings", c.context},
          {"hidden_size", c.width},
          {"num_hidden_layers", c.layers},
          {"num_attention_heads", c.heads},
          {"num_key_value_heads", c.key_heads()},
          {"head_dim", c.width / c.heads},
          {"intermediate_size", c.inner},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", static_cast<double>(c.rope_base)},
          {"attention_bias", false},
          {"mlp_bias", false},
          {"attention_dropout", 0.0}};
}

json config_json(const network::SmallConfig& c, const std::string& number, int begin, int end) {
  json out = c.block == network::Block::llama ? llama_json(c) : gpt2_json(c);
  out.update({{"vocab_size", c.vocabulary},
              {"tie_word_embeddings", true},
              {"bos_token_id", begin},
              {"eos_token_id", end},
              {"torch_dtype", number == "f32"   ? "float32"
                              : number == "f16" ? "float16"
                                                : "bfloat16"},
              {"use_cache", true}});
  return out;
}

void write_weights(const SmallWeights& weights, NumberType type, const fs::path& file) {
  SafetensorsWriter writer;
  weights.for_each(Format::hugging_face, [&](const ForeignTensor& tensor) {
    writer.add(tensor.name, tensor.dims, tensor.values.data(), type);
  });
  writer.write(file, {{"format", "pt"}});
}

}  // namespace

ExportReport write_hugging_face(const model::ModelBundle& model, const fs::path& out, const ExportOptions& options) {
  const SmallWeights weights(model.network);
  const auto tokenizer = tokenizer_for_export(model.tokenizer_model);
  const int begin = model.tokenizer->begin_id(), end = model.tokenizer->end_id();
  make_directories(out);
  ExportReport report;
  const auto file = [&](const char* name) {
    report.files.push_back(out / name);
    return report.files.back();
  };
  const auto put = [&](const char* name, const json& content) {
    write_atomically(file(name), content.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  };
  write_weights(weights, number_type(options.number), file("model.safetensors"));
  put("config.json", config_json(weights.config(), options.number, begin, end));
  put("generation_config.json", {{"bos_token_id", begin}, {"eos_token_id", end}});
  put("tokenizer.json", tokenizer->tokenizer_json(begin));
  put("tokenizer_config.json", tokenizer_config_json(*tokenizer, begin, end, weights.config().context));
  if (!token::is_byte_bpe(model.tokenizer_model)) write_atomically(file("tokenizer.model"), model.tokenizer_model);
  if (options.number == "f32") {
    report.exact.push_back("The weights are the model's, bit for bit, and the block computes the same function.");
  } else {
    report.near.push_back("The weights are rounded to " + options.number + ".");
  }
  tokenizer->judge_hugging_face(report);
  write_atomically(file("README.md"),
                   "---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags: [pantograph]\n---\n\n" +
                       model_card(model, report,
                                  "```python\n"
                                  "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
                                  "tokenizer = AutoTokenizer.from_pretrained(\".\")\n"
                                  "model = AutoModelForCausalLM.from_pretrained(\".\")\n"
                                  "tokens = tokenizer(\"Once\", return_tensors=\"pt\")\n"
                                  "print(tokenizer.decode(model.generate(**tokens, max_new_tokens=50)[0]))\n"
                                  "```\n"));
  return report;
}

}  // namespace pantograph::exchange
