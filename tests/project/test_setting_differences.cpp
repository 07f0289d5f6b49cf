// SPDX-License-Identifier: GPL-3.0-or-later
// What two projects differ in, and what comes of two edits of one.
#include <QtTest>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "project/project_file.h"
#include "project/setting_differences.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

project::Project example() {
  return project::load_project(fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/projects/schema-1.pantograph");
}

project::MethodSpec method(const std::string& name) {
  project::MethodSpec out;
  out.name = name;
  out.kind = "slm";
  out.network = "small";
  return out;
}

std::string text_of(const std::vector<project::SettingDifference>& differences) {
  std::string out;
  for (const auto& d : differences) out += d.key + ": " + d.a + " | " + d.b + '\n';
  return out;
}

const project::MergeChoice* choice_of(const std::vector<project::MergeChoice>& choices, const std::string& key) {
  for (const project::MergeChoice& choice : choices) {
    if (choice.key == key) return &choice;
  }
  return nullptr;
}

}  // namespace

class TestSettingDifferences : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void settings();
  void tablesThatOneHas();
  void orders();
  void effects();
  void takingThemAllGivesTheOther();
  void twoEditsOfOne();
  void editsThatMeet();
  void aTableThatWentAndChanged();
};

void TestSettingDifferences::settings() {
  const project::Project a = example();
  QVERIFY(project::differing_settings(a, a).empty());
  project::Project b = a;
  b.seed = 12;
  b.tokenizer.algorithm = "unigram";
  b.corpora[0].paths.push_back("x");
  b.methods[2].generic.rate = 0.25;
  b.methods[7].grid.clusters = {16};
  b.small[1].width = 384;
  QCOMPARE(text_of(project::differing_settings(a, b)),
           std::string("seed: 11 | 12\n"
                       "corpus.encyclopedia.paths: [\"text/wiki/*.jsonl.zst\", \"more \\\"quoted\\\" \\\\ größe\"] | "
                       "[\"text/wiki/*.jsonl.zst\", \"more \\\"quoted\\\" \\\\ größe\", \"x\"]\n"
                       "tokenizer.algorithm: \"bpe\" | \"unigram\"\n"
                       "network.large.width: 192 | 384\n"
                       "method.slm-pn.generic.rate: 0.0015 | 0.25\n"
                       "method.resampled.grid.clusters: [16, 64] | [16]\n"));
  QCOMPARE(project::setting_at(b, "method.slm-pn.generic.rate"), std::string("0.25"));
  QCOMPARE(project::setting_at(b, "method.nobody.generic.rate"), std::string());
}

void TestSettingDifferences::tablesThatOneHas() {
  const project::Project a = example();
  project::Project b = a;
  b.methods.erase(b.methods.begin() + 5);
  b.methods.push_back(method("fresh"));
  QCOMPARE(text_of(project::differing_settings(a, b)),
           std::string("method.mixture: { kind = \"slm-mix\", network = \"small\", selection = \"3\", clusters = 8, "
                       "experts = \"needed\" } | \n"
                       "method.fresh:  | { kind = \"slm\", network = \"small\" }\n"));
}

void TestSettingDifferences::orders() {
  const project::Project a = example();
  project::Project b = a;
  std::swap(b.small[0], b.small[2]);
  b.methods.erase(b.methods.begin());
  QCOMPARE(text_of(project::differing_settings(a, b)),
           std::string("network: [\"small\", \"large\", \"another\"] | [\"another\", \"large\", \"small\"]\n"
                       "method.slm: { kind = \"slm\", network = \"small\" } | \n"));
}

void TestSettingDifferences::effects() {
  const project::Project a = example();
  project::Project b = a;
  b.methods[2].generic.evaluate_every = 0.5;
  b.methods[2].lora_rank = 3;
  b.name = "other";
  const auto found = project::differing_settings(a, b);
  QCOMPARE(found.size(), 3U);
  QCOMPARE(found[0].effect, project::Effect::name);
  QCOMPARE(found[1].effect, project::Effect::specialization);
  QCOMPARE(found[2].effect, project::Effect::watching);
}

