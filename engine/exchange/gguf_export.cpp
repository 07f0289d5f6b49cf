// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file of llama.cpp's gpt2 architecture, and a folder for Ollama around one.
#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "exchange/formats.h"
#include "exchange/gguf_writer.h"
#include "exchange/small_weights.h"
#include "exchange/tokenizer_export.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

void add_settings(GgufWriter& file, const model::ModelBundle& model, NumberType type) {
  const network::SmallConfig& c = model.network.config().small;
  const std::string architecture = network::to_string(c.block);
  const auto size = [&](const char* key, int value) {
    file.add(fmt::format("{}.{}", architecture, key), static_cast<std::uint32_t>(value));
  };
  file.add("general.architecture", architecture);
  file.add("general.name", model.facts.name);
  file.add("general.file_type", gguf_type(type).file);
  size("context_length", c.context);
  size("embedding_length", c.width);
  size("block_count", c.layers);
  size("feed_forward_length", c.inner);
  size("attention.head_count", c.heads);
  if (c.block == network::Block::gpt2) {
    file.add("gpt2.attention.layer_norm_epsilon", 1e-5F);
    file.add(kActivationKey, network::to_string(c.activation));
    return;
  }
  size("attention.head_count_kv", c.key_heads());
  size("rope.dimension_count", c.width / c.heads);
  size("vocab_size", c.vocabulary);
  file.add("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  file.add("llama.rope.freq_base", static_cast<float>(c.rope_base));
}

void add_vocabulary(GgufWriter& file, const model::ModelBundle& model, const TokenizerExport& tokenizer) {
  tokenizer.add_to(file);
  file.add("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(model.tokenizer->begin_id()));
  file.add("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(model.tokenizer->end_id()));
  if (tokenizer.unknown() >= 0)
    file.add("tokenizer.ggml.unknown_token_id", static_cast<std::uint32_t>(tokenizer.unknown()));
  file.add("tokenizer.ggml.add_bos_token", true);
  file.add("tokenizer.ggml.add_eos_token", false);
  file.add("tokenizer.ggml.remove_extra_whitespaces", false);
}

/// Whether all matrices are written in that type: blocks of q8_0 do not go over the end of a row.
bool add_tensors(GgufWriter& file, const SmallWeights& weights, NumberType type) {
  bool all = true;
  weights.for_each(Format::gguf, [&](const ForeignTensor& tensor) {
    const bool fits = type != NumberType::q8_0 || tensor.dims.back() % kBlock == 0;
    const NumberType number = !tensor.matrix ? NumberType::f32 : fits ? type : NumberType::f16;
    all = all && (fits || !tensor.matrix);
    file.add_tensor(tensor.name, tensor.dims, tensor.values.data(), number);
  });
  return all;
}

}  // namespace

ExportReport write_gguf(const model::ModelBundle& model, const fs::path& out, const ExportOptions& options) {
  const NumberType type = number_type(options.number);
  const auto tokenizer = tokenizer_for_export(model.tokenizer_model);
  const SmallWeights weights(model.network);
  GgufWriter file;
  add_settings(file, model, type);
  add_vocabulary(file, model, *tokenizer);
  const bool all = add_tensors(file, weights, type);
  if (out.has_parent_path()) make_directories(out.parent_path());
  file.write(out);

  ExportReport report;
  report.files = {out};
  if (type == NumberType::f32) {
    report.exact.push_back("The weights are the model's, bit for bit.");
  } else {
    report.near.push_back(fmt::format("Matrices are rounded to {}{}.", options.number,
                                      all ? "" : "; those whose rows are no multiple of 32 long, to f16"));
  }
  switch (weights.config().activation) {
    case network::Activation::gelu:
      report.near.push_back(
          "llama.cpp computes GPT-2's GELU by its tanh form, in f16 on the CPU; the model was trained with the erf "
          "form: they are at most 0.0005 apart. With activation = \"gelu-tanh\" only the f16 would differ.");
      break;
    case network::Activation::gelu_tanh:
      report.near.push_back("llama.cpp computes GPT-2's GELU in f16 on the CPU.");
      break;
    case network::Activation::swiglu:
      report.exact.push_back("The block computes the same function.");
  }
  tokenizer->judge_gguf(report);
  return report;
}

ExportReport write_ollama(const model::ModelBundle& model, const fs::path& out, const ExportOptions& options) {
  make_directories(out);
  ExportReport report = write_gguf(model, out / "model.gguf", options);
  const std::string end = tokenizer_for_export(model.tokenizer_model)->name_of(model.tokenizer->end_id());
  report.files.push_back(out / "Modelfile");
  write_atomically(
      out / "Modelfile",
      fmt::format("FROM ./model.gguf\nTEMPLATE \"{{{{ .Prompt }}}}\"\nPARAMETER num_ctx {}\nPARAMETER stop "
                  "\"{}\"\n",
                  model.network.config().small.context, end));
  report.files.push_back(out / "README.md");
  write_atomically(
      out / "README.md",
      model_card(model, report, "```sh\nollama create mine -f Modelfile\nollama run mine \"Once\"\n```\n"));
  return report;
}

}  // namespace pantograph::exchange
