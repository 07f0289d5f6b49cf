// SPDX-License-Identifier: GPL-3.0-or-later
// Small JSON files of finished steps that were damaged in ways that no size tells: an error that names the file and
// whose remedy works, never a bare "key not found".
#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cluster/clustering.h"
#include "job/summaries.h"
#include "method/method.h"
#include "overlap/overlap_json.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestSummaries : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void roundTrip() {
    const store::Artifact artifact = fresh();
    corpus::ImportSummary imported;
    imported.files = 3;
    imported.documents[1] = 7;
    imported.bytes[2] = 1ull << 40;
    imported.dropped = {{"empty", {2, {"a.txt", "b.txt"}}}};
    imported.sources.other_kinds = {{".csv", 12}};
    imported.sources.excluded = 1;
    imported.encodings = {{"UTF-16LE", 1}};
    artifact.write_json("summary.json", job::to_json(imported));
    QCOMPARE(job::to_json(job::read_import_summary(artifact)).dump(), job::to_json(imported).dump());
    token::TokenSummary tokens;
    tokens.documents[0] = 5;
    tokens.tokens[0] = 1234;
    artifact.write_json("summary.json", job::to_json(tokens));
    QCOMPARE(job::to_json(job::read_token_summary(artifact)).dump(), job::to_json(tokens).dump());
  }

  /// Every letter of a summary in its turn: it is read, or refused in words.
  void everyLetter_data() {
    QTest::addColumn<QString>("sort");
    for (const char* sort : {"import", "tokens", "overlap"}) QTest::newRow(sort) << sort;
  }
  void everyLetter() {
    QFETCH(QString, sort);
    const store::Artifact artifact = fresh();
    const auto file = artifact.file(sort == "overlap" ? overlap::kOverlapFile : "summary.json");
    corpus::ImportSummary imported;
    imported.dropped = {{"empty", {2, {"a.txt", "b.txt"}}}};
    artifact.write_json("summary.json",
                        sort == "import" ? job::to_json(imported) : job::to_json(token::TokenSummary{}));
    overlap::Overlap found;
    found.leaks["law"].most.push_back({{"law", corpus::Split::test, 3, "text"}, 0.5, 0});
    found.near_copies["law"].first.push_back(
        {{"law", corpus::Split::train, 7, "a"}, {"law", corpus::Split::test, 8, "b"}});
    if (sort == "overlap") artifact.write_json(overlap::kOverlapFile, overlap::to_json(found));
    const std::string whole = read_file(file);
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = changed[at] == 'x' ? 'y' : 'x';
      write_atomically(file, changed);
      try {
        if (sort == "import") job::read_import_summary(artifact);
        if (sort == "tokens") job::read_token_summary(artifact);
        if (sort == "overlap") job::read_overlap(artifact);
      } catch (const Error& e) {
        ++refused;
        QCOMPARE(e.kind(), ErrorKind::run);
        QCOMPARE(e.text().where, file.string());
        QCOMPARE(e.text().remedy, "Delete the folder " + artifact.folder().string() + " and run again.");
      }
    }
    QVERIFY(refused > static_cast<int>(whole.size()) / 2);
  }

  void ofAPretraining() {
    const store::Artifact artifact = fresh();
    for (const char* text : {"{}", R"({"config": {"layers": 1}})", R"({"config": 3})", "[", ""}) {
      write_atomically(artifact.file("summary.json"), text);
      try {
        method::read_pretrain_summary(artifact.folder());
        QFAIL(text);
      } catch (const Error& e) {
        QCOMPARE(e.kind(), ErrorKind::run);
        QCOMPARE(e.text().where, artifact.file("summary.json").string());
        QCOMPARE(e.text().remedy, "Delete the folder " + artifact.folder().string() + " and run again.");
      }
    }
  }

 private:
  store::Artifact fresh() {
    const store::Artifact artifact(fs::path(dir_.path().toStdString()) / std::to_string(++number_), "step",
                                   "0123456789abcdef");
    artifact.begin();
    return artifact;
  }
  QTemporaryDir dir_;
  int number_ = 0;
};

QTEST_GUILESS_MAIN(TestSummaries)
#include "test_summaries.moc"
