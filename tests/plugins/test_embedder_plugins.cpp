// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin capability "embedder": a plugin with several capabilities, and what is refused as a whole.
#include <QTemporaryDir>
#include <QtTest>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "cluster/embedder_plugin.h"
#include "cluster/hdf5_state.h"
#include "corpus/plugin.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestEmbedderPlugins : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root_;

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    // Before the capability is known, as in a program without embedders.
    fs::create_directories(root_ / "early");
    fs::copy_file(fs::path(PLUGIN_VARIANTS) / "plugin_embedder_both.so", root_ / "early/early.so");
    const auto early = corpus::load_plugins({root_ / "early"});
    QCOMPARE(early.size(), std::size_t(1));
    QVERIFY2(early[0].error.find("needs the capability \"embedder\"") != std::string::npos, early[0].error.c_str());
    QVERIFY(corpus::ReaderRegistry::instance().find("reader-both") == nullptr);

    cluster::register_embedder_capability();
    const auto status = corpus::load_plugins({PLUGIN_VARIANTS});
    const std::map<std::string, std::string> expected = {
        {"plugin_embedder_both.so", ""},
        {"plugin_embedder_no_function.so",
         "lists the capability \"embedder\" but no function for it: pantograph_embedders_v1"},
        {"plugin_embedder_taken.so", "the embedder id \"tfidf-svd\" is taken by built in"}};
    QCOMPARE(status.size(), expected.size());
    for (const corpus::PluginStatus& one : status) {
      const std::string& text = expected.at(one.path.filename().string());
      if (text.empty()) QCOMPARE(one.error, text);
      QVERIFY2(one.error.find(text) != std::string::npos, one.error.c_str());
    }
  }

  void severalCapabilitiesOfOnePlugin() {
    const corpus::ReaderInfo* reader = corpus::ReaderRegistry::instance().find("reader-both");
    const cluster::EmbedderInfo* embedder = cluster::EmbedderRegistry::instance().find("length");
    QVERIFY(reader != nullptr && embedder != nullptr);
    QCOMPARE(reader->origin, embedder->origin);
    QCOMPARE(cluster::EmbedderRegistry::instance().all().size(), std::size_t(2));
  }

  void nothingStaysOfARefusedPlugin() {
    QVERIFY(corpus::ReaderRegistry::instance().find("reader-no_function") == nullptr);
    QVERIFY(cluster::EmbedderRegistry::instance().find("never-made") == nullptr);
    QVERIFY(corpus::ReaderRegistry::instance().find("reader-taken") ==
            nullptr);  // its readers alone would have been taken
    QCOMPARE(cluster::EmbedderRegistry::instance().find("tfidf-svd")->origin, std::string("built in"));
  }

  void worksAcrossTheBorder() {
    project::ClusteringSpec spec;
    spec.embedder = "length";
    auto embedder = cluster::EmbedderRegistry::instance().make(spec);
    embedder->fit({"1234", "12345678"}, 1, {});
    QVERIFY(embedder->embed({"1234"}, {}).values == std::vector<float>{0.5f});
    const fs::path path = root_ / "state.h5";
    replace_atomically(path, [&](const fs::path& part) {
      auto file = store::Hdf5File::create(part);
      cluster::Hdf5StateWriter state(file, "embedder");
      embedder->save(state);
      file.close();
    });
    auto again = cluster::EmbedderRegistry::instance().make(spec);
    const auto file = store::Hdf5File::open(path);
    again->load(cluster::Hdf5StateReader(file, "embedder"));
    QVERIFY(again->embed({"12"}, {}).values == std::vector<float>{0.25f});
    try {
      again->load(cluster::Hdf5StateReader(file, "elsewhere"));
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY2(error.kind() == ErrorKind::run && QString(error.what()).contains("elsewhere/unit"), error.what());
    }
  }

  void registryAndCapabilityRefuse() {
    const auto make = [](const cluster::EmbedderOptions&) { return std::unique_ptr<cluster::Embedder>(); };
    QVERIFY_EXCEPTION_THROWN(cluster::EmbedderRegistry::instance().add({"length", "Twice", make, "here"}), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::EmbedderRegistry::instance().add({"", "No id", make, "here"}), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::EmbedderRegistry::instance().add({"none", "No function", nullptr, "here"}),
                             Error);
    QVERIFY_EXCEPTION_THROWN(corpus::add_plugin_capability({"embedder", "f", nullptr}), Error);
    QVERIFY_EXCEPTION_THROWN(corpus::add_plugin_capability({"corpus-reader", "f", nullptr}), Error);
  }
};

QTEST_GUILESS_MAIN(TestEmbedderPlugins)
#include "test_embedder_plugins.moc"
