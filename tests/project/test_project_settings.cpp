// SPDX-License-Identifier: GPL-3.0-or-later
// `--set` over a project file, and counts as people write them.
#include <QtTest>
#include <limits>

#include "base/error.h"
#include "base/numbers.h"
#include "base/random.h"
#include "project/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const fs::path kFixture = fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/projects/schema-1.pantograph";

}  // namespace

class TestProjectSettings : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void settings_data();
  void settings();
  void settingsThatLeadNowhere_data();
  void settingsThatLeadNowhere();
  void settingsAreCheckedLikeTheFile();
  void counts_data();
  void counts();
  void badCounts_data();
  void badCounts();
  void countsRoundTrip();
};

void TestProjectSettings::settings_data() {
  QTest::addColumn<QString>("setting");
  QTest::addColumn<QString>("line");  // of the written project
  QTest::newRow("integer") << "clustering.clusters=8"
                           << "clusters = 8";
  QTest::newRow("spaces") << " clustering.clusters =  8 "
                          << "clusters = 8";
  QTest::newRow("count") << "method.slm-pn.generic.tokens=2M"
                         << "tokens = \"2M\"";
  QTest::newRow("a method by its name") << "method.scratch.generic.rate=0.5"
                                        << "rate = 0.5";
  QTest::newRow("a new table") << "method.slm.generic.warmup=5"
                               << "generic = { warmup = 5 }";
  QTest::newRow("a new grid") << "method.slm-pn.grid.h=[8,16]"
                              << "grid = { h = [8, 16] }";
  QTest::newRow("network") << "network.small.width=96"
                           << "width = 96";
  QTest::newRow("corpus") << "corpus.law.max_documents=100"
                          << "max_documents = 100";
  QTest::newRow("bare word") << "specialization.selection=frequent"
                             << "tokens_per_step = 4096";
  QTest::newRow("number for a word") << "specialization.selection=3"
                                     << "selection = \"3\"";
  QTest::newRow("list") << "specialization.tokens=[\"20k\", 5]"
                        << "tokens = [\"20k\", 5]";
  QTest::newRow("top level") << "seeds=[1, 2]"
                             << "seeds = [1, 2]";
  QTest::newRow("equals sign in the value") << "name=a=b"
                                            << "name = \"a=b\"";
  QTest::newRow("quoted") << "name=\"12\""
                          << "name = \"12\"";
  QTest::newRow("not TOML to break out of") << "name=x\nseed = 9"
                                            << "name = \"x\\nseed = 9\"";
  QTest::newRow("empty") << "tokenizer.model="
                         << "vocabulary = 8192";
}

void TestProjectSettings::settings() {
  QFETCH(QString, setting);
  QFETCH(QString, line);
  const project::Project p = project::load_project(kFixture, {setting.toStdString()});
  const std::string text = project::format_project(p);
  QVERIFY2(text.find(line.toStdString()) != std::string::npos, text.c_str());
  QVERIFY(!(p == project::load_project(kFixture)));
}

void TestProjectSettings::settingsThatLeadNowhere_data() {
  QTest::addColumn<QString>("setting");
  QTest::addColumn<int>("kind");
  QTest::addColumn<QString>("message");
  const int usage = static_cast<int>(ErrorKind::usage), project = static_cast<int>(ErrorKind::project);
  QTest::newRow("no value") << "clustering.clusters" << usage << "key=value";
  QTest::newRow("no key") << "=3" << usage << "key=value";
  QTest::newRow("empty part") << "clustering..clusters=3" << usage << "key=value";
  QTest::newRow("empty") << "" << usage << "key=value";
  QTest::newRow("unknown corpus") << "corpus.lav.max_documents=3" << project
                                  << "there is no corpus \"lav\"; expected \"encyclopedia\" or \"law\"";
  QTest::newRow("unknown method") << "method.slm-is.rate_t=3" << project
                                  << "expected \"slm\", \"scratch\", \"slm-pn\",";
  QTest::newRow("unknown network") << "network.big.width=3" << project << "there is no network \"big\"";
  QTest::newRow("no key of the corpus") << "corpus.law=3" << project << "corpus.NAME.KEY=value";
  QTest::newRow("too deep") << "seed.x=3" << project << "\"seed\" has no keys of its own";
}

