// SPDX-License-Identifier: GPL-3.0-or-later
// The embedder "bert", loaded as the shared library that users load, against a BERT written in plain loops; and the
// message for each sort of broken model.
#include <omp.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "cluster/embedder_plugin.h"
#include "cluster/hdf5_state.h"
#include "corpus/plugin.h"
#include "tiny_bert.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<Embedder> make(const fs::path& folder) {
  ClusteringSpec spec;
  spec.embedder = "bert";
  spec.model = folder.string();
  return EmbedderRegistry::instance().make(spec);
}

/// Words that are tokens, so that the ids are plain.
std::string words(Random& random, int count) {
  const char* const all[] = {"the", "court", "bridge", "flour", ".", ",", "q", "z"};
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(i == 0 ? "" : " ") + all[random.below(8)];
  return text;
}

std::vector<int> ids_of(const tiny::Bert& bert, const std::string& text, int longest) {
  std::vector<int> ids = {2};
  std::istringstream in(text);
  for (std::string word; in >> word && static_cast<int>(ids.size()) < longest - 1;) {
    const auto at = std::find(bert.vocabulary.begin(), bert.vocabulary.end(), word);
    ids.push_back(static_cast<int>(at - bert.vocabulary.begin()));
  }
  ids.push_back(3);
  return ids;
}

std::vector<std::string> texts_of_all_lengths(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::string> out = {""};
  while (static_cast<int>(out.size()) < count) out.push_back(words(random, 1 + static_cast<int>(random.below(70))));
  return out;
}

double distance(const float* a, const float* b, std::size_t size) {
  double largest = 0;
  for (std::size_t j = 0; j < size; ++j) largest = std::max(largest, std::fabs(static_cast<double>(a[j]) - b[j]));
  return largest;
}

double distance(const float* a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t j = 0; j < b.size(); ++j) largest = std::max(largest, std::fabs(a[j] - b[j]));
  return largest;
}

}  // namespace

