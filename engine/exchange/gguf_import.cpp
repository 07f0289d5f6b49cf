// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file as a model: what its keys say of the block. Their names: the ggml project's docs/gguf.md.
#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/import_parts.h"
#include "exchange/tokenizer_import.h"

namespace pantograph::exchange {
namespace {

void read_rotary(const GgufFile& file, BlockSettings& s) {
  const auto refuse = [&](const std::string& found, const std::string& expected) {
    throw Error(ErrorKind::input, {found, s.where, expected, ""});
  };
  s.rotary_base = file.number("llama.rope.freq_base", 10000);
  const std::string scaling = file.text("llama.rope.scaling.type", "none");
  if (scaling != "none") refuse("positions with scaling " + printable(scaling), "positions that are not scaled");
  const std::uint64_t size = s.heads == 0 ? 0 : s.width / s.heads;
  for (const char* key : {"llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"}) {
    if (file.count(key, size) != size)
      refuse(fmt::format("{} = {}", key, file.count(key)), fmt::format("{}, the width over the heads", size));
  }
}

BlockSettings settings_of(const GgufFile& file) {
  BlockSettings s;
  s.where = file.path().string();
  s.architecture = file.text("general.architecture");
  const auto key = [&](const char* name) { return fmt::format("{}.{}", s.architecture, name); };
  const bool llama = s.architecture == "llama";
  if (!llama && s.architecture != "gpt2") return s;  // whose keys have other names
  // llama.cpp computes the tanh form for every gpt2; a file that was written here says which form it was trained with.
  s.activation = llama ? "swiglu" : file.text(kActivationKey, "gelu-tanh");
  s.layers = file.count(key("block_count"));
  s.width = file.count(key("embedding_length"));
  s.inner = file.count(key("feed_forward_length"));
  s.heads = file.count(key("attention.head_count"));
  s.key_heads = file.count(key("attention.head_count_kv"), s.heads);
  s.context = file.count(key("context_length"));
  s.norm_epsilon = file.number(key(llama ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"));
  if (llama) read_rotary(file, s);
  s.vocabulary = file.texts("tokenizer.ggml.tokens").size();
  const auto embedding = file.tensors().find("token_embd.weight");
  if (embedding != file.tensors().end()) s.vocabulary = embedding->second.dims.front();
  return s;
}

}  // namespace

ImportedModel read_gguf(const std::filesystem::path& from, const TaskContext& task) {
  const auto file = std::make_shared<const GgufFile>(from);
  const BlockSettings settings = settings_of(*file);
  std::string name = file->text("general.name", "");
  if (name.empty()) name = from.stem().string();
  return assemble(settings, tensors_of(file), Format::gguf, tokenizer_of(*file), printable(name), {from}, task);
}

}  // namespace pantograph::exchange
