// SPDX-License-Identifier: GPL-3.0-or-later
// Hugging Face folders: tokenizer.json, tokenizer_config.json and config.json beside the weights of a small network,
// one behind the other with a zero between; where one is empty there is a sound one, or none.
#include "exchange/importer.h"
#include "fuzz/imported.h"
#include "fuzz/input.h"
#include "fuzz/sentencepiece_memory.h"

namespace exchange = pantograph::exchange;

namespace {

constexpr int kVocabulary = 320;
constexpr const char* kConfig =
    R"({"model_type": "gpt2", "activation_function": "gelu", "n_layer": 1, "n_embd": 2, "n_head": 1, "n_inner": 2,
        "n_positions": 2, "vocab_size": 320, "layer_norm_epsilon": 1e-5, "bos_token_id": 1, "eos_token_id": 2})";

/// A block of zeros, without a library: header and data.
std::string weights() {
  std::string header = "{";
  std::size_t end = 0;
  const auto add = [&](const std::string& name, const std::string& shape, int count) {
    const std::size_t begin = end;
    end += sizeof(float) * static_cast<std::size_t>(count);
    header += (begin == 0 ? "\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[)" + shape + R"(],"data_offsets":[)" +
              std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  const std::string layer = "transformer.h.0.";
  add("transformer.wte.weight", std::to_string(kVocabulary) + ",2", 2 * kVocabulary);
  add("transformer.wpe.weight", "2,2", 4);
  for (const char* norm : {"transformer.h.0.ln_1", "transformer.h.0.ln_2", "transformer.ln_f"}) {
    for (const char* part : {".weight", ".bias"}) add(std::string(norm) + part, "2", 2);
  }
  for (const char* linear : {"attn.c_proj", "mlp.c_fc", "mlp.c_proj"}) {
    add(layer + linear + ".weight", "2,2", 4);
    add(layer + linear + ".bias", "2", 2);
  }
  add(layer + "attn.c_attn.weight", "2,6", 12);
  add(layer + "attn.c_attn.bias", "6", 6);
  header += "}";
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(header.size() >> (8 * i));
  return out + header + std::string(end, '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool made = [] {
    fuzz::put(fuzz::scratch() / "model.safetensors", weights());
    return true;
  }();
  fuzz::Input input(data, size);
  const std::string tokenizer = input.text(), marks = input.text(), config = input.text();
  fuzz::put(fuzz::scratch() / "tokenizer.json", tokenizer);
  fuzz::put(fuzz::scratch() / "tokenizer_config.json", marks.empty() ? "{}" : marks);
  fuzz::put(fuzz::scratch() / "config.json", config.empty() ? kConfig : config);
  fuzz::only_errors([&] { fuzz::use(exchange::importer_for(fuzz::scratch()).read(fuzz::scratch(), {})); });
  return made ? 0 : 1;
}
