// SPDX-License-Identifier: GPL-3.0-or-later
// Models of other programs that have no counterpart here, or are wrong: what the message names.
#include <QtTest>
#include <cmath>

#include "import_support.h"

using namespace pantograph;
using fixtures::change;
using fixtures::odd_model;
using fixtures::rewrite;
using fixtures::Tensors;
using nlohmann::json;
namespace fs = std::filesystem;

class TestImportRefusals : public QObject {
  Q_OBJECT
 private:
  fixtures::Imports imports_;
  std::string tokenizer_;

  fs::path folder(const std::string& block = "gpt2") { return imports_.folder(odd_model(tokenizer_, block)); }
  model::ModelBundle imported(const fs::path& from) { return imports_.imported(from); }
  void refused(const fs::path& from, const char* words) { imports_.refused(from, words); }

  using Wrong = std::vector<std::tuple<const char*, json, const char*>>;  // key, value, words of the message
  void refusedSettings(const fs::path& from, const Wrong& wrong, const std::vector<const char*>& needed) {
    const fs::path config = from / "config.json";
    const std::string good = read_file(config);
    for (const auto& [key, value, words] : wrong) {
      write_atomically(config, good);
      change(config, [&, key = key, value = value](json& all) { all[key] = value; });
      refused(from, words);
    }
    for (const char* key : needed) {
      write_atomically(config, good);
      change(config, [&](json& all) { all.erase(key); });
      refused(from, key);
    }
  }

 private Q_SLOTS:
  void initTestCase() { tokenizer_ = fixtures::sample_tokenizer(imports_.fresh("bpe"), "bpe"); }

  void settingsThatHaveNoCounterpart() {
    const fs::path from = folder(), config = from / "config.json";
    const Wrong wrong = {{"model_type", "bert", "architecture \"bert\""},
                         {"model_type", "llama", "num_hidden_layers"},
                         {"model_type", 3, "model_type"},
                         {"activation_function", "relu", "activation \"relu\""},
                         {"layer_norm_epsilon", 1e-6, "norms with epsilon"},
                         {"layer_norm_epsilon", "x", "layer_norm_epsilon"},
                         {"scale_attn_weights", false, "scale_attn_weights"},
                         {"scale_attn_by_inverse_layer_idx", true, "scale_attn_by_inverse_layer_idx"},
                         {"n_head", 3, "multiple of the number of heads"},
                         {"n_head", 0, "heads 0"},
                         {"n_layer", -1, "n_layer"},
                         {"n_layer", 3, "no tensor transformer.h.2."},
                         {"n_layer", 1, "tensor transformer.h.1."},
                         {"n_layer", 1000000000, "layers 1000000000"},
                         {"n_embd", std::uint64_t{1} << 62, "width"},
                         {"n_embd", 32, "instead of"},
                         {"n_inner", nullptr, "instead of"},
                         {"n_positions", 97, "transformer.wpe.weight"},
                         {"vocab_size", 1, "transformer.wte.weight"}};
    refusedSettings(from, wrong, {"model_type", "n_layer", "n_embd", "n_head", "vocab_size"});
    for (const char* text : {"", "{", "[]", "7", "{\"model_type\":"}) {
      write_atomically(config, text);
      refused(from, "config.json");
    }
  }