void TestProjectSettings::settingsThatLeadNowhere() {
  QFETCH(QString, setting);
  QFETCH(int, kind);
  QFETCH(QString, message);
  try {
    project::load_project(kFixture, {setting.toStdString()});
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(static_cast<int>(e.kind()), kind);
    QVERIFY2(std::string(e.what()).find(message.toStdString()) != std::string::npos, e.what());
  }
}

void TestProjectSettings::settingsAreCheckedLikeTheFile() {
  const std::pair<const char*, const char*> cases[] = {
      {"clustering.clusters=many", "--set clustering.clusters=many: \"many\" is not a count"},
      {"clustering.cluster=3", "unknown key; expected \"clusters\", perhaps"},
      {"network.small.heads=7", "--set network.small.heads=7: found 7 heads for a width of 256"},
      {"specialization.domains=law", "--set specialization.domains=law: found a string; expected a list"},
      {"schema=2", "schema"},
  };
  for (const auto& [setting, message] : cases) {
    try {
      project::load_project(kFixture, {"seed=4", setting});
      QFAIL(setting);
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::project);
      QVERIFY2(std::string(e.what()).find(message) != std::string::npos, e.what());
    }
  }
}

void TestProjectSettings::counts_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<qulonglong>("value");
  QTest::addColumn<QString>("shortest");
  QTest::newRow("0") << "0" << 0ULL << "0";
  QTest::newRow("100k") << "100k" << 100'000ULL << "100k";
  QTest::newRow("K") << "64K" << 64'000ULL << "64k";
  QTest::newRow("1M") << "1M" << 1'000'000ULL << "1M";
  QTest::newRow("2.5M") << "2.5M" << 2'500'000ULL << "2.5M";
  QTest::newRow("2.50M") << "2.50M" << 2'500'000ULL << "2.5M";
  QTest::newRow("1.0k") << "1.0k" << 1000ULL << "1k";
  QTest::newRow("1G") << "1G" << 1'000'000'000ULL << "1G";
  QTest::newRow("1500") << "1500" << 1500ULL << "1500";
  QTest::newRow("8192") << "8192" << 8192ULL << "8192";
  QTest::newRow("1.234567M") << "1.234567M" << 1'234'567ULL << "1234567";
  QTest::newRow("999999") << "999999" << 999'999ULL << "999999";
  QTest::newRow("largest") << "18446744073709551615" << ~0ULL << "18446744073709551615";
  QTest::newRow("zeros in front") << "007k" << 7000ULL << "7k";
}

void TestProjectSettings::counts() {
  QFETCH(QString, text);
  QFETCH(qulonglong, value);
  QFETCH(QString, shortest);
  QCOMPARE(static_cast<qulonglong>(parse_count(text.toStdString())), value);
  QCOMPARE(QString::fromStdString(format_count(value)), shortest);
}

void TestProjectSettings::badCounts_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"",
                           "k",
                           "-1",
                           "+1",
                           "1.5",
                           "1.5001k",
                           ".5M",
                           "1.M",
                           "1..5M",
                           "1 M",
                           "1MB",
                           "1e6",
                           "0x10",
                           "ten",
                           "1_000",
                           "18446744073709551616",
                           "99999999999G",
                           " 1",
                           "1\n",
                           "٣"}) {
    QTest::newRow(text) << QString::fromUtf8(text);
  }
}

void TestProjectSettings::badCounts() {
  QFETCH(QString, text);
  try {
    parse_count(text.toStdString());
    QFAIL("accepted");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::usage);
  }
}

void TestProjectSettings::countsRoundTrip() {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::uint64_t value = random.next() >> random.below(64);
    if (i % 2 == 0) value = value / 1000 * 1000;
    QCOMPARE(parse_count(format_count(value)), value);
    QVERIFY(format_count(value).size() <= std::to_string(value).size());
  }
}
QTEST_GUILESS_MAIN(TestProjectSettings)
#include "test_project_settings.moc"
