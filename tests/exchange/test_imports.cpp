// SPDX-License-Identifier: GPL-3.0-or-later
// Models that left and come back: the same weights, the same tokens, the same probabilities; and what is refused.
#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "import_support.h"
#include "infer/session.h"

using namespace pantograph;
using fixtures::change;
using fixtures::odd_model;
using fixtures::rewrite;
using fixtures::Tensors;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

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
  fixtures::Imports imports_;
  std::map<std::string, std::string> tokenizers_;

  fs::path folder() { return imports_.folder(odd_model(tokenizers_.at("bpe"))); }
  model::ModelBundle imported(const fs::path& from) { return imports_.imported(from); }
  void refused(const fs::path& from, const char* words) { imports_.refused(from, words); }

 private Q_SLOTS:
  void initTestCase() {
    for (const char* algorithm : {"unigram", "bpe"})
      tokenizers_[algorithm] = fixtures::sample_tokenizer(imports_.fresh(algorithm), algorithm);
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
    const model::ModelBundle before = odd_model(tokenizers_.at(algorithm.toStdString()), block.toStdString());
    const fs::path out = imports_.fresh("-out");
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
    const fs::path again = imports_.fresh("-again");
    exchange::export_model(exchange::exporter("gguf"), after, again, {"f32"});
    QCOMPARE(largest_difference(imported(again).network, after.network), 0.0);
    const fs::path folder_again = imports_.folder(after);
    QVERIFY(read_file(folder_again / "README.md").find(from.imported_content) != std::string::npos);
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
    const model::ModelBundle model = odd_model(tokenizers_.at("bpe"));
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

  void whatIsNoModel() {
    const fs::path nothing = imports_.fresh("nothing"), text = imports_.fresh("text"), empty = imports_.fresh("empty");
    refused(nothing, "no such file or folder");
    write_atomically(text, "some text");
    refused(text, "no model of a known format");
    fs::create_directories(empty);
    refused(empty, "config.json");
    const fs::path out = imports_.fresh(".h5");
    write_atomically(out, "mine");
    try {
      exchange::import_model(folder(), out, "0.1", {});
      QFAIL("written over");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::usage);
    }
    QCOMPARE(read_file(out), std::string("mine"));
  }

  void namesOfModels() {
    model::ModelBundle model = odd_model(tokenizers_.at("bpe"));
    for (const auto& [name, expected] : {std::pair("court \xC3\xA9", "court \xC3\xA9"), {"a\xFF\nz", "a\\xFF\\x0Az"}}) {
      model.facts.name = name;
      const fs::path out = imports_.fresh(".gguf");
      exchange::export_model(exchange::exporter("gguf"), model, out, {});
      QCOMPARE(imported(out).facts.name, std::string(expected));
    }
    model.facts.name.clear();
    const fs::path out = imports_.fresh("-file.gguf");
    exchange::export_model(exchange::exporter("gguf"), model, out, {});
    QVERIFY(imported(out).facts.name.ends_with("-file"));
  }

  void stopsAtOnce() {
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    const fs::path out = imports_.fresh(".h5");
    QVERIFY_THROWS_EXCEPTION(Interrupted, exchange::import_model(folder(), out, "0.1", task));
    QVERIFY(!fs::exists(out));
  }
};

QTEST_GUILESS_MAIN(TestImports)
#include "test_imports.moc"
