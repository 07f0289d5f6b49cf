// SPDX-License-Identifier: GPL-3.0-or-later
// Models that left and come back: the same weights, the same tokens, the same probabilities; and what is refused.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "exchange/exporter.h"
#include "exchange/importer.h"
#include "exchange/safetensors_writer.h"
#include "infer/session.h"
#include "sample_model.h"
#include "store/safetensors.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Dimensions and numbers, by name.
using Tensors = std::map<std::string, std::pair<std::vector<std::uint64_t>, std::vector<float>>>;

/// One whose every tensor holds other numbers.
model::ModelBundle model_of(const std::string& tokenizer, const std::string& block = "gpt2") {
  model::ModelBundle out = fixtures::sample_model(tokenizer, false, block);
  store::TensorMap weights = out.network.weights();
  Random random(3);
  for (auto& [name, tensor] : weights) {
    auto* values = reinterpret_cast<float*>(tensor.data.data());
    for (std::uint64_t i = 0; i < tensor.shape.count(); ++i)
      values[i] += 0.05F * (static_cast<float>(random.below(2001)) / 1000 - 1);
  }
  out.network = network::Network::load(out.network.config(), weights);
  return out;
}

double largest_difference(const network::Network& a, const network::Network& b) {
  double out = 0;
  const auto left = a.weights(), right = b.weights();
  if (left.size() != right.size()) return INFINITY;
  for (const auto& [name, tensor] : left) {
    const auto& other = right.at(name);
    if (tensor.shape.dims != other.shape.dims) return INFINITY;
    const auto* x = reinterpret_cast<const float*>(tensor.data.data());
    const auto* y = reinterpret_cast<const float*>(other.data.data());
    for (std::uint64_t i = 0; i < tensor.shape.count(); ++i)
      out = std::max(out, static_cast<double>(std::fabs(x[i] - y[i])));
  }
  return out;
}

std::vector<double> log_probabilities(const model::ModelBundle& model) {
  infer::Session session(std::make_shared<const network::Network>(model.network.clone()), model.tokenizer, "fp32");
  infer::GenerateSettings settings;
  settings.sampling.temperature = 0;
  settings.max_tokens = 8;
  settings.prompts = true;
  const infer::Answer answer = session.generate({fixtures::sample_texts(5, 2)[1].substr(0, 60)}, settings).at(0);
  std::vector<double> out;
  for (const auto& tokens : {answer.prompt, answer.tokens}) {
    for (const infer::AnswerToken& token : tokens) out.push_back(token.log_probability);
  }
  return out;
}

}  // namespace

