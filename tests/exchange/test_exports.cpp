// SPDX-License-Identifier: GPL-3.0-or-later
// What exports write, read back by plain readers: every number, every setting.
#include <sys/resource.h>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "exchange/exporter.h"
#include "exchange/number_types.h"
#include "sample_model.h"
#include "store/safetensors.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A GGUF file, read word for word.
struct Gguf {
  struct Tensor {
    std::vector<std::uint64_t> dims;  // as the file has them
    std::uint32_t type = 0;
    std::uint64_t offset = 0;
  };
  std::string bytes;
  std::size_t at = 0, data = 0;
  std::map<std::string, json> settings;
  std::map<std::string, Tensor> tensors;

  template <typename T>
  T number() {
    T out;
    if (at + sizeof out > bytes.size()) throw std::runtime_error("the file ends early");
    std::memcpy(&out, bytes.data() + at, sizeof out);
    at += sizeof out;
    return out;
  }
  std::string text() {
    const auto size = number<std::uint64_t>();
    at += size;
    return bytes.substr(at - size, size);
  }
  json value(std::uint32_t type) {
    switch (type) {
      case 4:
        return number<std::uint32_t>();
      case 5:
        return number<std::int32_t>();
      case 6:
        return number<float>();
      case 7:
        return number<std::uint8_t>() != 0;
      case 8:
        return text();
      case 9: {
        const auto of = number<std::uint32_t>();
        const auto count = number<std::uint64_t>();
        json out = json::array();
        for (std::uint64_t i = 0; i < count; ++i) out.push_back(value(of));
        return out;
      }
      default:
        throw std::runtime_error("type " + std::to_string(type));
    }
  }

  explicit Gguf(const fs::path& file) : bytes(read_file(file)) {
    if (bytes.substr(0, 4) != "GGUF") throw std::runtime_error("no GGUF");
    at = 4;
    if (number<std::uint32_t>() != 3) throw std::runtime_error("no version 3");
    const auto tensor_count = number<std::uint64_t>(), setting_count = number<std::uint64_t>();
    for (std::uint64_t i = 0; i < setting_count; ++i) {
      const std::string key = text();
      settings[key] = value(number<std::uint32_t>());
    }
    for (std::uint64_t i = 0; i < tensor_count; ++i) {
      Tensor& tensor = tensors[text()];
      for (auto n = number<std::uint32_t>(); n > 0; --n) tensor.dims.push_back(number<std::uint64_t>());
      tensor.type = number<std::uint32_t>();
      tensor.offset = number<std::uint64_t>();
    }
    data = (at + 31) / 32 * 32;
  }
  const char* data_of(const std::string& name) const { return bytes.data() + data + tensors.at(name).offset; }
};

}  // namespace

