// SPDX-License-Identifier: GPL-3.0-or-later
// A project whose clusters come from the embedder "bert": clustered by the engine, made stale by another model.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "base/files.h"
#include "cluster/clustering.h"
#include "cluster/compare.h"
#include "cluster/embedder.h"
#include "job/engine.h"
#include "job/graph.h"
#include "project/project_file.h"
#include "support/tiny_project.h"
#include "tiny_bert.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestBertClusters : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root_;
  project::Project project_;

  static int run_clustering(const project::Project& project) {
    std::string messages;
    int code = -1;
    job::Engine engine(project, {}, [&](const job::Event& event) {
      if (const auto* failed = std::get_if<job::StepFailed>(&event)) messages += failed->message;
      if (const auto* ended = std::get_if<job::RunEnded>(&event)) code = ended->exit_code;
    });
    engine.start({{"cluster"}});
    engine.wait();
    if (!messages.empty()) qInfo("%s", messages.c_str());
    return code;
  }

 private Q_SLOTS:
  void initTestCase() {
    qputenv("PANTOGRAPH_PLUGINS", PANTOGRAPH_BINARY_DIR "/plugins");
    job::initialize_engine();
    QVERIFY(cluster::EmbedderRegistry::instance().find("bert") != nullptr);
    root_ = dir_.path().toStdString();
    const fs::path file = tiny::make_project(root_);
    project_ = project::load_project(file);
    project_.clustering.embedder = "bert";
    project_.clustering.model = "models/tiny";
    project::save_project(project_, file);
    QVERIFY(project::load_project(file) == project_);  // the key is written and read
    tiny::write_bert(tiny::make_bert(2), root_ / "models/tiny");
  }

  void clustersAreMadeAndRemembered() {
    QCOMPARE(run_clustering(project_), 0);
    const job::StepGraph graph(project_);
    const job::Step& step = graph.at("cluster");
    QVERIFY(step.complete());
    const auto summary = cluster::read_clustering_summary(step.folder());
    QCOMPARE(summary.dimensions, 24);
    QVERIFY(summary.generic.windows.at(0) > 0 && summary.generic.windows.at(1) > 0);
    const auto file = store::Hdf5File::open(step.folder() / "clustering.h5");
    QCOMPARE(file.attribute("/", "embedder"), std::string("bert"));
    const auto model = file.read_all<char>("embedder/model", store::DataType::u8);
    QCOMPARE(std::string(model.begin(), model.end()), (root_ / "models/tiny").string());
    QCOMPARE(file.shape("embedder/hash").count(), std::uint64_t(32));
  }

  void comparesWithOtherClusters() {
    project::Project plain = project_;
    plain.clustering.embedder = "tfidf-svd";
    plain.clustering.model.clear();
    QCOMPARE(run_clustering(plain), 0);
    const auto folder = [](const project::Project& project) { return job::StepGraph(project).at("cluster").folder(); };
    const auto comparison = cluster::compare_clusterings(folder(project_), folder(plain));
    QVERIFY(comparison.agreement.items > 0);
    QCOMPARE(comparison.domains.size(), std::size_t(2));
  }

  void anotherModelMakesThemStale() {
    const auto key = [&](const project::Project& project) {
      return job::StepGraph(project).at("cluster").artifact.key();
    };
    const std::string before = key(project_);
    project::Project plain = project_;
    plain.clustering.model.clear();
    QVERIFY(!job::StepGraph(plain).at("cluster").settings.contains("model"));  // as keys were before there was a model
    QVERIFY(key(plain) != before);
    QCOMPARE(key(project_), before);
    tiny::Bert larger = tiny::make_bert(3);
    larger.vocabulary.push_back("more");
    auto& words = larger.tensors.at("embeddings.word_embeddings.weight");
    ++words.dims[0];
    words.values.resize(words.values.size() + 24);
    tiny::write_bert(larger, root_ / "models/tiny");
    QVERIFY(key(project_) != before);
    QVERIFY(!job::StepGraph(project_).at("cluster").complete());
  }

  void aMissingModelFailsTheStep() {
    project::Project missing = project_;
    missing.clustering.model = "models/nowhere";
    QCOMPARE(run_clustering(missing), exit_code(ErrorKind::input));
  }
};

QTEST_GUILESS_MAIN(TestBertClusters)
#include "test_bert_clusters.moc"
