// SPDX-License-Identifier: GPL-3.0-or-later
// The clustering step from documents to samplers: topics are found, files are complete, misfits are refused.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "cluster/clustering.h"
#include "cluster/terms.h"
#include "corpus/document.h"
#include "token/token_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const char* const kTopics[3][12] = {{"court", "judge", "appeal", "statute", "plaintiff", "verdict", "contract",
                                     "counsel", "evidence", "tribunal", "clause", "damages"},
                                    {"flour", "butter", "oven", "simmer", "garlic", "onion", "saucepan", "whisk",
                                     "recipe", "pepper", "dough", "teaspoon"},
                                    {"kernel", "pointer", "buffer", "compile", "socket", "thread", "syscall", "linker",
                                     "header", "process", "signal", "memory"}};
const char* const kCommon[] = {"the", "of", "and", "to", "a", "in", "is", "with", "for", "that"};

std::string topic_text(Random& random, int topic, int sentences) {
  std::string text;
  for (int s = 0; s < sentences; ++s) {
    for (int w = 0; w < 12; ++w) {
      text += w % 2 == 0 ? kCommon[random.below(10)] : kTopics[topic][random.below(12)];
      text += w == 11 ? ".\n" : " ";
    }
  }
  return text;
}

int topic_of(const std::string& text) {
  for (int topic = 0; topic < 3; ++topic) {
    for (const char* word : kTopics[topic]) {
      if (text.find(word) != std::string::npos) return topic;
    }
  }
  return -1;
}

}  // namespace

