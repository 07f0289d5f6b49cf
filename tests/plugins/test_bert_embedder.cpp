// SPDX-License-Identifier: GPL-3.0-or-later
// The embedder "bert", loaded as the shared library that users load, against a BERT written in plain loops.
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

std::unique_ptr<cluster::Embedder> make(const fs::path& folder) {
  project::ClusteringSpec spec;
  spec.embedder = "bert";
  spec.model = folder.string();
  return cluster::EmbedderRegistry::instance().make(spec);
}

double distance(const float* a, const float* b, std::size_t size) {
  double largest = 0;
  for (std::size_t j = 0; j < size; ++j) largest = std::max(largest, std::fabs(static_cast<double>(a[j]) - b[j]));
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
    project::ClusteringSpec spec;
    spec.embedder = "bert";
    try {
      cluster::EmbedderRegistry::instance().make(spec);
      QFAIL("made without the plugin");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("one of: tfidf-svd. Plugins bring more"), error.what());
    }
    cluster::register_embedder_capability();
    cluster::register_embedder_capability();  // idempotent
    const fs::path library = fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-bert-embedder.so";
    fs::create_directories(root_ / "plugins");
    fs::create_symlink(library, root_ / "plugins/bert.so");
    const auto status = corpus::load_plugins({root_ / "plugins"});
    QCOMPARE(status.size(), std::size_t(1));
    QCOMPARE(status[0].error, std::string());
    QVERIFY(status[0].capabilities == std::vector<std::string>{"embedder"});
    const cluster::EmbedderInfo* info = cluster::EmbedderRegistry::instance().find("bert");
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
    const auto texts = tiny::texts_of_all_lengths(3, 40);
    const cluster::FloatMatrix out = embedder->embed(texts, {});
    QCOMPARE(out.rows, texts.size());
    QCOMPARE(out.columns, std::size_t(24));
    double largest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
      largest = std::max(largest,
                         tiny::distance(out.row(i), reference_vector(bert, tiny::ids_of(bert, texts[i], 64), first)));
    qInfo("largest difference %.2g", largest);
    QVERIFY2(largest < 1e-5, qPrintable(QString::number(largest)));
    // The vectors do differ from text to text.
    QVERIFY(distance(out.row(1), out.row(2), 24) > 0.01);
  }

  void batchesAndPaddingChangeNothing() {
    const auto embedder = make(root_ / "bert");
    const auto texts = tiny::texts_of_all_lengths(8, 150);
    const cluster::FloatMatrix together = embedder->embed(texts, {});
    double largest = 0;
    for (std::size_t i = 0; i < texts.size(); ++i)
      largest = std::max(largest, distance(together.row(i), embedder->embed({texts[i]}, {}).row(0), 24));
    QVERIFY2(largest < 1e-6, qPrintable(QString::number(largest)));
    QCOMPARE(embedder->embed({}, {}).rows, std::size_t(0));
  }

  void sameBitsWithAnyNumberOfThreads() {
    const auto embedder = make(root_ / "bert");
    const auto texts = tiny::texts_of_all_lengths(9, 200);
    const int before = omp_get_max_threads();
    const cluster::FloatMatrix first = embedder->embed(texts, {});
    for (const int threads : {1, 2, 3}) {
      omp_set_num_threads(threads);
      const cluster::FloatMatrix again = embedder->embed(texts, {});
      QCOMPARE(omp_get_max_threads(), threads);
      QVERIFY(again.values == first.values);
    }
    omp_set_num_threads(before);
  }

  void longTextsAreCut() {
    fs::copy(root_ / "bert", root_ / "short");
    write_atomically(root_ / "short/sentence_bert_config.json", R"({"max_seq_length": 20, "do_lower_case": false})");
    Random random(1);
    const std::string text = tiny::words(random, 300);
    for (const auto& [folder, longest] : {std::pair("bert", 64), std::pair("short", 20)}) {
      const cluster::FloatMatrix out = make(root_ / folder)->embed({text}, {});
      QVERIFY(tiny::distance(out.row(0), reference_vector(bert_, tiny::ids_of(bert_, text, longest))) < 1e-5);
    }
  }

  void lowerCaseFollowsTheTokenizer() {
    fs::copy(root_ / "bert", root_ / "cased");
    write_atomically(root_ / "cased/tokenizer_config.json", R"({"do_lower_case": false})");
    write_atomically(root_ / "cased/modules.json",
                     R"([{"type": "a.models.Transformer"}, {"type": "a.models.Normalize"}])");
    const auto lower = make(root_ / "bert"), cased = make(root_ / "cased");
    const auto vector = [](const cluster::Embedder& e, const char* text) { return e.embed({text}, {}).values; };
    QVERIFY(vector(*lower, "The Court") == vector(*lower, "the court"));
    QVERIFY(vector(*cased, "the court") == vector(*lower, "the court"));
    QVERIFY(vector(*cased, "The Court") != vector(*lower, "the court"));
    write_atomically(root_ / "cased/sentence_bert_config.json", R"({"do_lower_case": true})");
    QVERIFY(vector(*make(root_ / "cased"), "The Court") == vector(*lower, "the court"));
  }

  void reportsAndStops() {
    const auto embedder = make(root_ / "bert");
    const auto texts = tiny::texts_of_all_lengths(4, 400);
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
      auto file = store::Hdf5File::create(part);
      cluster::Hdf5StateWriter state(file, "embedder");
      make(root_ / "bert")->save(state);
      file.close();
    });
    const auto file = store::Hdf5File::open(path);
    const cluster::Hdf5StateReader state(file, "embedder");
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
