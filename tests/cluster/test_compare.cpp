// SPDX-License-Identifier: GPL-3.0-or-later
// Comparison of clusterings: known values, the formulas written out over pairs, and artifacts that do not fit.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "cluster/compare.h"
#include "cluster/summary.h"
#include "store/hdf5.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

using Labels = std::vector<std::uint16_t>;

Labels random_labels(Random& random, std::size_t count, int clusters) {
  Labels out;
  while (out.size() < count)
    out.push_back(static_cast<std::uint16_t>(random.below(static_cast<std::uint64_t>(clusters))));
  return out;
}

/// Pair by pair, as Hubert and Arabie count: together in both, in a only, in b only, in neither.
double plain_adjusted_rand(const Labels& a, const Labels& b) {
  double both = 0, only_a = 0, only_b = 0, neither = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      double& count = a[i] == a[j] ? (b[i] == b[j] ? both : only_a) : (b[i] == b[j] ? only_b : neither);
      ++count;
    }
  }
  return 2 * (both * neither - only_a * only_b) /
         ((both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither));
}

/// H(a) + H(b) - H(a, b) over the mean of H(a) and H(b), each from a table of frequencies.
double plain_information(const Labels& a, const Labels& b) {
  const auto entropy = [&](const auto& label) {
    std::map<std::pair<int, int>, double> table;
    for (std::size_t i = 0; i < a.size(); ++i) ++table[label(i)];
    double out = 0;
    for (const auto& [key, count] : table)
      out -= count / static_cast<double>(a.size()) * std::log(count / static_cast<double>(a.size()));
    return out;
  };
  const double ha = entropy([&](std::size_t i) { return std::pair<int, int>(a[i], 0); });
  const double hb = entropy([&](std::size_t i) { return std::pair<int, int>(0, b[i]); });
  const double joint = entropy([&](std::size_t i) { return std::pair<int, int>(a[i], b[i]); });
  return (ha + hb - joint) / (0.5 * (ha + hb));
}

cluster::ClusterHistogram histogram_of(const Labels& labels, int clusters, std::uint64_t tokens) {
  std::vector<std::uint64_t> windows(static_cast<std::size_t>(clusters), 0), counts(windows);
  for (const auto label : labels) {
    ++windows[label];
    counts[label] += tokens;
  }
  return cluster::make_histogram(windows, counts);
}

struct Written {
  int clusters = 3, window = 64;
  std::uint64_t tokens = 64;  // of each window
  std::map<std::string, Labels> generic, domains;
};

fs::path write(const fs::path& folder, const Written& value) {
  fs::create_directories(folder);
  cluster::ClusteringSummary summary;
  summary.clusters = value.clusters;
  summary.window = value.window;
  summary.top_terms.resize(static_cast<std::size_t>(value.clusters));
  Labels generic;
  replace_atomically(folder / "clustering.h5", [&](const fs::path& part) {
    auto file = store::Hdf5File::create(part);
    for (const auto* corpora : {&value.generic, &value.domains}) {
      for (const auto& [name, labels] : *corpora) {
        file.write("assignments/" + name + "/train", {store::DataType::u16, {labels.size()}}, labels.data());
        file.write("assignments/" + name + "/test", {store::DataType::u16, {0}}, labels.data());
        if (corpora == &value.generic) generic.insert(generic.end(), labels.begin(), labels.end());
      }
    }
    file.close();
  });
  summary.generic = histogram_of(generic, value.clusters, value.tokens);
  for (const auto& [name, labels] : value.domains)
    summary.domains[name] = histogram_of(labels, value.clusters, value.tokens);
  cluster::write_clustering_summary(summary, folder);
  return folder;
}

}  // namespace