class TestClustering : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir dir_;
  fs::path root_;
  std::unique_ptr<token::Tokenizer> tokenizer_;
  std::vector<cluster::ClusteringInput> inputs_;

  static project::ClusteringSpec spec(int clusters) {
    project::ClusteringSpec value;
    value.clusters = clusters;
    value.features = 4096;
    value.dimensions = 16;
    return value;
  }

  void import(const std::string& name, project::Role role, const std::vector<std::vector<std::string>>& splits) {
    project::CorpusSpec corpus;
    corpus.name = name;
    corpus.role = role;
    corpus.reader = "jsonl";
    std::vector<std::string>* files[] = {&corpus.train, &corpus.validation, &corpus.test};
    for (std::size_t s = 0; s < splits.size(); ++s) {
      if (splits[s].empty()) continue;
      const std::string file = name + std::to_string(s) + ".jsonl";
      std::ofstream out(root_ / file);
      for (const auto& text : splits[s]) out << nlohmann::json{{"text", text}}.dump() << "\n";
      files[s]->push_back(file);
    }
    corpus::import_corpus(corpus, root_, 1, root_ / name / "documents", {});
  }

  std::vector<std::pair<std::string, std::shared_ptr<const token::TokenStore>>> stores(
      const std::vector<std::string>& names) const {
    std::vector<std::pair<std::string, std::shared_ptr<const token::TokenStore>>> out;
    for (const auto& name : names) out.emplace_back(name, std::make_shared<token::TokenStore>(root_ / name / "tokens"));
    return out;
  }

 private Q_SLOTS:
  void initTestCase() {
    corpus::register_built_in_readers();
    root_ = dir_.path().toStdString();
    Random random(12);
    std::vector<std::vector<std::string>> generic(3), law(3);
    for (int i = 0; i < 150; ++i) {
      generic[0].push_back(topic_text(random, i % 3, 4 + int(random.below(20))));
      if (i % 5 == 0) generic[1].push_back(topic_text(random, i % 3, 8));
    }
    for (int i = 0; i < 20; ++i) law[i < 10 ? 0 : i < 15 ? 1 : 2].push_back(topic_text(random, 0, 10));
    import("web", project::Role::generic, generic);
    import("law", project::Role::domain, law);
    project::TokenizerSpec tokens;
    tokens.vocabulary = 360;
    token::train_tokenizer(tokens, root_, {root_ / "web" / "documents"}, 1, root_ / "tokenizer.model", {});
    tokenizer_ = std::make_unique<token::Tokenizer>(root_ / "tokenizer.model");
    for (const char* name : {"web", "law"})
      token::tokenize_corpus(*tokenizer_, root_ / name / "documents", root_ / name / "tokens", 2, {});
    inputs_ = {{"web", project::Role::generic, root_ / "web" / "tokens"},
               {"law", project::Role::domain, root_ / "law" / "tokens"}};
  }

  void topicsAreSeparated() {
    double done = 0, total = 0;
    TaskContext task;
    task.on_progress = [&](double now, double all, const std::string& unit) {
      if (unit != "windows") return;
      QVERIFY(now >= done);
      done = now;
      total = all;
    };
    const auto summary = cluster::cluster_corpora(spec(3), 64, *tokenizer_, inputs_, 7, root_ / "clustering", task);
    QCOMPARE(done, total);
    QVERIFY(total > 0);

    const auto set = cluster::clustered_windows(root_ / "clustering", stores({"web"}), corpus::Split::train);
    const corpus::DocumentStore documents(root_ / "web" / "documents");
    std::vector<std::uint64_t> ends;
    const auto file = store::Hdf5File::open(root_ / "web" / "tokens" / "tokens.h5");
    ends = file.read_all<std::uint64_t>("ends/train", store::DataType::u64);
    std::map<int, std::set<int>> clusters_of;
    int strays = 0;
    std::map<std::pair<int, int>, int> table;
    for (const auto& e : set.entries) {
      const auto document = std::upper_bound(ends.begin(), ends.end(), e.window.begin) - ends.begin();
      ++table[{topic_of(documents.text(corpus::Split::train, std::uint64_t(document))), e.cluster}];
    }
    for (int topic = 0; topic < 3; ++topic) {
      int best = 0, sum = 0;
      for (int c = 0; c < 3; ++c) {
        sum += table[{topic, c}];
        if (table[{topic, c}] > table[{topic, best}]) best = c;
      }
      strays += sum - table[{topic, best}];
      clusters_of[best].insert(topic);
    }
    QCOMPARE(clusters_of.size(), std::size_t(3));
    QVERIFY2(strays < int(set.entries.size()) / 50, qPrintable(QString::number(strays)));

    // The law domain sits in the cluster of the law topic, whose terms are the topic's words and not the common ones.
    const auto& law = summary.domains.at("law");
    QVERIFY(law.top_fraction > 0.97);
    QVERIFY(law.entropy < 0.2);
    std::set<std::string> words(std::begin(kTopics[0]), std::end(kTopics[0]));
    const auto& terms = summary.top_terms[std::size_t(law.most_frequent)];
    QCOMPARE(terms.size(), std::size_t(10));
    for (const auto& term : terms) QVERIFY2(words.count(term), term.c_str());
  }

  void summaryAndFilesAgree() {
    const auto made = cluster::cluster_corpora(spec(4), 48, *tokenizer_, inputs_, 7, root_ / "agree", {});
    const auto read = cluster::read_clustering_summary(root_ / "agree");
    QCOMPARE(read.clusters, 4);
    QCOMPARE(read.window, 48);
    QCOMPARE(read.dimensions, made.dimensions);
    QCOMPARE(read.inertia, made.inertia);
    QVERIFY(read.top_terms == made.top_terms && read.variance == made.variance);
    QVERIFY(read.generic.windows == made.generic.windows && read.generic.tokens == made.generic.tokens);
    QCOMPARE(read.domains.size(), std::size_t(1));
    QCOMPARE(read.domains.at("law").entropy, made.domains.at("law").entropy);

    for (const corpus::Split split : {corpus::Split::train, corpus::Split::validation, corpus::Split::test}) {
      const auto set = cluster::clustered_windows(root_ / "agree", stores({"web", "law"}), split);
      QCOMPARE(set.clusters, 4);
      QCOMPARE(set.stores.size(), std::size_t(2));
      std::uint64_t tokens = 0;
      for (const auto& store : set.stores) tokens += store->tokens(split);
      QCOMPARE(set.tokens(), tokens);
      if (split == corpus::Split::train) {
        std::vector<std::uint64_t> windows(4, 0), counted(4, 0);
        for (const auto& e : set.entries) {
          if (e.store != 0) continue;
          ++windows[e.cluster];
          counted[e.cluster] += e.window.length;
        }
        QVERIFY(windows == made.generic.windows && counted == made.generic.tokens);
      }
    }
    const auto file = store::Hdf5File::open(root_ / "agree" / "clustering.h5");
    QCOMPARE(file.shape("centroids").dims, (std::vector<std::uint64_t>{4, std::uint64_t(made.dimensions)}));
  }

  void sameSeedSameFile() {
    cluster::cluster_corpora(spec(5), 64, *tokenizer_, inputs_, 3, root_ / "a", {});
    cluster::cluster_corpora(spec(5), 64, *tokenizer_, inputs_, 3, root_ / "b", {});
    const auto a = store::Hdf5File::open(root_ / "a" / "clustering.h5"),
               b = store::Hdf5File::open(root_ / "b" / "clustering.h5");
    QVERIFY(a.read_all<float>("centroids", store::DataType::f32) ==
            b.read_all<float>("centroids", store::DataType::f32));
    QVERIFY(a.read_all<std::uint16_t>("assignments/web/train", store::DataType::u16) ==
            b.read_all<std::uint16_t>("assignments/web/train", store::DataType::u16));
    QCOMPARE(read_file(root_ / "a" / "summary.json"), read_file(root_ / "b" / "summary.json"));
  }

  void aSampleIsEnough() {
    auto small = spec(3);
    small.sample_windows = 100;
    const auto summary = cluster::cluster_corpora(small, 64, *tokenizer_, inputs_, 7, root_ / "sample", {});
    QVERIFY(summary.domains.at("law").top_fraction > 0.9);
    small.sample_windows = 2;  // fewer than clusters: as many as needed
    cluster::cluster_corpora(small, 64, *tokenizer_, inputs_, 7, root_ / "sample", {});
  }

  void oneClusterHoldsAll() {
    const auto summary = cluster::cluster_corpora(spec(1), 64, *tokenizer_, inputs_, 7, root_ / "one", {});
    QCOMPARE(summary.generic.top_fraction, 1.0);
    QCOMPARE(summary.generic.entropy, 0.0);
  }

  void moreClustersThanWindows() {
    try {
      cluster::cluster_corpora(spec(60000), 64, *tokenizer_, inputs_, 7, root_ / "never", {});
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::input);
      QVERIFY2(QString(error.what()).contains("60000 clusters of "), error.what());
    }
    QVERIFY(!fs::exists(root_ / "never"));
  }

  void stopLeavesNothingHalf() {
    Control control;
    TaskContext task;
    task.control = &control;
    task.on_progress = [&](double, double, const std::string& unit) {
      if (unit == "windows") control.stop();
    };
    QVERIFY_EXCEPTION_THROWN(cluster::cluster_corpora(spec(3), 64, *tokenizer_, inputs_, 7, root_ / "stopped", task),
                             Interrupted);
    QVERIFY(!fs::exists(root_ / "stopped" / "clustering.h5"));
    QVERIFY(!fs::exists(root_ / "stopped" / "clustering.h5.part"));
    QVERIFY(!fs::exists(root_ / "stopped" / "summary.json"));
  }

  void misfitsAreRefused() {
    cluster::cluster_corpora(spec(3), 64, *tokenizer_, inputs_, 7, root_ / "fits", {});
    const auto expect_run = [](const auto& action, const char* part) {
      try {
        action();
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == ErrorKind::run && QString(error.what()).contains(part), error.what());
      }
    };
    auto other = stores({"web"});
    other[0].first = "law";
    expect_run([&] { cluster::clustered_windows(root_ / "fits", other, corpus::Split::train); }, "windows");
    other[0].first = "unknown";
    expect_run([&] { cluster::clustered_windows(root_ / "fits", other, corpus::Split::train); }, "unknown");
    expect_run([&] { cluster::read_clustering_summary(root_ / "nowhere"); }, "summary.json");
    write_atomically(root_ / "fits" / "summary.json", "{\"clusters\": 3");
    expect_run([&] { cluster::read_clustering_summary(root_ / "fits"); }, "summary.json");
    write_atomically(root_ / "fits" / "summary.json", "{\"clusters\": 3}");
    expect_run([&] { cluster::read_clustering_summary(root_ / "fits"); }, "summary.json");
  }

  void histograms() {
    const auto even = cluster::make_histogram({5, 5, 5, 5}, {50, 50, 50, 50});
    QCOMPARE(even.most_frequent, 0);
    QCOMPARE(even.top_fraction, 0.25);
    QVERIFY(std::abs(even.entropy - std::log(4.0)) < 1e-12);
    const auto skewed = cluster::make_histogram({0, 1, 3}, {0, 9, 1});
    QCOMPARE(skewed.most_frequent, 2);
    QCOMPARE(skewed.top_fraction, 0.75);
    QVERIFY(std::abs(skewed.entropy - (0.75 * std::log(4.0 / 3) + 0.25 * std::log(4.0))) < 1e-12);
    const auto single = cluster::make_histogram({0, 7}, {0, 1});
    QCOMPARE(single.entropy, 0.0);
    QVERIFY(!std::signbit(single.entropy));
    QCOMPARE(cluster::make_histogram({0, 0}, {0, 0}).top_fraction, 0.0);
  }

  void termsPreferLift() {
    std::vector<std::string> texts;
    std::vector<std::uint32_t> labels;
    for (int i = 0; i < 40; ++i) {
      const bool first = i % 2 == 0;
      texts.push_back(std::string("the and 1234 ab ") + (first ? "Apple apple" : "engine") +
                      (i == 0 ? " singular" : ""));
      labels.push_back(first ? 0 : 1);
    }
    const auto terms = cluster::top_terms(texts, labels, 3, 5);
    QCOMPARE(terms[0], std::vector<std::string>{"apple"});
    QCOMPARE(terms[1], std::vector<std::string>{"engine"});
    QVERIFY(terms[2].empty());
  }
};

QTEST_GUILESS_MAIN(TestClustering)
#include "test_clustering.moc"
