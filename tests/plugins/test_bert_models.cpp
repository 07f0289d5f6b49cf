// SPDX-License-Identifier: GPL-3.0-or-later
// Folders of BERT models as versions of sentence-transformers lay them out, and the message for each sort of broken
// one.
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "base/files.h"
#include "cluster/embedder_plugin.h"
#include "corpus/plugin.h"
#include "tiny_bert.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<cluster::Embedder> make(const fs::path& folder) {
  project::ClusteringSpec spec;
  spec.embedder = "bert";
  spec.model = folder.string();
  return cluster::EmbedderRegistry::instance().make(spec);
}

}  // namespace

class TestBertModels : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root_;
  tiny::Bert bert_;

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    cluster::register_embedder_capability();
    fs::create_directories(root_ / "plugins");
    fs::create_symlink(fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-bert-embedder.so",
                       root_ / "plugins/bert.so");
    QCOMPARE(corpus::load_plugins({root_ / "plugins"}).at(0).error, std::string());
    bert_ = tiny::make_bert(5);
  }

  /// As sentence-transformers writes its folders from 5.4 on.
  void foldersOfNewerVersions() {
    const fs::path folder = root_ / "newer";
    for (const auto& [mode, first] : {std::pair{"mean", false}, {"cls", true}}) {
      tiny::write_bert(bert_, folder);
      fs::create_directories(folder / "1_Pooling");
      // Not as raw strings: moc loses its way in one that ends in a quotation mark.
      write_atomically(
          folder / "1_Pooling/config.json",
          std::string("{\"embedding_dimension\": 24, \"pooling_mode\": \"") + mode + "\", \"include_prompt\": true}");
      const auto texts = tiny::texts_of_all_lengths(3, 20);
      const cluster::FloatMatrix out = make(folder)->embed(texts, {});
      for (std::size_t i = 0; i < texts.size(); ++i)
        QVERIFY(tiny::distance(out.row(i), tiny::reference_vector(bert_, tiny::ids_of(bert_, texts[i], 64), first)) <
                1e-5);
    }
  }

  /// The tokenizer's own limit, where sentence_bert_config.json does not say another.
  void longestText() {
    const fs::path folder = root_ / "longest";
    const auto texts = tiny::texts_of_all_lengths(5, 20);
    const auto differs_from = [&](int longest) {
      const cluster::FloatMatrix out = make(folder)->embed(texts, {});
      double largest = 0;
      for (std::size_t i = 0; i < texts.size(); ++i)
        largest = std::max(
            largest,
            tiny::distance(out.row(i), tiny::reference_vector(bert_, tiny::ids_of(bert_, texts[i], longest), false)));
      return largest;
    };
    tiny::write_bert(bert_, folder);
    write_atomically(folder / "tokenizer_config.json", R"({"model_max_length": 10})");
    fs::remove(folder / "sentence_bert_config.json");
    QVERIFY(differs_from(10) < 1e-5);
    write_atomically(folder / "sentence_bert_config.json", R"({"max_seq_length": 16})");
    QVERIFY(differs_from(16) < 1e-5);
    write_atomically(folder / "tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
    fs::remove(folder / "sentence_bert_config.json");
    QVERIFY(differs_from(64) < 1e-5);
  }

  void brokenModels_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("message");
    const auto config = [](const char* name, const char* patch, const char* message) {
      QTest::newRow(name) << "config.json" << patch << message;
    };
    config("bad JSON", "", "config.json: broken JSON");
    config("no object", "[]", "config.json: JSON of the sort array");
    config("no hidden size", R"({"hidden_size": null})", "config.json: hidden_size: missing");
    config("text for a number", R"({"num_hidden_layers": "two"})",
           "num_hidden_layers: \"two\"; expected a whole number");
    config("no layer", R"({"num_hidden_layers": 0})", "num_hidden_layers: 0");
    config("huge", R"({"hidden_size": 18446744073709551615})", "hidden_size: 18446744073709551615");
    config("heads", R"({"num_attention_heads": 5})",
           "num_attention_heads: 5; expected a divisor of the hidden size 24");
    config("another activation", R"({"hidden_act": "relu"})", "hidden_act: \"relu\"; expected \"gelu\"");
    config("another family", R"({"model_type": "roberta"})", "model_type: \"roberta\"; expected \"bert\"");
    config("epsilon", R"({"layer_norm_eps": -1})", "layer_norm_eps: -1");
    config("more layers than weights", R"({"num_hidden_layers": 3})",
           "model.safetensors: no tensor encoder.layer.2.attention.self.query.weight");
    config("another width", R"({"intermediate_size": 48})",
           "tensor encoder.layer.0.intermediate.dense.weight: shape [40, 24]; expected [48, 24]");
    config("fewer embeddings than tokens", R"({"vocab_size": 30})", "vocab.txt: more than 30 tokens");
    QTest::newRow("no config") << "config.json"
                               << "-"
                               << "config.json: cannot be read";
    QTest::newRow("no weights") << "model.safetensors"
                                << "-"
                                << "model.safetensors: cannot be opened";
    QTest::newRow("truncated weights") << "model.safetensors"
                                       << "cut"
                                       << "data_offsets";
    QTest::newRow("header lies") << "model.safetensors"
                                 << "header"
                                 << "a header of ";
    QTest::newRow("no vocabulary") << "vocab.txt"
                                   << "-"
                                   << "vocab.txt: cannot be read";
    QTest::newRow("no [CLS]") << "vocab.txt"
                              << "[CLS]"
                              << "vocab.txt: no token [CLS]";
    QTest::newRow("lower case") << "tokenizer_config.json"
                                << R"({"do_lower_case": "yes"})"
                                << "tokenizer_config.json: do_lower_case: \"yes\"";
    QTest::newRow("length") << "sentence_bert_config.json"
                            << R"({"max_seq_length": 0})"
                            << "max_seq_length: 0";
    QTest::newRow("pooling")
        << "1_Pooling/config.json"
        << R"({"pooling_mode_max_tokens": true})"
        << "1_Pooling/config.json: pooling_mode_mean_tokens, pooling_mode_cls_token: another pooling";
    QTest::newRow("no pooling") << "1_Pooling/config.json"
                                << "{}"
                                << "pooling_mode_mean_tokens, pooling_mode_cls_token: neither";
    QTest::newRow("pooling by name") << "1_Pooling/config.json"
                                     << R"({"embedding_dimension": 24, "pooling_mode": "lasttoken"})"
                                     << "1_Pooling/config.json: pooling_mode: \"lasttoken\"";
    QTest::newRow("pooling of no sort") << "1_Pooling/config.json"
                                        << R"({"pooling_mode": 3})"
                                        << "1_Pooling/config.json: pooling_mode: 3";
    QTest::newRow("tokenizer's length") << "tokenizer_config.json"
                                        << R"({"model_max_length": "long"})"
                                        << "tokenizer_config.json: model_max_length: \"long\"";
    QTest::newRow("a layer behind") << "modules.json"
                                    << R"([{"type": "a.models.Pooling"}, {"type": "a.models.Dense"}])"
                                    << "modules.json: type: \"a.models.Dense\"";
    QTest::newRow("modules") << "modules.json"
                             << "{}"
                             << "modules.json: JSON of the sort object; expected one JSON array";
  }
  void brokenModels() {
    QFETCH(QString, file);
    QFETCH(QString, change);
    QFETCH(QString, message);
    const fs::path folder = root_ / "broken", path = folder / file.toStdString();
    fs::remove_all(folder);
    tiny::write_bert(bert_, folder);
    fs::create_directories(path.parent_path());
    if (change == "-") {
      fs::remove(path);
    } else if (change == "cut") {
      fs::resize_file(path, fs::file_size(path) - 100);
    } else if (change == "header") {
      std::string content = read_file(path);
      content[6] = 1;
      write_atomically(path, content);
    } else if (change == "[CLS]") {
      std::string content = read_file(path);
      content.replace(content.find("[CLS]"), 5, "[cls]");
      write_atomically(path, content);
    } else if (file == "config.json" && change.startsWith('{')) {
      nlohmann::json config = bert_.config();
      config.update(nlohmann::json::parse(change.toStdString()));
      write_atomically(path, config.dump());
    } else {
      write_atomically(path, change.toStdString());
    }
    try {
      make(folder);
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::input);
      QVERIFY2(QString(error.what()).startsWith(QString::fromStdString(folder.string())), error.what());
      QVERIFY2(QString(error.what()).contains(message), error.what());
    }
  }
};

QTEST_GUILESS_MAIN(TestBertModels)
#include "test_bert_models.moc"