class TestCompare : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path root_;

 private Q_SLOTS:
  void initTestCase() { root_ = dir_.path().toStdString(); }

  void workedByHand() {
    // Six items: confusion [[2, 1], [0, 3]]. Pairs together in both: 1 + 3 = 4; in a: 3 + 3 = 6; in b: 1 + 6 = 7; of
    // 15. Expected 6·7/15 = 2.8, so ARI = (4 − 2.8) / (6.5 − 2.8) = 12/37.
    const auto agreement = cluster::compare_labels({0, 0, 0, 1, 1, 1}, 2, {0, 0, 1, 1, 1, 1}, 2);
    QCOMPARE(agreement.items, std::uint64_t(6));
    QVERIFY(agreement.confusion == (std::vector<std::vector<std::uint64_t>>{{2, 1}, {0, 3}}));
    QVERIFY(std::abs(agreement.adjusted_rand - 12.0 / 37.0) < 1e-12);
    // I = 1/3 ln(6·2/(3·2)) + 1/6 ln(6·1/(3·4)) + 1/2 ln(6·3/(3·4)) = 1/3 ln 2 − 1/6 ln 2 + 1/2 ln 1.5.
    const double information = std::log(2.0) / 6 + 0.5 * std::log(1.5);
    const double entropy_b = std::log(3.0) / 3 + 2.0 / 3 * std::log(1.5);
    QVERIFY(std::abs(agreement.mutual_information - information) < 1e-12);
    QVERIFY(std::abs(agreement.entropy_a - std::log(2.0)) < 1e-12);
    QVERIFY(std::abs(agreement.entropy_b - entropy_b) < 1e-12);
    QVERIFY(std::abs(agreement.normalised_mutual_information - 2 * information / (std::log(2.0) + entropy_b)) < 1e-12);
  }

  void knownValues() {
    Random random(3);
    const Labels a = random_labels(random, 20000, 8), b = random_labels(random, 20000, 5);
    const auto same = cluster::compare_labels(a, 8, a, 8);
    QCOMPARE(same.adjusted_rand, 1.0);
    QVERIFY(std::abs(same.normalised_mutual_information - 1) < 1e-12);
    Labels renamed;
    for (const auto label : a) renamed.push_back(static_cast<std::uint16_t>((label * 3 + 1) % 8));
    QCOMPARE(cluster::compare_labels(a, 8, renamed, 8).adjusted_rand, 1.0);
    const auto independent = cluster::compare_labels(a, 8, b, 5);
    QVERIFY2(std::abs(independent.adjusted_rand) < 2e-3, qPrintable(QString::number(independent.adjusted_rand)));
    QVERIFY(independent.normalised_mutual_information < 2e-3);
    // Crossed halves agree less than chance: no pair is together in both, of an expected 2/3. (0 − 2/3) / (2 − 2/3).
    QVERIFY(std::abs(cluster::compare_labels({0, 0, 1, 1}, 2, {0, 1, 0, 1}, 2).adjusted_rand + 0.5) < 1e-12);
  }

  void againstThePlainFormulas() {
    Random random(5);
    for (int round = 0; round < 30; ++round) {
      const int ka = 2 + static_cast<int>(random.below(6)), kb = 2 + static_cast<int>(random.below(6));
      const Labels a = random_labels(random, 120, ka);
      Labels b = random_labels(random, 120, kb);
      for (std::size_t i = 0; i < b.size(); i += 1 + random.below(3))
        b[i] = static_cast<std::uint16_t>(a[i] % kb);  // some agreement
      const auto agreement = cluster::compare_labels(a, ka, b, kb);
      QVERIFY(std::abs(agreement.adjusted_rand - plain_adjusted_rand(a, b)) < 1e-12);
      QVERIFY(std::abs(agreement.normalised_mutual_information - plain_information(a, b)) < 1e-12);
    }
  }

  void trivialPartitions() {
    for (const auto& [labels, clusters] : {std::pair(Labels{0, 0, 0}, 1), std::pair(Labels{0, 1, 2}, 3),
                                           std::pair(Labels{0}, 1), std::pair(Labels{}, 2)}) {
      const auto agreement = cluster::compare_labels(labels, clusters, labels, clusters);
      QCOMPARE(agreement.adjusted_rand, 1.0);
      QCOMPARE(agreement.normalised_mutual_information, 1.0);
    }
    const auto opposite = cluster::compare_labels({0, 0, 0}, 1, {0, 1, 2}, 3);
    QCOMPARE(opposite.adjusted_rand, 0.0);
    QCOMPARE(opposite.normalised_mutual_information, 0.0);
    QVERIFY_EXCEPTION_THROWN(cluster::compare_labels({0, 1}, 2, {0}, 2), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::compare_labels({0, 2}, 2, {0, 1}, 2), Error);
  }

  void twoArtifacts() {
    Written a, b;
    b.clusters = 2;
    a.generic = {{"books", {0, 1, 2, 2}}, {"web", {0, 0, 1}}};
    b.generic = {{"books", {1, 0, 0, 0}}, {"web", {1, 1, 0}}};
    a.domains = {{"law", {0, 0, 0, 1}}, {"cooking", {2, 2}}};
    b.domains = {{"law", {1, 1, 1, 1}}, {"chat", {0}}};
    const auto comparison = cluster::compare_clusterings(write(root_ / "a", a), write(root_ / "b", b));
    QCOMPARE(comparison.window, 64);
    QCOMPARE(comparison.clusters_a, 3);
    QCOMPARE(comparison.clusters_b, 2);
    const auto agreement = cluster::compare_labels({0, 1, 2, 2, 0, 0, 1}, 3, {1, 0, 0, 0, 1, 1, 0}, 2);
    QCOMPARE(comparison.agreement.items, std::uint64_t(7));
    QVERIFY(comparison.agreement.confusion == agreement.confusion);
    QVERIFY(comparison.agreement.confusion == (std::vector<std::vector<std::uint64_t>>{{0, 3}, {2, 0}, {2, 0}}));
    QCOMPARE(comparison.agreement.adjusted_rand, agreement.adjusted_rand);
    QCOMPARE(comparison.generic_b.top_fraction, 4.0 / 7);
    QCOMPARE(comparison.domains.size(), std::size_t(1));
    const auto& law = comparison.domains.at("law");
    QCOMPARE(law.windows, std::uint64_t(4));
    QCOMPARE(law.a.most_frequent, 0);
    QCOMPARE(law.a.top_fraction, 0.75);
    QVERIFY(std::abs(law.a.entropy - (0.75 * std::log(4.0 / 3) + 0.25 * std::log(4.0))) < 1e-12);
    QCOMPARE(law.b.most_frequent, 1);
    QCOMPARE(law.b.top_fraction, 1.0);
    QCOMPARE(law.b.entropy, 0.0);
    QVERIFY(comparison.only_a == std::vector<std::string>{"cooking"});
    QVERIFY(comparison.only_b == std::vector<std::string>{"chat"});

    const nlohmann::json json = cluster::to_json(comparison);
    QCOMPARE(json.at("generic").at("adjusted_rand").get<double>(), agreement.adjusted_rand);
    QVERIFY(json.at("generic").at("confusion") == nlohmann::json(agreement.confusion));
    QCOMPARE(json.at("domains").at("law").at("a").at("top_fraction").get<double>(), 0.75);
    QCOMPARE(json.at("only").at("b").at(0).get<std::string>(), std::string("chat"));
  }

  void otherWindowsAreRefused() {
    Written base;
    base.generic = {{"web", {0, 1, 2, 2}}};
    base.domains = {{"law", {0, 1}}};
    write(root_ / "base", base);
    const auto expect = [&](const Written& other, ErrorKind kind, const std::string& message) {
      try {
        cluster::compare_clusterings(root_ / "base", write(root_ / "other", other));
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == kind && QString(error.what()).contains(QString::fromStdString(message)), error.what());
        QVERIFY2(QString(error.what()).contains(QString::fromStdString((root_ / "other").string())), error.what());
      }
    };
    Written other = base;
    other.window = 48;
    expect(other, ErrorKind::input, "the windows' lengths differ: 64 tokens and 48 tokens");
    other = base;
    other.generic = {{"books", {0, 1, 2, 2}}};
    expect(other, ErrorKind::input, "the generic corpora differ: web and books");
    other = base;
    other.generic = {{"web", {0, 1, 2}}};
    expect(other, ErrorKind::input, "the windows of web differ: 4 and 3");
    other = base;
    other.domains = {{"law", {0, 1, 1}}};
    expect(other, ErrorKind::input, "the windows of law differ: 2 and 3");
    other = base;
    other.tokens = 63;
    expect(other, ErrorKind::input, "the tokens of the generic set differ: 256 and 252");

    write(root_ / "other", base);
    fs::resize_file(root_ / "other/clustering.h5", 100);
    QVERIFY_EXCEPTION_THROWN(cluster::compare_clusterings(root_ / "base", root_ / "other"), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::compare_clusterings(root_ / "base", root_ / "nowhere"), Error);
    // A summary that does not belong to its clusters: fewer of them, and a domain that was not clustered.
    Written fewer = base;
    fewer.clusters = 2;
    fewer.generic = {{"web", {0, 1, 1, 1}}};
    for (const bool domain : {false, true}) {
      Written wrong = domain ? base : fewer;
      if (domain) wrong.domains["chat"] = {0};
      write(root_ / "wrong", wrong);
      const std::string summary = read_file(root_ / "wrong/summary.json");
      write(root_ / "wrong", base);
      write_atomically(root_ / "wrong/summary.json", summary);
      try {
        cluster::compare_clusterings(root_ / "base", root_ / "wrong");
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == ErrorKind::run, error.what());
        QVERIFY2(QString(error.what()).contains(domain ? "no windows of chat" : "names cluster 2"), error.what());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestCompare)
#include "test_compare.moc"
