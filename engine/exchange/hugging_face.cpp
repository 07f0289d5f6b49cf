// SPDX-License-Identifier: GPL-3.0-or-later
// A folder that Hugging Face's transformers read: GPT2LMHeadModel, whose block is ours with the erf GELU.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "exchange/formats.h"
#include "exchange/safetensors_writer.h"
#include "exchange/small_weights.h"
#include "exchange/tokenizer_json.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

using json = nlohmann::ordered_json;

json config_json(const network::SmallConfig& c, const std::string& number, int begin, int end) {
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"activation_function", "gelu"},
          {"vocab_size", c.vocabulary},
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
          {"scale_attn_weights", true},
          {"tie_word_embeddings", true},
          {"bos_token_id", begin},
          {"eos_token_id", end},
          {"torch_dtype", number == "f32"   ? "float32"
                          : number == "f16" ? "float16"
                                            : "bfloat16"},
          {"use_cache", true}};
}

void write_weights(const SmallWeights& weights, NumberType type, const fs::path& file) {
  SafetensorsWriter writer;
  const auto copy = [&](const std::string& name, const std::string& from) {
    writer.add(name, weights.dims(from), weights.data(from), type);
  };
  // Their linear layers compute x·W + b with W [in, out].
  const auto turned = [&](const std::string& name, const std::string& from) {
    auto dims = weights.dims(from);
    std::swap(dims.at(0), dims.at(1));
    writer.add(name, dims, weights.transposed(from).data(), type);
  };
  copy("transformer.wte.weight", "embedding");
  copy("transformer.wpe.weight", "positions");
  for (int i = 0; i < weights.config().layers; ++i) {
    const std::string to = fmt::format("transformer.h.{}.", i);
    for (const char* part : {"weight", "bias"}) {
      copy(to + "ln_1." + part, weights.layer(i, "attention.norm.") + part);
      copy(to + "ln_2." + part, weights.layer(i, "mlp.norm.") + part);
    }
    for (const auto& [name, from] : {std::pair("attn.c_attn.", "attention.qkv."),
                                     {"attn.c_proj.", "attention.output."},
                                     {"mlp.c_fc.", "mlp.up."},
                                     {"mlp.c_proj.", "mlp.down."}}) {
      turned(to + name + "weight", weights.layer(i, from) + "weight");
      copy(to + name + "bias", weights.layer(i, from) + "bias");
    }
  }
  copy("transformer.ln_f.weight", "norm.weight");
  copy("transformer.ln_f.bias", "norm.bias");
  writer.write(file, {{"format", "pt"}});
}

}  // namespace

ExportReport write_hugging_face(const model::ModelBundle& model, const fs::path& out, const ExportOptions& options) {
  const SmallWeights weights(model.network);
  const token::ModelFile pieces = parse_for_export(model.tokenizer_model);
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
  put("tokenizer.json", tokenizer_json(pieces, begin));
  put("tokenizer_config.json", tokenizer_config_json(pieces, begin, end, weights.config().context));
  write_atomically(file("tokenizer.model"), model.tokenizer_model);
  if (options.number == "f32") {
    report.exact.push_back("The weights are the model's, bit for bit, and the block computes the same function.");
  } else {
    report.near.push_back("The weights are rounded to " + options.number + ".");
  }
  // SentencePiece adds scores up in float: where two ways to cut a text are equally good, its rounding chooses.
  const bool unigram = pieces.kind != token::ModelFile::bpe;
  (unigram ? report.near : report.exact)
      .push_back(std::string("tokenizer.json cuts text into the model's own tokens") +
                 (unigram ? ", but where two ways to cut are equally good." : ".") +
                 " A text that holds the names of marks (</s>) or the character U+2581 itself is cut otherwise.");
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
