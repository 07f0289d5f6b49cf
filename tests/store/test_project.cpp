// SPDX-License-Identifier: GPL-3.0-or-later
// The project file: what loads, how it is written, `--set`, counts. Refusals are in test_project_errors.cpp.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "store/project_fields.h"
#include "store/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const fs::path kFixture = fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/projects/schema-1.pantograph";

Project parse(const std::string& text) {
  return parse_project(text, "p.pantograph");
}

Project round_trip(const Project& project) {
  return parse_project(format_project(project), project.file);
}

}  // namespace

class TestProject : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void schema1LoadsForEver();
  void everyKeyIsInFixtureAndDocs();
  void defaults();
  void emptyProjectRoundTrips();
  void defaultsAreLeftOut();
  void everythingRoundTrips();
  void randomValuesRoundTrip();
  void networksKeepTheirOrder();
  void savesAndLoads();
  void savingKeepsWhatItCannotReplace();
  void derivedPaths();
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

void TestProject::schema1LoadsForEver() {
  const Project p = load_project(kFixture);
  QCOMPARE(p.schema, kProjectSchema);
  QCOMPARE(p.name, std::string("house-documents"));
  QCOMPARE(p.seed, std::uint64_t{11});
  QCOMPARE(p.seeds, (std::vector<std::uint64_t>{11, std::numeric_limits<std::uint64_t>::max()}));
  QCOMPARE(p.evaluation_tokens, std::uint64_t{150'000});
  QCOMPARE(p.corpora.size(), 2U);
  const CorpusSpec& c = p.corpora[0];
  QCOMPARE(c.name, std::string("encyclopedia"));
  QCOMPARE(c.role, Role::generic);
  QCOMPARE(c.reader, std::string("jsonl"));
  QCOMPARE(c.paths, (std::vector<std::string>{"text/wiki/*.jsonl.zst", "more \"quoted\" \\ größe"}));
  QCOMPARE(c.exclude, (std::vector<std::string>{"*/drafts/*"}));
  QCOMPARE(c.validation_fraction, 0.03);
  QCOMPARE(c.test_fraction, 0.02);
  QCOMPARE(c.max_documents, std::uint64_t{1000});
  QCOMPARE(c.max_bytes, std::uint64_t{2'500'000'000});
  QCOMPARE(c.min_characters, std::uint64_t{20});
  QCOMPARE(p.corpora[1].role, Role::domain);
  QCOMPARE(p.corpora[1].train, (std::vector<std::string>{"text/law.train.txt"}));
  QCOMPARE(p.corpora[1].validation, (std::vector<std::string>{"text/law.valid.txt"}));
  QCOMPARE(p.corpora[1].test, (std::vector<std::string>{"text/law.test.txt"}));
  QCOMPARE(p.tokenizer, (TokenizerSpec{8192, "bpe", "some.model", 20'000'000}));
  QCOMPARE(p.clustering, (ClusteringSpec{"other", 24, 200, 4096, 32, 1000, 5, 10, ""}));
  QCOMPARE(p.small, (std::vector<SmallNetworkSpec>{
                        {"small", 4, 256, 8, 1000, 256}, {"large", 3, 192, 6, 0, 64}, {"another", 3, 96, 3, 0, 64}}));
  QCOMPARE(p.projected, (std::vector<ProjectedNetworkSpec>{{"projected", "small", 24, 12}}));
  QCOMPARE(p.methods.size(), 7U);
  MethodSpec slm, pn;
  slm.name = slm.kind = "slm";
  slm.network = "small";
  QCOMPARE(p.methods[0], slm);
  QCOMPARE(p.methods[1].name, std::string("scratch"));
  const GenericSpec g{20'000'000, {}, 4096, 1.5e-3, 200, "linear", 0.05, 1.0, 0.01, 4, 2, 0.1, 12.5, "bf16"};
  pn.name = pn.kind = "slm-pn";
  pn.network = "projected";
  pn.generic = g;
  pn.rate_t = 0.5;
  pn.rate_e = 0.75;
  pn.rate_m = 2.0;
  pn.t_moments = "bf16";
  QCOMPARE(p.methods[2], pn);
  MethodSpec llm, student, mixture;
  llm.name = "big";
  llm.kind = "llm";
  llm.network = "large";
  llm.generic.tokens = 20'000'000;
  llm.generic.budgets = {5'000'000, 10'000'000};
  llm.generic.schedule = "constant";
  llm.start = "seedling";
  llm.start_variant = "diagonal";
  llm.start_noise = 7.5;
  llm.rate_factor = 2.5;
  llm.adaptation = "lora";
  llm.lora_rank = 4;
  llm.lora_alpha = 32;
  QCOMPARE(p.methods[3], llm);
  student.name = student.kind = "slm-d";
  student.network = "another";
  student.pretrained = "seedling";
  student.teacher = "big";
  student.temperature = 2;
  student.teacher_weight = 0.75;
  QCOMPARE(p.methods[4], student);
  mixture.name = "mixture";
  mixture.kind = "slm-mix";
  mixture.network = "small";
  mixture.clusters = 8;
  mixture.selection = "3";
  mixture.experts = "needed";
  QCOMPARE(p.methods[5], mixture);
  QCOMPARE(p.specialization,
           (SpecializationSpec{{"law"}, {100'000, 1'000'000}, "best-before", 0.25, 4096, 500, 10, 25, 3, "bf16"}));
  QCOMPARE(p.file, kFixture);
  QCOMPARE(p.window(), 200);
}

void TestProject::everyKeyIsInFixtureAndDocs() {
  const std::string fixture = read_file(kFixture);
  const std::string docs = read_file(fs::path(PANTOGRAPH_SOURCE_DIR) / "docs/FORMATS.md");
  int keys = 0;
  const auto look = [&](const char* key, auto) {
    ++keys;
    QVERIFY2(fixture.find(std::string(key) + " = ") != std::string::npos, key);
    QVERIFY2(docs.find('`' + std::string(key) + '`') != std::string::npos, key);
  };
  detail::visit_fields(static_cast<CorpusSpec*>(nullptr), look);
  detail::visit_fields(static_cast<TokenizerSpec*>(nullptr), look);
  detail::visit_fields(static_cast<ClusteringSpec*>(nullptr), look);
  detail::visit_fields(static_cast<SmallNetworkSpec*>(nullptr), look);
  detail::visit_fields(static_cast<ProjectedNetworkSpec*>(nullptr), look);
  detail::visit_fields(static_cast<GenericSpec*>(nullptr), look);
  detail::visit_fields(static_cast<MethodSpec*>(nullptr), look);
  detail::visit_fields(static_cast<SpecializationSpec*>(nullptr), look);
  QVERIFY(keys > 60);
}

void TestProject::defaults() {
  const Project p = parse("schema = 1\nseed = 3\n");
  Project expected;
  expected.seed = 3;
  expected.seeds = {3};
  QCOMPARE(p, expected);
  QCOMPARE(p.window(), SmallNetworkSpec{}.context);
  QCOMPARE(parse("schema = 1\n"), Project{});
}

void TestProject::emptyProjectRoundTrips() {
  QCOMPARE(format_project(Project{}), std::string("schema = 1\nname = \"untitled\"\nseed = 7\n"));
  QCOMPARE(round_trip(Project{}), Project{});
}

void TestProject::defaultsAreLeftOut() {
  const Project p = parse(
      "schema = 1\n[[corpus]]\nname = 'a'\n[network.small]\nlayers = 2\n[[method]]\nkind = 'slm'\nnetwork = 'small'\n"
      "generic = { tokens = '2M', rate = 1 }\n");
  QCOMPARE(format_project(p), std::string("schema = 1\nname = \"untitled\"\nseed = 7\n"
                                          "\n[[corpus]]\nname = \"a\"\nrole = \"generic\"\nreader = \"text\"\n"
                                          "\n[network.small]\nlayers = 2\nwidth = 64\nheads = 4\ncontext = 128\n"
                                          "\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n"
                                          "generic = { tokens = \"2M\", rate = 1.0 }\n"));
}

void TestProject::everythingRoundTrips() {
  const Project p = load_project(kFixture);
  const Project back = round_trip(p);
  QCOMPARE(back, p);
  QCOMPARE(format_project(back), format_project(p));
}

// Doubles, big integers, odd text: whatever the rules allow reads back to the same value.
void TestProject::randomValuesRoundTrip() {
  Random random(5);
  const Project base = load_project(kFixture);
  for (int i = 0; i < 300; ++i) {
    Project p = base;
    p.seed = random.next() >> random.below(64);
    p.seeds = {random.next(), random.next() >> 40, 10'000, 0};
    p.evaluation_tokens = random.next() >> random.below(64);
    p.corpora[0].max_bytes = random.below(1000) * 1'000'000;
    p.corpora[0].validation_fraction = random.uniform() / 3;
    p.corpora[0].test_fraction = random.uniform() * 1e-7;
    p.name = std::string(1, 'n');
    for (int c = 0; c < 12; ++c) p.name += static_cast<char>(1 + random.below(127));
    p.methods[2].generic.rate = std::exp(random.normal() * 20);
    p.methods[2].generic.clip = std::exp(random.normal() * 200);
    p.methods[2].rate_t = random.below(100) == 0 ? 0 : 1.0 / static_cast<double>(1 + random.below(1000));
    p.specialization.rate_factor = std::nextafter(1.0 / 3.0, random.uniform());
    p.specialization.tokens = {1 + random.below(1'000'000), 3'000'000 + random.below(1ULL << 40)};
    const Project back = round_trip(p);
    QVERIFY2(back == p, format_project(p).c_str());
  }
}

void TestProject::networksKeepTheirOrder() {
  const Project p = parse(
      "schema = 1\n[network.zebra]\nlayers = 1\n[network.pz]\nsmall = 'ant'\n[network.ant]\ncontext = 32\n"
      "[network.pa]\nsmall = 'zebra'\n");
  QCOMPARE(p.small[0].name, std::string("zebra"));
  QCOMPARE(p.small[1].name, std::string("ant"));
  QCOMPARE(p.projected[0].name, std::string("pz"));
  QCOMPARE(p.projected[1].name, std::string("pa"));
  QCOMPARE(p.window(), 128);
  QCOMPARE(round_trip(p), p);
  const Project inline_tables = parse("schema = 1\nnetwork = { b = { layers = 3 }, a = { layers = 4 } }\n");
  QCOMPARE(inline_tables.small[0].name, std::string("b"));
}

void TestProject::savesAndLoads() {
  Project p = load_project(kFixture);
  save_project(p, path("saved.pantograph"));
  QCOMPARE(load_project(path("saved.pantograph")), p);
  QVERIFY(!fs::exists(path("saved.pantograph.part")));
}

void TestProject::savingKeepsWhatItCannotReplace() {
  const Project good = load_project(kFixture);
  save_project(good, path("kept.pantograph"));
  const std::string before = read_file(path("kept.pantograph"));
  Project bad = good;
  bad.small[0].heads = 7;
  QVERIFY_EXCEPTION_THROWN(save_project(bad, path("kept.pantograph")), Error);
  bad = good;
  bad.corpora[0].paths = {"not \xff utf-8"};
  QVERIFY_EXCEPTION_THROWN(save_project(bad, path("kept.pantograph")), Error);
  QCOMPARE(read_file(path("kept.pantograph")), before);
  QVERIFY_EXCEPTION_THROWN(save_project(good, path("no/such/folder/x.pantograph")), Error);
  QVERIFY_EXCEPTION_THROWN(save_project(good, "/proc/x.pantograph"), Error);
}

void TestProject::derivedPaths() {
  Project p;
  p.file = "/data/study/house.v2.pantograph";
  QCOMPARE(p.folder(), fs::path("/data/study"));
  QCOMPARE(p.artifacts(), fs::path("/data/study/house.v2.artifacts"));
  p.file = "x.pantograph";
  QCOMPARE(p.folder(), fs::current_path());
  p.file.clear();
  QCOMPARE(p.artifacts(), fs::current_path() / "untitled.artifacts");
  QVERIFY(p.corpus("x") == nullptr && p.method("x") == nullptr);
}

void TestProject::settings_data() {
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

void TestProject::settings() {
  QFETCH(QString, setting);
  QFETCH(QString, line);
  const Project p = load_project(kFixture, {setting.toStdString()});
  const std::string text = format_project(p);
  QVERIFY2(text.find(line.toStdString()) != std::string::npos, text.c_str());
  QVERIFY(!(p == load_project(kFixture)));
}

void TestProject::settingsThatLeadNowhere_data() {
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

void TestProject::settingsThatLeadNowhere() {
  QFETCH(QString, setting);
  QFETCH(int, kind);
  QFETCH(QString, message);
  try {
    load_project(kFixture, {setting.toStdString()});
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(static_cast<int>(e.kind()), kind);
    QVERIFY2(std::string(e.what()).find(message.toStdString()) != std::string::npos, e.what());
  }
}

void TestProject::settingsAreCheckedLikeTheFile() {
  const std::pair<const char*, const char*> cases[] = {
      {"clustering.clusters=many", "--set clustering.clusters=many: \"many\" is not a count"},
      {"clustering.cluster=3", "unknown key; expected \"clusters\", perhaps"},
      {"network.small.heads=7", "--set network.small.heads=7: found 7 heads for a width of 256"},
      {"specialization.domains=law", "--set specialization.domains=law: found a string; expected a list"},
      {"schema=2", "schema"},
  };
  for (const auto& [setting, message] : cases) {
    try {
      load_project(kFixture, {"seed=4", setting});
      QFAIL(setting);
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::project);
      QVERIFY2(std::string(e.what()).find(message) != std::string::npos, e.what());
    }
  }
}

void TestProject::counts_data() {
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

void TestProject::counts() {
  QFETCH(QString, text);
  QFETCH(qulonglong, value);
  QFETCH(QString, shortest);
  QCOMPARE(static_cast<qulonglong>(parse_count(text.toStdString())), value);
  QCOMPARE(QString::fromStdString(format_count(value)), shortest);
}

void TestProject::badCounts_data() {
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

void TestProject::badCounts() {
  QFETCH(QString, text);
  try {
    parse_count(text.toStdString());
    QFAIL("accepted");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::usage);
  }
}

void TestProject::countsRoundTrip() {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::uint64_t value = random.next() >> random.below(64);
    if (i % 2 == 0) value = value / 1000 * 1000;
    QCOMPARE(parse_count(format_count(value)), value);
    QVERIFY(format_count(value).size() <= std::to_string(value).size());
  }
}

QTEST_GUILESS_MAIN(TestProject)
#include "test_project.moc"