  void settingsOfLlama() {
    const json none = nullptr;
    const Wrong wrong = {{"hidden_act", "gelu", "hidden_act"},
                         {"rms_norm_eps", 1e-6, "norms with epsilon"},
                         {"rms_norm_eps", none, "norms with epsilon"},
                         {"num_key_value_heads", 3, "a number that divides the heads"},
                         {"num_key_value_heads", 0, "a number that divides the heads"},
                         {"num_key_value_heads", none, "instead of"},
                         {"head_dim", 8, "head_dim"},
                         {"attention_bias", true, "attention_bias"},
                         {"mlp_bias", true, "mlp_bias"},
                         {"rope_scaling", {{"type", "linear"}}, "rope_scaling"},
                         {"rope_parameters", {{"rope_type", "yarn"}}, "rope_type"},
                         {"rope_theta", 1.5, "rotary positions of base 1.5"},
                         {"rope_theta", 1e300, "rotary positions of base"},
                         {"tie_word_embeddings", false, "no tensor lm_head.weight"},
                         {"max_position_embeddings", 0, "context 0"},
                         {"intermediate_size", 127, "mlp.gate_proj.weight [128, 64] instead of [127, 64]"}};
    refusedSettings(folder("llama"), wrong, {"num_hidden_layers", "hidden_size"});
    const fs::path from = folder("llama");
    rewrite(from, [](Tensors& tensors) { tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{1}, {1}}; });
    change(from / "config.json", [](json& all) {
      all.erase("rope_theta");
      all["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 500000.0}};
    });
    const auto config = imported(from).network.config().small;
    QCOMPARE(config.rope_base, 500000);
    QCOMPARE(config.key_value_heads, 2);
    change(from / "config.json", [](json& all) {
      all.erase("head_dim");
      all["num_attention_heads"] = all["num_key_value_heads"] = 64;
    });
    refused(from, "an even size");
    change(from / "config.json", [](json& all) { all["num_attention_heads"] = 4, all["num_key_value_heads"] = 2; });
    rewrite(from, [](Tensors& tensors) {
      tensors["model.layers.0.self_attn.q_proj.bias"] = {{64}, std::vector<float>(64)};
    });
    refused(from, "q_proj.bias");
  }

  void tensorsThatAreWrong() {
    using Edit = std::function<void(Tensors&)>;
    const std::pair<const char*, Edit> wrong[] = {
        {"no tensor transformer.h.1.attn.c_proj.bias, transformer.ln_f.weight",
         [](auto& all) { all.erase("transformer.h.1.attn.c_proj.bias"), all.erase("transformer.ln_f.weight"); }},
        {"transformer.h.0.mlp.c_fc.weight [128, 64] instead of [64, 128]",
         [](auto& all) {
           all.at("transformer.h.0.mlp.c_fc.weight").first = {128, 64};
         }},
        {"transformer.h.0.crossattention.c_attn.weight",
         [](auto& all) {
           all["transformer.h.0.crossattention.c_attn.weight"] = {{1}, {1}};
         }},
        {"not finite", [](auto& all) { all.at("transformer.wpe.weight").second[7] = NAN; }},
        {"not finite", [](auto& all) { all.at("transformer.wpe.weight").second[7] = INFINITY; }}};
    for (const auto& [words, edit] : wrong) {
      const fs::path from = folder();
      rewrite(from, edit);
      refused(from, words);
    }
  }

  /// Embeddings that are larger than the vocabulary keep their rows.
  void roundedVocabularies() {
    const fs::path from = folder();
    const model::ModelBundle model = odd_model(tokenizer_);
    const int pieces = model.tokenizer->vocabulary();
    rewrite(from, [](auto& tensors) {
      auto& [dims, values] = tensors.at("transformer.wte.weight");
      values.resize(values.size() + 5 * dims[1], 0.25F);
      dims[0] += 5;
    });
    refused(from, "the shapes that follow from the file's settings");
    change(from / "config.json", [&](json& config) { config["vocab_size"] = pieces + 5; });
    for (const bool json_too : {false, true}) {
      if (json_too) fs::remove(from / "tokenizer.model");
      const model::ModelBundle larger = imported(from);
      QCOMPARE(larger.tokenizer->vocabulary(), pieces + 5);
      const std::string text = fixtures::sample_texts(9, 1)[0];
      QCOMPARE(larger.tokenizer->encode(text), model.tokenizer->encode(text));
      const std::int32_t last = pieces + 4;
      QCOMPARE(larger.tokenizer->decode(&last, 1), std::string());
    }
    change(from / "config.json", [&](json& config) { config["vocab_size"] = pieces - 1; });
    rewrite(from, [&](auto& tensors) {
      auto& [dims, values] = tensors.at("transformer.wte.weight");
      dims[0] = static_cast<std::uint64_t>(pieces - 1);
      values.resize(dims[0] * dims[1]);
    });
    refused(from, "a row of the embedding for each piece");
  }
};

QTEST_GUILESS_MAIN(TestImportRefusals)
#include "test_import_refusals.moc"