// One by one, in any order, whatever differs.
void TestSettingDifferences::takingThemAllGivesTheOther() {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    project::Project a = example(), b = a;
    for (project::Project* p : {&a, &b}) {
      for (std::uint64_t n = random.below(6); n > 0; --n) {
        const std::string name = std::string("m").append(std::to_string(random.below(4)));
        const auto at = p->methods.begin() + static_cast<std::ptrdiff_t>(random.below(p->methods.size()));
        switch (random.below(7)) {
          case 0:
            p->methods.erase(at);
            break;
          case 1:
            if (p->method(name) == nullptr) p->methods.insert(at, method(name));
            break;
          case 2:
            std::swap(*at, p->methods.front());
            break;
          case 3:
            at->generic.rate = random.uniform();
            break;
          case 4:
            std::swap(p->small[0], p->small[random.below(3)]);
            break;
          case 5:  // of the other sort
            if (p->projected.size() == 1)
              p->projected.push_back({p->small.back().name, "small", 2, 2}), p->small.pop_back();
            if (p->small.empty()) return;
            break;
          default:
            p->seeds.push_back(random.next());
        }
      }
    }
    auto differences = project::differing_settings(a, b);
    random.shuffle(differences);
    project::Project taken = a;
    for (const auto& difference : differences) project::take_setting(taken, b, difference.key);
    project::take_setting(taken, b, "method");  // where those that came stand
    QVERIFY2(project::differing_settings(taken, b).empty(), text_of(project::differing_settings(taken, b)).c_str());
  }
}

void TestSettingDifferences::twoEditsOfOne() {
  const project::Project base = example();
  project::Project mine = base, theirs = base;
  mine.seed = 12;
  mine.methods.push_back(method("mine"));
  theirs.tokenizer.vocabulary = 100;
  theirs.methods.push_back(method("theirs"));
  theirs.methods.erase(theirs.methods.begin() + 5);
  const auto choices = project::merge_choices(base, mine, theirs);
  for (const auto& choice : choices) QVERIFY2(!choice.conflict, choice.key.c_str());
  const project::Project both = project::merged(mine, theirs, choices);
  QCOMPARE(both.seed, std::uint64_t{12});
  QCOMPARE(both.tokenizer.vocabulary, 100);
  QVERIFY(both.method("mine") != nullptr && both.method("theirs") != nullptr && both.method("mixture") == nullptr);
  project::validate_project(both);
}

void TestSettingDifferences::editsThatMeet() {
  const project::Project base = example();
  project::Project mine = base, theirs = base;
  mine.clustering.clusters = 30;
  theirs.clustering.clusters = 40;
  mine.clustering.restarts = theirs.clustering.restarts = 9;  // the same: nothing to choose
  theirs.clustering.iterations = 99;
  auto choices = project::merge_choices(base, mine, theirs);
  QCOMPARE(choices.size(), 2U);
  project::MergeChoice clusters = *choice_of(choices, "clustering.clusters");
  QVERIFY(clusters.conflict && !clusters.take_theirs);
  QCOMPARE(clusters.base + clusters.mine + clusters.theirs, std::string("243040"));
  QVERIFY(choice_of(choices, "clustering.iterations")->take_theirs);
  QCOMPARE(project::merged(mine, theirs, choices).clustering.clusters, 30);
  for (auto& choice : choices) choice.take_theirs = true;
  QCOMPARE(project::merged(mine, theirs, choices), theirs);
}

void TestSettingDifferences::aTableThatWentAndChanged() {
  const project::Project base = example();
  project::Project mine = base, theirs = base;
  mine.methods[5].rate_factor = 2;
  theirs.methods.erase(theirs.methods.begin() + 5);
  auto choices = project::merge_choices(base, mine, theirs);
  QCOMPARE(choices.size(), 1U);
  QCOMPARE(choices[0].key, std::string("method.mixture"));
  QVERIFY(choices[0].conflict);
  QVERIFY(choices[0].theirs.empty());
  QCOMPARE(project::merged(mine, theirs, choices), mine);
  choices[0].take_theirs = true;
  QCOMPARE(project::merged(mine, theirs, choices), theirs);
}

QTEST_GUILESS_MAIN(TestSettingDifferences)
#include "test_setting_differences.moc"