class TestExports : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  fs::path root_;
  std::string unigram_;

  const store::HostTensor& tensor(const store::TensorMap& weights, const std::string& name) const {
    return weights.at("weights/" + name);
  }
  static const float* floats(const store::HostTensor& tensor) {
    return reinterpret_cast<const float*>(tensor.data.data());
  }
  static std::vector<float> turned(const store::HostTensor& from) {
    const std::uint64_t rows = from.shape.dims[0], columns = from.shape.dims[1];
    std::vector<float> out;
    for (std::uint64_t j = 0; j < columns; ++j) {
      for (std::uint64_t i = 0; i < rows; ++i) out.push_back(floats(from)[i * columns + j]);
    }
    return out;
  }

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    unigram_ = fixtures::sample_tokenizer(root_ / "unigram", "unigram");
  }

  void hugging_face() {
    const auto model = fixtures::sample_model(unigram_);
    const auto report = exchange::export_model(exchange::exporter("hf"), model, root_ / "hf", {});
    for (const fs::path& file : report.files) QVERIFY2(fs::exists(file), file.c_str());
    const auto weights = model.network.weights();
    const store::SafetensorsFile file(root_ / "hf/model.safetensors");
    QCOMPARE(file.entries().size(), weights.size());
    const std::map<std::string, std::string> same = {
        {"transformer.wte.weight", "embedding"},
        {"transformer.wpe.weight", "positions"},
        {"transformer.h.1.ln_1.weight", "layers.1.attention.norm.weight"},
        {"transformer.h.0.ln_2.bias", "layers.0.mlp.norm.bias"},
        {"transformer.h.1.attn.c_attn.bias", "layers.1.attention.qkv.bias"},
        {"transformer.h.0.mlp.c_proj.bias", "layers.0.mlp.down.bias"},
        {"transformer.ln_f.weight", "norm.weight"}};
    for (const auto& [name, from] : same) {
      const auto& expected = tensor(weights, from);
      const auto found = file.read_floats(name, expected.shape.dims);
      QVERIFY(std::memcmp(found.data(), expected.data.data(), expected.data.size()) == 0);
    }
    for (const auto& [name, from] : {std::pair("attn.c_attn", "attention.qkv"),
                                     {"attn.c_proj", "attention.output"},
                                     {"mlp.c_fc", "mlp.up"},
                                     {"mlp.c_proj", "mlp.down"}}) {
      const auto& of = tensor(weights, std::string("layers.1.") + from + ".weight");
      QCOMPARE(
          file.read_floats(std::string("transformer.h.1.") + name + ".weight", {of.shape.dims[1], of.shape.dims[0]}),
          turned(of));
    }
    const json config = json::parse(read_file(root_ / "hf/config.json"));
    QCOMPARE(config.at("activation_function"), json("gelu"));
    QCOMPARE(config.at("n_inner"), json(128));
    QCOMPARE(config.at("n_positions"), json(96));
    QCOMPARE(config.at("vocab_size"), json(model.tokenizer->vocabulary()));
    QCOMPARE(config.at("eos_token_id"), json(model.tokenizer->end_id()));
    const std::string card = read_file(root_ / "hf/README.md");
    QVERIFY(card.find("a sample") != std::string::npos && card.find("law") != std::string::npos &&
            card.find("12.5") != std::string::npos && card.find("exact: ") != std::string::npos);
  }

  /// Queries, keys and values apart, in GGUF with the rows of each head in the order in which llama.cpp pairs them.
  void llama() {
    const auto model = fixtures::sample_model(unigram_, false, "llama");
    exchange::export_model(exchange::exporter("hf"), model, root_ / "hf-llama", {});
    exchange::export_model(exchange::exporter("gguf"), model, root_ / "llama.gguf", {});
    const auto weights = model.network.weights();
    const store::SafetensorsFile hf(root_ / "hf-llama/model.safetensors");
    const Gguf gguf(root_ / "llama.gguf");
    QCOMPARE(hf.entries().size(), std::size_t(2 + 2 * 9));
    QCOMPARE(gguf.tensors.size(), hf.entries().size());
    const std::uint64_t width = 64, keys = 32, size = 16;
    const float* qkv = floats(tensor(weights, "layers.1.attention.qkv.weight"));
    const auto check = [&](const char* name, const char* short_name, std::uint64_t first, std::uint64_t rows,
                           bool turns) {
      const auto found = hf.read_floats(std::string("model.layers.1.self_attn.") + name + ".weight", {rows, width});
      QVERIFY(std::memcmp(found.data(), qkv + first * width, found.size() * sizeof(float)) == 0);
      const auto* theirs = reinterpret_cast<const float*>(gguf.data_of(std::string("blk.1.") + short_name + ".weight"));
      for (std::uint64_t row = 0; row < rows; ++row) {
        const std::uint64_t i = row % size;  // llama.cpp's 2i and 2i + 1 are our i and i + size/2
        const std::uint64_t ours = turns ? row - i + i / 2 + i % 2 * (size / 2) : row;
        QVERIFY2(std::memcmp(theirs + row * width, qkv + (first + ours) * width, width * sizeof(float)) == 0, name);
      }
    };
    check("q_proj", "attn_q", 0, width, true);
    check("k_proj", "attn_k", width, keys, true);
    check("v_proj", "attn_v", width + keys, keys, false);
    for (const auto& [name, from] : {std::pair("mlp.gate_proj", "mlp.gate"), {"mlp.down_proj", "mlp.down"}}) {
      const auto& of = tensor(weights, std::string("layers.0.") + from + ".weight");
      const auto found = hf.read_floats(std::string("model.layers.0.") + name + ".weight", of.shape.dims);
      QVERIFY(std::memcmp(found.data(), of.data.data(), of.data.size()) == 0);
    }
    const json config = json::parse(read_file(root_ / "hf-llama/config.json"));
    QCOMPARE(config.at("architectures"), json({"LlamaForCausalLM"}));
    QCOMPARE(config.at("num_key_value_heads"), json(2));
    QCOMPARE(config.at("rope_theta"), json(10000.0));
    QCOMPARE(config.at("vocab_size"), json(model.tokenizer->vocabulary()));
    QCOMPARE(gguf.settings.at("general.architecture"), json("llama"));
    QCOMPARE(gguf.settings.at("llama.attention.head_count_kv"), json(2));
    QCOMPARE(gguf.settings.at("llama.rope.dimension_count"), json(16));
    QCOMPARE(gguf.settings.at("llama.rope.freq_base"), json(10000.0F));
    exchange::export_model(exchange::exporter("hf"), fixtures::sample_model(unigram_, false, "gelu-tanh"),
                           root_ / "hf-tanh", {});
    QCOMPARE(json::parse(read_file(root_ / "hf-tanh/config.json")).at("activation_function"), json("gelu_new"));
  }

  void gguf_data() {
    QTest::addColumn<QString>("number");
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("file_type");
    QTest::newRow("f32") << "f32" << 0 << 0;
    QTest::newRow("f16") << "f16" << 1 << 1;
    QTest::newRow("bf16") << "bf16" << 30 << 32;
    QTest::newRow("q8_0") << "q8_0" << 8 << 7;
  }
  void gguf() {
    QFETCH(QString, number);
    QFETCH(int, type);
    QFETCH(int, file_type);
    const auto model = fixtures::sample_model(unigram_);
    const fs::path out = root_ / (number.toStdString() + ".gguf");
    exchange::export_model(exchange::exporter("gguf"), model, out, {number.toStdString()});
    const Gguf file(out);
    const auto weights = model.network.weights();
    QCOMPARE(file.tensors.size(), weights.size());
    QCOMPARE(file.settings.at("general.architecture"), json("gpt2"));
    QCOMPARE(file.settings.at("general.file_type"), json(file_type));
    QCOMPARE(file.settings.at("gpt2.feed_forward_length"), json(128));
    QCOMPARE(file.settings.at("tokenizer.ggml.tokens").size(), std::size_t(model.tokenizer->vocabulary()));
    QCOMPARE(file.settings.at("tokenizer.ggml.bos_token_id"), json(model.tokenizer->begin_id()));
    QCOMPARE(file.settings.at("tokenizer.ggml.add_space_prefix"), json(false));
    std::uint64_t end = 0;
    for (const auto& [name, from, matrix] : {std::tuple("token_embd.weight", "embedding", true),
                                             {"position_embd.weight", "positions", false},
                                             {"output_norm.bias", "norm.bias", false},
                                             {"blk.1.attn_qkv.weight", "layers.1.attention.qkv.weight", true},
                                             {"blk.0.ffn_down.weight", "layers.0.mlp.down.weight", true},
                                             {"blk.1.ffn_up.bias", "layers.1.mlp.up.bias", false}}) {
      const auto& expected = tensor(weights, from);
      const Gguf::Tensor& found = file.tensors.at(name);
      QCOMPARE(found.dims, std::vector<std::uint64_t>(expected.shape.dims.rbegin(), expected.shape.dims.rend()));
      QCOMPARE(found.type, static_cast<std::uint32_t>(matrix ? type : 0));
      QCOMPARE(found.offset % 32, std::uint64_t(0));
      const auto bytes =
          exchange::encode(floats(expected), expected.shape.count(),
                           matrix ? exchange::number_type(number.toStdString()) : exchange::NumberType::f32);
      QVERIFY(std::memcmp(file.data_of(name), bytes.data(), bytes.size()) == 0);
    }
    for (const auto& [name, tensor] : file.tensors) end = std::max(end, tensor.offset);
    QVERIFY(file.data + end < file.bytes.size());
    QCOMPARE(file.bytes.size() % 32, std::size_t(0));
  }

  void safetensors_of_a_projected_network() {
    const auto model = fixtures::sample_model(unigram_, true);
    exchange::export_model(exchange::exporter("safetensors"), model, root_ / "pn.safetensors", {});
    const store::SafetensorsFile file(root_ / "pn.safetensors");
    for (const auto& [name, expected] : model.network.weights()) {
      const auto found = file.read_floats(name.substr(8), expected.shape.dims);
      QVERIFY(std::memcmp(found.data(), expected.data.data(), expected.data.size()) == 0);
    }
    QVERIFY(file.has("experts") && file.has("layers.0.mlp.up.t") && file.has("layers.1.mlp.down.m"));
    QCOMPARE(json::parse(file.metadata().at("pantograph.config")), network::to_json(model.network.config()));
  }

  void ollama() {
    const auto model = fixtures::sample_model(unigram_);
    fs::create_directories(root_ / "ollama");  // an empty folder is fine
    exchange::export_model(exchange::exporter("ollama"), model, root_ / "ollama", {"q8_0"});
    const std::string text = read_file(root_ / "ollama/Modelfile");
    QVERIFY2(text.find("FROM ./model.gguf\n") == 0 && text.find("num_ctx 96\n") != std::string::npos &&
                 text.find("{{ .Prompt }}") != std::string::npos && text.find("stop \"</s>\"") != std::string::npos,
             text.c_str());
    QVERIFY(Gguf(root_ / "ollama/model.gguf").tensors.size() > 10);
  }

  void refusals() {
    const auto model = fixtures::sample_model(unigram_);
    const auto projected = fixtures::sample_model(unigram_, true);
    const auto refused = [&](const std::string& format, const model::ModelBundle& of, const fs::path& out,
                             const std::string& number, const char* found) {
      try {
        exchange::export_model(exchange::exporter(format), of, out, {number});
        QFAIL("exported");
      } catch (const Error& e) {
        QCOMPARE(e.kind(), ErrorKind::usage);
        QVERIFY2(QString::fromStdString(e.text().found).contains(found), e.what());
      }
    };
    refused("onnx", model, root_ / "x", "", "format \"onnx\"");
    refused("hf", model, root_ / "x", "q8_0", "numbers of type");
    refused("gguf", projected, root_ / "x", "", "a projected network");
    write_atomically(root_ / "there", "mine");
    for (const char* format : {"hf", "gguf", "ollama", "safetensors"})
      refused(format, model, root_ / "there", "", "there is something of that name");
    QCOMPARE(read_file(root_ / "there"), std::string("mine"));
    fs::create_directories(root_ / "full/of");
    refused("hf", model, root_ / "full", "", "there is something of that name");
    QVERIFY(!fs::exists(root_ / "x"));
  }

  /// An export that fails half-way leaves nothing; what an earlier one that was cut off left goes.
  void whole_or_not_at_all() {
    const auto model = fixtures::sample_model(unigram_);
    fs::create_directories(root_ / "half.partial/old");
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);  // as on a full disk: writing fails
    const rlimit little{50'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &little);
    QVERIFY_THROWS_EXCEPTION(Error, exchange::export_model(exchange::exporter("hf"), model, root_ / "half", {}));
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY(!fs::exists(root_ / "half") && !fs::exists(root_ / "half.partial"));
    const auto report = exchange::export_model(exchange::exporter("hf"), model, root_ / "half/", {});
    for (const fs::path& file : report.files) QVERIFY2(fs::exists(file), file.c_str());
    QCOMPARE(report.files.front().parent_path(), root_ / "half");
    QVERIFY(!fs::exists(root_ / "half.partial"));
  }
};

QTEST_GUILESS_MAIN(TestExports)
#include "test_exports.moc"
