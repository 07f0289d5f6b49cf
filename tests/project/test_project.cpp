// SPDX-License-Identifier: GPL-3.0-or-later
// The project file: what loads, how it is written. `--set` and counts are in test_project_settings.cpp, refusals in
// test_project_errors.cpp.
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "project/project_fields.h"
#include "project/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/projects";
const fs::path kFixture = kFixtures / "schema-1.pantograph", kSweepFixture = kFixtures / "schema-1-sweep.pantograph";

project::Project parse(const std::string& text) {
  return project::parse_project(text, "p.pantograph");
}

project::Project round_trip(const project::Project& project) {
  return project::parse_project(project::format_project(project), project.file);
}

}  // namespace

class TestProject : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void schema1LoadsForEver();
  void sweepsLoadForEver();
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
};

void TestProject::schema1LoadsForEver() {
  const project::Project p = project::load_project(kFixture);
  QCOMPARE(p.schema, project::kProjectSchema);
  QCOMPARE(p.name, std::string("house-documents"));
  QCOMPARE(p.seed, std::uint64_t{11});
  QCOMPARE(p.seeds, (std::vector<std::uint64_t>{11, std::numeric_limits<std::uint64_t>::max()}));
  QCOMPARE(p.evaluation_tokens, std::uint64_t{150'000});
  QCOMPARE(p.corpora.size(), 2U);
  const project::CorpusSpec& c = p.corpora[0];
  QCOMPARE(c.name, std::string("encyclopedia"));
  QCOMPARE(c.role, project::Role::generic);
  QCOMPARE(c.reader, std::string("jsonl"));
  QCOMPARE(c.paths, (std::vector<std::string>{"text/wiki/*.jsonl.zst", "more \"quoted\" \\ größe"}));
  QCOMPARE(c.exclude, (std::vector<std::string>{"*/drafts/*"}));
  QCOMPARE(c.validation_fraction, 0.03);
  QCOMPARE(c.test_fraction, 0.02);
  QCOMPARE(c.max_documents, std::uint64_t{1000});
  QCOMPARE(c.max_bytes, std::uint64_t{2'500'000'000});
  QCOMPARE(c.min_characters, std::uint64_t{20});
  QCOMPARE(c.text_field, std::string("{title}\\n{body.text}"));
  QCOMPARE(c.encoding, std::string("windows-1252"));
  QCOMPARE(p.corpora[1].role, project::Role::domain);
  QCOMPARE(p.corpora[1].train, (std::vector<std::string>{"text/law.train.txt"}));
  QCOMPARE(p.corpora[1].validation, (std::vector<std::string>{"text/law.valid.txt"}));
  QCOMPARE(p.corpora[1].test, (std::vector<std::string>{"text/law.test.txt"}));
  QCOMPARE(p.tokenizer, (project::TokenizerSpec{8192, "bpe", "some.model", 20'000'000}));
  QCOMPARE(p.clustering, (project::ClusteringSpec{"other", 24, 200, 4096, 32, 1000, 5, 10, ""}));
  QCOMPARE(p.small, (std::vector<project::SmallNetworkSpec>{{"small", 4, 256, 8, 1000, 256, "gpt2", "gelu-tanh"},
                                                            {"large", 3, 192, 6, 0, 64, "llama", "", 2, 50000},
                                                            {"another", 3, 96, 3, 0, 64, "llama", "", 1, 50000}}));
  QCOMPARE(p.projected, (std::vector<project::ProjectedNetworkSpec>{{"projected", "small", 24, 12}}));
  QCOMPARE(p.methods.size(), 8U);
  project::MethodSpec slm, pn;
  slm.name = slm.kind = "slm";
  slm.network = "small";
  QCOMPARE(p.methods[0], slm);
  QCOMPARE(p.methods[1].name, std::string("scratch"));
  const project::GenericSpec g{20'000'000, {},   4096, 1.5e-3, 200, "linear", 0.2,   0.05,
                               1.0,        0.01, 4,    2,      0.1, 12.5,     "bf16"};
  pn.name = pn.kind = "slm-pn";
  pn.network = "projected";
  pn.generic = g;
  pn.rate_t = 0.5;
  pn.rate_e = 0.75;
  pn.rate_m = 2.0;
  pn.t_moments = "bf16";
  QCOMPARE(p.methods[2], pn);
  project::MethodSpec llm, student, mixture;
  llm.name = "big";
  llm.kind = "llm";
  llm.network = "large";
  llm.generic.tokens = 20'000'000;
  llm.generic.budgets = {5'000'000, 10'000'000};
  llm.generic.schedule = "constant";
  llm.start = "seedling";
  llm.start_budget = 1'000'000;
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
  QCOMPARE(p.methods[7].grid, (project::MethodGrid{{}, {}, {16, 64}}));
  QCOMPARE(p.specialization,
           (project::SpecializationSpec{
               {"law"}, {100'000, 1'000'000}, 2, "best-before", 0.25, {}, 4096, 500, 10, 25, 3, "bf16"}));
  QCOMPARE(p.file, kFixture);
  QCOMPARE(p.window(), 200);
}

void TestProject::sweepsLoadForEver() {
  const project::Project p = project::load_project(kSweepFixture);
  QCOMPARE(p.specialization.sweep.rate_factor, (std::vector<double>{0.1, 0.33, 1.0}));
  const project::GenericSpec& generic = p.methods.at(0).generic;
  QCOMPARE(generic.schedule, std::string("wsd"));
  QCOMPARE(generic.decay, 0.1);
  QCOMPARE(generic.branch_tokens(), std::uint64_t{700'000});
  QCOMPARE(round_trip(p), p);
}

void TestProject::everyKeyIsInFixtureAndDocs() {
  const std::string fixture = read_file(kFixture) + read_file(kSweepFixture);
  const std::string docs = read_file(fs::path(PANTOGRAPH_SOURCE_DIR) / "docs/FORMATS.md");
  int keys = 0;
  const auto look = [&](const char* key, auto&&...) {
    ++keys;
    QVERIFY2(fixture.find(std::string(key) + " = ") != std::string::npos, key);
    QVERIFY2(docs.find('`' + std::string(key) + '`') != std::string::npos, key);
  };
  project::detail::visit_fields(static_cast<project::Project*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::CorpusSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::TokenizerSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::ClusteringSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::SmallNetworkSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::ProjectedNetworkSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::GenericSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::MethodSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::MethodGrid*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::SpecializationSpec*>(nullptr), look);
  project::detail::visit_fields(static_cast<project::SpecializationSweep*>(nullptr), look);
  QVERIFY(keys > 60);
}

void TestProject::defaults() {
  const project::Project p = parse("schema = 1\nseed = 3\n");
  project::Project expected;
  expected.seed = 3;
  expected.seeds = {3};
  QCOMPARE(p, expected);
  QCOMPARE(p.window(), project::SmallNetworkSpec{}.context);
  QCOMPARE(parse("schema = 1\n"), project::Project{});
}

void TestProject::emptyProjectRoundTrips() {
  QCOMPARE(project::format_project(project::Project{}), std::string("schema = 1\nname = \"untitled\"\nseed = 7\n"));
  QCOMPARE(round_trip(project::Project{}), project::Project{});
}

void TestProject::defaultsAreLeftOut() {
  const project::Project p = parse(
      "schema = 1\n[[corpus]]\nname = 'a'\n[network.small]\nlayers = 2\n[[method]]\nkind = 'slm'\nnetwork = 'small'\n"
      "generic = { tokens = '2M', rate = 1 }\n");
  QCOMPARE(project::format_project(p),
           std::string("schema = 1\nname = \"untitled\"\nseed = 7\n"
                       "\n[[corpus]]\nname = \"a\"\nrole = \"generic\"\nreader = \"text\"\n"
                       "\n[network.small]\nlayers = 2\nwidth = 64\nheads = 4\ncontext = 128\n"
                       "\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n"
                       "generic = { tokens = \"2M\", rate = 1.0 }\n"));
}

void TestProject::everythingRoundTrips() {
  const project::Project p = project::load_project(kFixture);
  const project::Project back = round_trip(p);
  QCOMPARE(back, p);
  QCOMPARE(project::format_project(back), project::format_project(p));
}

// Doubles, big integers, odd text: whatever the rules allow reads back to the same value.
void TestProject::randomValuesRoundTrip() {
  Random random(5);
  const project::Project base = project::load_project(kFixture);
  for (int i = 0; i < 300; ++i) {
    project::Project p = base;
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
    const project::Project back = round_trip(p);
    QVERIFY2(back == p, project::format_project(p).c_str());
  }
}

void TestProject::networksKeepTheirOrder() {
  const project::Project p = parse(
      "schema = 1\n[network.zebra]\nlayers = 1\n[network.pz]\nsmall = 'ant'\n[network.ant]\ncontext = 32\n"
      "[network.pa]\nsmall = 'zebra'\n");
  QCOMPARE(p.small[0].name, std::string("zebra"));
  QCOMPARE(p.small[1].name, std::string("ant"));
  QCOMPARE(p.projected[0].name, std::string("pz"));
  QCOMPARE(p.projected[1].name, std::string("pa"));
  QCOMPARE(p.window(), 128);
  QCOMPARE(round_trip(p), p);
  const project::Project inline_tables = parse("schema = 1\nnetwork = { b = { layers = 3 }, a = { layers = 4 } }\n");
  QCOMPARE(inline_tables.small[0].name, std::string("b"));
}

void TestProject::savesAndLoads() {
  project::Project p = project::load_project(kFixture);
  project::save_project(p, path("saved.pantograph"));
  QCOMPARE(project::load_project(path("saved.pantograph")), p);
  QVERIFY(!fs::exists(path("saved.pantograph.part")));
}

void TestProject::savingKeepsWhatItCannotReplace() {
  const project::Project good = project::load_project(kFixture);
  project::save_project(good, path("kept.pantograph"));
  const std::string before = read_file(path("kept.pantograph"));
  project::Project bad = good;
  bad.small[0].heads = 7;
  QVERIFY_EXCEPTION_THROWN(project::save_project(bad, path("kept.pantograph")), Error);
  bad = good;
  bad.corpora[0].paths = {"not \xff utf-8"};
  QVERIFY_EXCEPTION_THROWN(project::save_project(bad, path("kept.pantograph")), Error);
  QCOMPARE(read_file(path("kept.pantograph")), before);
  QVERIFY_EXCEPTION_THROWN(project::save_project(good, path("no/such/folder/x.pantograph")), Error);
  QVERIFY_EXCEPTION_THROWN(project::save_project(good, "/proc/x.pantograph"), Error);
}

void TestProject::derivedPaths() {
  project::Project p;
  p.file = "/data/study/house.v2.pantograph";
  QCOMPARE(p.folder(), fs::path("/data/study"));
  QCOMPARE(p.artifacts(), fs::path("/data/study/house.v2.artifacts"));
  p.file = "x.pantograph";
  QCOMPARE(p.folder(), fs::current_path());
  p.file.clear();
  QCOMPARE(p.artifacts(), fs::current_path() / "untitled.artifacts");
  QVERIFY(p.corpus("x") == nullptr && p.method("x") == nullptr);
}

QTEST_GUILESS_MAIN(TestProject)
#include "test_project.moc"