class TestImports : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  fs::path root_;
  std::map<std::string, std::string> tokenizers_;
  int count_ = 0;

  fs::path fresh(const std::string& name) { return root_ / (std::to_string(++count_) + name); }
  model::ModelBundle imported(const fs::path& from) {
    const fs::path out = fresh(".h5");
    exchange::import_model(from, out, "0.1", {});
    return model::read_model(out);
  }
  void refused(const fs::path& from, const char* words, ErrorKind kind = ErrorKind::input) {
    const fs::path out = fresh(".h5");
    try {
      exchange::import_model(from, out, "0.1", {});
      QFAIL(qPrintable(QString("imported, without: %1").arg(words)));
    } catch (const Error& e) {
      QCOMPARE(e.kind(), kind);
      QVERIFY2(QString(e.what()).contains(words), e.what());
    }
    QVERIFY(!fs::exists(out));
  }
  /// A folder as an export leaves it, of a network that is made once.
  fs::path folder(const std::string& block = "gpt2") {
    const fs::path out = fresh("-hf");
    exchange::export_model(exchange::exporter("hf"), model_of(tokenizers_.at("bpe"), block), out, {});
    return out;
  }
  static void change(const fs::path& file, const std::function<void(json&)>& edit) {
    json content = json::parse(read_file(file));
    edit(content);
    write_atomically(file, content.dump());
  }
  /// The tensors of a folder, changed and written again.
  static void rewrite(const fs::path& folder, const std::function<void(Tensors&)>& edit) {
    const fs::path file = folder / "model.safetensors";
    Tensors tensors;
    const store::SafetensorsFile read(file);
    for (const auto& [name, entry] : read.entries()) tensors[name] = {entry.dims, read.read_floats(name, entry.dims)};
    edit(tensors);
    exchange::SafetensorsWriter writer;
    for (const auto& [name, tensor] : tensors)
      writer.add(name, tensor.first, tensor.second.data(), exchange::NumberType::f32);
    writer.write(file, {});
  }

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
  void initTestCase() {
    root_ = dir_.path().toStdString();
    for (const char* algorithm : {"unigram", "bpe"})
      tokenizers_[algorithm] = fixtures::sample_tokenizer(root_ / algorithm, algorithm);
  }

  void roundTrips_data() {
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("number");
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("block");
    for (const auto& [format, numbers] :
         {std::pair("hf", QStringList{"f32", "bf16", "f16"}), {"gguf", QStringList{"f32", "f16", "bf16", "q8_0"}}}) {
      for (const QString& number : numbers) {
        for (const char* algorithm : {"unigram", "bpe"})
          QTest::addRow("%s, %s, %s", format, qPrintable(number), algorithm) << format << number << algorithm << "gpt2";
      }
      for (const char* block : {"gelu-tanh", "llama", "llama-ungrouped"})
        QTest::addRow("%s, %s", format, block) << format << "f32"
                                               << "bpe" << block;
    }
  }
  void roundTrips() {
    QFETCH(QString, format);
    QFETCH(QString, number);
    QFETCH(QString, algorithm);
    QFETCH(QString, block);
    const model::ModelBundle before = model_of(tokenizers_.at(algorithm.toStdString()), block.toStdString());
    const fs::path out = fresh("-out");
    exchange::export_model(exchange::exporter(format.toStdString()), before, out, {number.toStdString()});
    if (format == "hf") fs::remove(out / "tokenizer.model");  // so that tokenizer.json is read
    const model::ModelBundle after = imported(out);
    QCOMPARE(after.network.config(), before.network.config());
    const double difference = largest_difference(before.network, after.network);
    if (number == "f32") {
      QCOMPARE(difference, 0.0);
      QCOMPARE(log_probabilities(after), log_probabilities(before));
    } else {
      const double most = number == "f16" ? 1.0 / 1024 : number == "bf16" ? 1.0 / 128 : 1.0 / 127;
      QVERIFY2(difference > 0 && difference < most, qPrintable(QString::number(difference)));
    }
    QCOMPARE(after.tokenizer->begin_id(), before.tokenizer->begin_id());
    QCOMPARE(after.tokenizer->end_id(), before.tokenizer->end_id());
    for (const std::string& text : fixtures::sample_texts(77, 200)) {
      const auto ids = before.tokenizer->encode(text);
      QCOMPARE(after.tokenizer->encode(text), ids);
      QCOMPARE(after.tokenizer->decode(ids.data(), ids.size()), text);
    }
    for (const char* odd :
         {"", " ", "\n\n", "  two  blanks ", "日本語 mixed 🙂 in", "tabs\tand\r\nreturns", "\xE2\x96\x81"})
      QCOMPARE(after.tokenizer->encode(odd), before.tokenizer->encode(odd));
    const model::Provenance& from = after.facts.provenance;
    QCOMPARE(from.imported_format, format.toStdString());
    QCOMPARE(from.imported_architecture, std::string(network::to_string(before.network.config().small.block)));
    QCOMPARE(from.imported_content.size(), std::size_t(32));
    QCOMPARE(from.program, std::string("0.1"));
    // And out again: the same files.
    const fs::path again = fresh("-again");
    exchange::export_model(exchange::exporter("gguf"), after, again, {"f32"});
    QCOMPARE(largest_difference(imported(again).network, after.network), 0.0);
  }

  void aTokenizerModelIsTakenAsItIs() {
    const fs::path from = folder();
    change(from / "tokenizer.json", [](json& tokenizer) { tokenizer["model"]["type"] = "WordPiece"; });
    QCOMPARE(imported(from).tokenizer_model, tokenizers_.at("bpe"));
    write_atomically(from / "tokenizer.model", "IQ== 0\nIg== 1\n");  // a file of another program by that name
    refused(from, "WordPiece");
    QVERIFY(imported(folder()).facts.name.ends_with("-hf"));
  }

  /// In several files, with names as a bare block has them, and with what older files have beside the weights.
  void otherLayouts() {
    const model::ModelBundle model = model_of(tokenizers_.at("bpe"));
    const fs::path bare = folder();
    rewrite(bare, [](auto& tensors) {
      Tensors named;
      for (auto& [name, tensor] : tensors) named[name.substr(12)] = std::move(tensor);
      named["h.0.attn.bias"] = {{1, 1, 2, 2}, {1, 0, 1, 1}};
      named["h.0.attn.masked_bias"] = {{1}, {-10000}};
      tensors = std::move(named);
    });
    QCOMPARE(largest_difference(imported(bare).network, model.network), 0.0);

    const fs::path tied = folder();
    rewrite(tied, [](auto& tensors) { tensors["lm_head.weight"] = tensors.at("transformer.wte.weight"); });
    QCOMPARE(largest_difference(imported(tied).network, model.network), 0.0);
    rewrite(tied, [](auto& tensors) { tensors.at("lm_head.weight").second[3] += 1; });
    refused(tied, "an output layer of its own");

    const fs::path sharded = folder();
    const store::SafetensorsFile all(sharded / "model.safetensors");
    exchange::SafetensorsWriter parts[2];
    json map;
    int turn = 0;
    for (const auto& [name, entry] : all.entries()) {
      parts[turn].add(name, entry.dims, all.read_floats(name, entry.dims).data(), exchange::NumberType::f32);
      map[name] = turn == 0 ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
      turn = 1 - turn;
    }
    parts[0].write(sharded / "model-00001-of-00002.safetensors", {});
    parts[1].write(sharded / "model-00002-of-00002.safetensors", {});
    fs::remove(sharded / "model.safetensors");
    const fs::path index = sharded / "model.safetensors.index.json";
    refused(sharded, "no weights");
    write_atomically(index, json{{"weight_map", map}}.dump());
    QCOMPARE(largest_difference(imported(sharded).network, model.network), 0.0);
    change(index, [](json& content) { content["weight_map"].erase("transformer.ln_f.bias"); });
    refused(sharded, "transformer.ln_f.bias");
    change(index, [](json& content) { content["weight_map"]["x"] = "model-00001-of-00002.safetensors"; });
    refused(sharded, "no tensor x");
    for (const json& elsewhere : {json("../model.safetensors"), json("/etc/x.safetensors"), json("x.bin"), json(7)}) {
      change(index, [&](json& content) { content["weight_map"]["x"] = elsewhere; });
      refused(sharded, "beside it");
    }
  }

  /// Embeddings that are larger than the vocabulary keep their rows.
  void roundedVocabularies() {
    const fs::path from = folder();
    const model::ModelBundle model = model_of(tokenizers_.at("bpe"));
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

  void settingsThatHaveNoCounterpart() {
    const fs::path from = folder(), config = from / "config.json";
    const Wrong wrong = {{"model_type", "bert", "architecture \"bert\""},
                         {"model_type", "llama", "num_hidden_layers"},
                         {"model_type", 3, "model_type"},
                         {"activation_function", "relu", "activation \"relu\""},
                         {"layer_norm_epsilon", 1e-6, "LayerNorm"},
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
                         {"num_attention_heads", 64, "an even size"},
                         {"max_position_embeddings", 0, "context 0"},
                         {"intermediate_size", 127, "mlp.gate_proj.weight [128, 64] instead of [127, 64]"}};
    refusedSettings(folder("llama"), wrong, {"num_hidden_layers", "hidden_size", "tie_word_embeddings"});
    const fs::path from = folder("llama");
    rewrite(from, [](Tensors& tensors) { tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{1}, {1}}; });
    change(from / "config.json", [](json& all) {
      all.erase("rope_theta");
      all["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 500000.0}};
    });
    const auto config = imported(from).network.config().small;
    QCOMPARE(config.rope_base, 500000);
    QCOMPARE(config.key_value_heads, 2);
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

  void whatIsNoModel() {
    refused(root_ / "nothing", "no such file or folder");
    write_atomically(root_ / "text", "some text");
    refused(root_ / "text", "no model of a known format");
    fs::create_directories(root_ / "empty");
    refused(root_ / "empty", "config.json");
    const fs::path out = fresh(".h5");
    write_atomically(out, "mine");
    try {
      exchange::import_model(folder(), out, "0.1", {});
      QFAIL("written over");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::usage);
    }
    QCOMPARE(read_file(out), std::string("mine"));
  }

  void stopsAtOnce() {
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    const fs::path out = fresh(".h5");
    QVERIFY_THROWS_EXCEPTION(Interrupted, exchange::import_model(folder(), out, "0.1", task));
    QVERIFY(!fs::exists(out));
  }
};

QTEST_GUILESS_MAIN(TestImports)
#include "test_imports.moc"