class TestBertEmbedder : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root_;
  tiny::Bert bert_;

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    ClusteringSpec spec;
    spec.embedder = "bert";
    try {
      EmbedderRegistry::instance().make(spec);
      QFAIL("made without the plugin");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("one of: tfidf-svd. Plugins bring more"), error.what());
    }
    register_embedder_capability();
    register_embedder_capability();  // idempotent
    const fs::path library = fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-bert-embedder.so";
    fs::create_directories(root_ / "plugins");
    fs::create_symlink(library, root_ / "plugins/bert.so");
    const auto status = load_plugins({root_ / "plugins"});
    QCOMPARE(status.size(), std::size_t(1));
    QCOMPARE(status[0].error, std::string());
    QVERIFY(status[0].capabilities == std::vector<std::string>{"embedder"});
    const EmbedderInfo* info = EmbedderRegistry::instance().find("bert");
    QVERIFY(info != nullptr);
    QCOMPARE(info->origin, status[0].path.string());
    bert_ = tiny::make_bert(5);
    tiny::write_bert(bert_, root_ / "bert");
  }

  void matchesThePlainReference_data() {
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<bool>("old_names");
    QTest::addColumn<bool>("first");
    QTest::newRow("fp32") << 0 << "" << false << false;
    QTest::newRow("fp32, bert.") << 0 << "bert." << false << false;
    QTest::newRow("fp16") << 1 << "" << false << false;
    QTest::newRow("bf16") << 2 << "bert." << false << false;
    QTest::newRow("gamma and beta") << 0 << "bert." << true << false;
    QTest::newRow("vector of [CLS]") << 0 << "" << false << true;
  }
  void matchesThePlainReference() {
    QFETCH(int, type);
    QFETCH(QString, prefix);
    QFETCH(bool, old_names);
    QFETCH(bool, first);
    tiny::Bert bert = tiny::make_bert(11);
    tiny::round_weights(bert, static_cast<tiny::Type>(type));
    bert.tensors["pooler.dense.weight"] = {{2, 2}, {0, 0, 0, 0}};  // not used
    if (old_names) {
      std::map<std::string, tiny::Tensor> renamed;
      for (const auto& [now, tensor] : bert.tensors) {
        std::string name = now;
        const auto at = name.find("LayerNorm.");
        if (at != std::string::npos)
          name.replace(at + 10, std::string::npos, name.ends_with("bias") ? "beta" : "gamma");
        renamed[name] = tensor;
      }
      bert.tensors = renamed;
    }
    const fs::path folder = root_ / ("reference" + std::string(QTest::currentDataTag()));
    tiny::write_bert(bert, folder, static_cast<tiny::Type>(type), prefix.toStdString());
    if (first) {
      fs::create_directories(folder / "1_Pooling");
      write_atomically(folder / "1_Pooling/config.json",
                       R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})");
    }
    const auto embedder = make(folder);
    QCOMPARE(embedder->dimensions(), bert.hidden);
    const auto texts = texts_of_all_lengths(3, 40);
    const FloatMatrix out = embedder->embed(texts, {});
    QCOMPARE(out.rows, texts.size());
    QCOMPARE(out.columns, std::size_t(24));
    double largest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
      largest = std::max(largest, distance(out.row(i), reference_vector(bert, ids_of(bert, texts[i], 64), first)));
    qInfo("largest difference %.2g", largest);
    QVERIFY2(largest < 1e-5, qPrintable(QString::number(largest)));
    // The vectors do differ from text to text.
    QVERIFY(distance(out.row(1), out.row(2), 24) > 0.01);
  }

  void batchesAndPaddingChangeNothing() {
    const auto embedder = make(root_ / "bert");
    const auto texts = texts_of_all_lengths(8, 150);
    const FloatMatrix together = embedder->embed(texts, {});
    double largest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
      largest = std::max(largest, distance(together.row(i), embedder->embed({texts[i]}, {}).row(0), 24));
    QVERIFY2(largest < 1e-6, qPrintable(QString::number(largest)));
    QCOMPARE(embedder->embed({}, {}).rows, std::size_t(0));
  }

  void sameBitsWithAnyNumberOfThreads() {
    const auto embedder = make(root_ / "bert");
    const auto texts = texts_of_all_lengths(9, 200);
    const int before = omp_get_max_threads();
    const FloatMatrix first = embedder->embed(texts, {});
    for (const int threads : {1, 2, 3}) {
      omp_set_num_threads(threads);
      const FloatMatrix again = embedder->embed(texts, {});
      QCOMPARE(omp_get_max_threads(), threads);
      QVERIFY(again.values == first.values);
    }
    omp_set_num_threads(before);
  }

  void longTextsAreCut() {
    fs::copy(root_ / "bert", root_ / "short");
    write_atomically(root_ / "short/sentence_bert_config.json", R"({"max_seq_length": 20, "do_lower_case": false})");
    Random random(1);
    const std::string text = words(random, 300);
    for (const auto& [folder, longest] : {std::pair("bert", 64), std::pair("short", 20)}) {
      const FloatMatrix out = make(root_ / folder)->embed({text}, {});
      QVERIFY(distance(out.row(0), reference_vector(bert_, ids_of(bert_, text, longest))) < 1e-5);
    }
  }

  void lowerCaseFollowsTheTokenizer() {
    fs::copy(root_ / "bert", root_ / "cased");
    write_atomically(root_ / "cased/tokenizer_config.json", R"({"do_lower_case": false})");
    write_atomically(root_ / "cased/modules.json",
                     R"([{"type": "a.models.Transformer"}, {"type": "a.models.Normalize"}])");
    const auto lower = make(root_ / "bert"), cased = make(root_ / "cased");
    const auto vector = [](const Embedder& e, const char* text) { return e.embed({text}, {}).values; };
    QVERIFY(vector(*lower, "The Court") == vector(*lower, "the court"));
    QVERIFY(vector(*cased, "the court") == vector(*lower, "the court"));
    QVERIFY(vector(*cased, "The Court") != vector(*lower, "the court"));
    write_atomically(root_ / "cased/sentence_bert_config.json", R"({"do_lower_case": true})");
    QVERIFY(vector(*make(root_ / "cased"), "The Court") == vector(*lower, "the court"));
  }

  void reportsAndStops() {
    const auto embedder = make(root_ / "bert");
    const auto texts = texts_of_all_lengths(4, 400);
    Control control;
    TaskContext task;
    task.control = &control;
    double done = 0;
    int reports = 0;
    task.on_progress = [&](double now, double total, const std::string&) {
      QVERIFY(now > done);
      QCOMPARE(total, 400.0);
      done = now;
      ++reports;
    };
    embedder->embed(texts, task);
    QCOMPARE(done, 400.0);
    QVERIFY(reports > 1);
    task.on_progress = [&](double, double, const std::string&) { control.stop(); };
    QVERIFY_EXCEPTION_THROWN(embedder->embed(texts, task), Interrupted);
    QVERIFY_EXCEPTION_THROWN(embedder->fit(texts, 1, task), Interrupted);
  }

  void stateRefusesAnotherModel() {
    const fs::path path = root_ / "state.h5";
    replace_atomically(path, [&](const fs::path& part) {
      auto file = Hdf5File::create(part);
      Hdf5StateWriter state(file, "embedder");
      make(root_ / "bert")->save(state);
      file.close();
    });
    const auto file = Hdf5File::open(path);
    const Hdf5StateReader state(file, "embedder");
    fs::copy(root_ / "bert", root_ / "moved");
    make(root_ / "moved")->load(state);  // the same model elsewhere
    tiny::write_bert(tiny::make_bert(6), root_ / "other");
    write_atomically(root_ / "moved/sentence_bert_config.json", R"({"max_seq_length": 30})");
    for (const char* other : {"other", "moved"}) {
      try {
        make(root_ / other)->load(state);
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY(error.kind() == ErrorKind::run);
        for (const std::string& part : {(root_ / other).string(), (root_ / "bert").string(), std::string("hash")})
          QVERIFY2(std::string(error.what()).find(part) != std::string::npos, error.what());
      }
    }
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

  void noModelAndDamagedNumbers() {
    try {
      make("");
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::project);
      QVERIFY2(QString(error.what()).contains("clustering.model"), error.what());
    }
    tiny::Bert bert = bert_;
    bert.tensors["encoder.layer.1.output.dense.bias"].values[3] = NAN;
    tiny::write_bert(bert, root_ / "nan");
    try {
      make(root_ / "nan")->embed({"the court"}, {});
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("not finite"), error.what());
    }
  }
};

QTEST_GUILESS_MAIN(TestBertEmbedder)
#include "test_bert_embedder.moc"
