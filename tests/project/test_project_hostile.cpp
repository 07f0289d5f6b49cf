// SPDX-License-Identifier: GPL-3.0-or-later
// Projects that would overflow something: a stack, a sum, memory, patience. Each is refused at once, by name.
#include <sys/stat.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "project/project_fields.h"
#include "project/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

constexpr int kDeep = 200'000;
constexpr int kAtOnce = 5'000;  // milliseconds, with a sanitizer

std::string times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string numbered(int count, const std::string& before, const std::string& after) {
  std::string out;
  for (int i = 0; i < count; ++i) out += before + std::to_string(i) + after;
  return out;
}

/// One network and one method of every kind that has settings of its own, all valid.
project::Project example() {
  return project::parse_project(
      "schema = 1\n[network.s]\nwidth = 8\nheads = 2\n[network.wide]\nwidth = 16\nheads = 2\n[network.p]\nsmall = 's'\n"
      "[[corpus]]\nname = 'law'\nrole = 'domain'\n[[method]]\nkind = 'slm-pn'\nnetwork = 'p'\n[[method]]\nkind = "
      "'llm'\nnetwork = 'wide'\nadaptation = 'lora'\n[specialization]\ntokens = [1000]\ndomains = ['law']\n",
      "p.pantograph");
}

/// What validate_project() refuses, or nothing.
std::string refused_key(const project::Project& project) {
  try {
    project::validate_project(project);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::project ? error.text().where : "an error of another kind";
  }
  return {};
}

}  // namespace

class TestProjectHostile : public QObject {
  Q_OBJECT

  template <typename Spec>
  void checkNumbers(Spec project::Project::*member, const std::string& path);
  template <typename Spec>
  void checkNumbers(std::vector<Spec> project::Project::*member, const std::string& path);
  template <typename Spec, typename Change>
  void checkFields(const Spec& spec, const std::string& path, const Change& change);

 private Q_SLOTS:
  void withoutEnd_data();
  void withoutEnd();
  void settingsWithoutEnd();
  void numbersBeyondAllBounds();
  void adaptersThatDoNotFit();
  void whatIsNoFile();
};

void TestProjectHostile::withoutEnd_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QByteArray>("message");
  const auto row = [](const char* name, const std::string& text, const char* message) {
    QTest::newRow(name) << QByteArray::fromStdString("schema = 1\n" + text) << QByteArray(message);
  };
  const char* const deep = "within each other without end";
  row("dotted key", times(kDeep, "a.") + "a = 1\n", "p:2: keys or lists within each other without end");
  row("dotted key with spaces", times(kDeep, "a . ") + "a = 1\n", deep);
  row("quoted dotted key", times(kDeep, "\"a\".") + "a = 1\n", deep);
  row("header", "\n[" + times(kDeep, "a.") + "a]\n", "p:3: keys");
  row("header of a list", "[[" + times(kDeep, "a.") + "a]]\n", deep);
  row("brackets", "a = " + times(kDeep, "["), deep);
  row("closed brackets", "a = " + times(kDeep, "[") + times(kDeep, "]"), deep);
  row("brackets in lines", "a = " + times(kDeep, "[\n"), "p:34: keys");
  row("braces", "a = " + times(kDeep, "{ a = "), deep);
  row("both", "a = " + times(kDeep, "[ { a.b = "), deep);
  row("behind text that ends in quotes", "name = \"\"\"x\"\"\"\"\"\na = " + times(kDeep, "["), deep);
  row("behind a comment", "name = 'x' # '\na = " + times(kDeep, "["), deep);
  row("braces of dotted keys, as deep as may be",
      "a = " + times(30, "{ " + times(30, "a.") + "a = ") + "1" + times(30, "}"), "p:2: a: unknown key");
  row("brackets within text", "name = '" + times(kDeep, "[") + "'\nclusterz = 1\n", "p:3: clusterz: unknown key");
  row("a word", std::string(1'000'000, 'a') + " = 1\n", "aaa…: unknown key");
  row("corpora", numbered(20'000, "[[corpus]]\nname = 'c", "'\n"), "corpus: found 20000; expected at most 10000");
  row("networks", numbered(20'000, "[network.n", "]\n"), "network: found 20000");
  row("methods", numbered(20'000, "[[method]]\nkind = 'slm'\nnetwork = 's'\nname = 'm", "'\n"), "method: found 20000");
  row("seeds", "seeds = [" + numbered(20'000, "", ", ") + "]\n", "seeds: found 20000");
  row("grids",
      "[network.s]\n[network.p]\nsmall = 's'\n" +
          numbered(100,
                   "[[method]]\nkind = 'slm-pn'\nnetwork = 'p'\ngrid = { h = [" + numbered(200, "", " , ").substr(3) +
                       "] }\nname = 'm",
                   "'\n"),
      "found 19900 methods with those of grids");
  row("results",
      "seeds = [" + numbered(5'000, "", ", ") + "]\n[network.s]\n[[method]]\nkind = 'slm'\nnetwork = 's'\n" +
          "[specialization]\ntokens = [" + numbered(300, "1", ", ") + "]\n",
      "found 1500000 results of methods, seeds, samples, budgets, domains and sizes");
}

void TestProjectHostile::withoutEnd() {
  QFETCH(QByteArray, text);
  QFETCH(QByteArray, message);
  QElapsedTimer timer;
  timer.start();
  try {
    project::parse_project(text.toStdString(), "p");
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::project);
    const std::string what = e.what();
    QVERIFY2(what.find(message.toStdString()) != std::string::npos, what.c_str());
    QVERIFY(what.size() < 4000);
  }
  QVERIFY(timer.elapsed() < kAtOnce);
}

void TestProjectHostile::settingsWithoutEnd() {
  QTemporaryDir dir;
  const fs::path file = fs::path(dir.path().toStdString()) / "p.pantograph";
  project::save_project(example(), file);
  for (const std::string& setting :
       {times(kDeep, "a.") + "a=1", "clustering." + times(kDeep, "a.") + "a=1", "name=" + times(kDeep, "["),
        "a={" + times(kDeep, "a.") + "a=1}", "clustering.clusters=" + times(kDeep, "9")}) {
    try {
      const project::Project project = project::load_project(file, {setting});
      QCOMPARE(project.name, times(kDeep, "["));  // what is not TOML is text
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::project);
    }
  }
}

/// Flips each number of a table to what no rule may let pass.
template <typename Spec, typename Change>
void TestProjectHostile::checkFields(const Spec& spec, const std::string& path, const Change& change) {
  project::detail::visit_fields(&spec, [&](const char* key, auto member, auto&&...) {
    using Value = std::decay_t<decltype(spec.*member)>;
    const std::string own = path + key;
    const auto refuses = [&](auto value) {
      const std::string found = refused_key(change([&](Spec& changed) { changed.*member = value; }));
      QVERIFY2(found == own, (own + ": " + found).c_str());
    };
    if constexpr (project::detail::kIsTable<Value>) {
      checkFields(spec.*member, own + '.',
                  [&](const auto& edit) { return change([&](Spec& changed) { edit(changed.*member); }); });
    } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
      for (const int bits : {51, 62, 63, 64}) refuses(std::numeric_limits<std::uint64_t>::max() >> (64 - bits));
    } else if constexpr (std::is_same_v<Value, double>) {
      for (const double value : {std::nan(""), HUGE_VAL, -1.0}) refuses(value);
    } else if constexpr (std::is_same_v<Value, int>) {
      refuses(-1);
    }
  });
}

template <typename Spec>
void TestProjectHostile::checkNumbers(Spec project::Project::*member, const std::string& path) {
  checkFields(example().*member, path, [&](const auto& edit) {
    project::Project project = example();
    edit(project.*member);
    return project;
  });
}

template <typename Spec>
void TestProjectHostile::checkNumbers(std::vector<Spec> project::Project::*member, const std::string& path) {
  const std::size_t count = (example().*member).size();
  for (std::size_t i = 0; i < count; ++i) {
    const Spec spec = (example().*member)[i];
    checkFields(spec, path + spec.name + '.', [&](const auto& edit) {
      project::Project project = example();
      edit((project.*member)[i]);
      return project;
    });
  }
}

// Counts (all but seeds and evaluation_tokens, which may be anything), numbers and integers, wherever they stand.
void TestProjectHostile::numbersBeyondAllBounds() {
  QCOMPARE(refused_key(example()), std::string());
  project::detail::visit_sections(static_cast<project::Project*>(nullptr),
                                  [&](const char* key, auto member) { checkNumbers(member, std::string(key) + '.'); });
  project::Project project = example();
  project.specialization.tokens = {std::numeric_limits<std::uint64_t>::max()};
  QCOMPARE(refused_key(project), std::string("specialization.tokens"));
  project = example();
  project.evaluation_tokens = std::numeric_limits<std::uint64_t>::max() - 1;
  project.seed = std::numeric_limits<std::uint64_t>::max();
  QCOMPARE(refused_key(project), std::string());
}

void TestProjectHostile::adaptersThatDoNotFit() {
  project::Project project = example();
  project.methods[1].lora_rank = 16;
  QCOMPARE(refused_key(project), std::string());
  project.methods[1].lora_rank = 17;
  QCOMPARE(refused_key(project), std::string("method.llm.lora_rank"));
  project.methods[1].lora_rank = 5;
  project.small[1].inner = 4;  // the MLP's matrices are narrower still
  QCOMPARE(refused_key(project), std::string("method.llm.lora_rank"));
  project = example();
  for (const double alpha : {1e308, 1e7}) {
    project.methods[1].lora_alpha = alpha;
    QCOMPARE(refused_key(project), std::string("method.llm.lora_alpha"));
  }
}

void TestProjectHostile::whatIsNoFile() {
  QTemporaryDir dir;
  const std::string pipe = dir.filePath("pipe.pantograph").toStdString();
  QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& file : {pipe, std::string("/dev/zero"), dir.path().toStdString()}) {
    try {
      project::load_project(file);
      QFAIL("nothing was thrown");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::project);
      QCOMPARE(e.text().where, file);
    }
  }
  const fs::path large = fs::path(dir.path().toStdString()) / "large.pantograph";
  write_atomically(large, "schema = 1\n");
  fs::resize_file(large, std::uintmax_t{1} << 34);  // sparse
  QVERIFY_EXCEPTION_THROWN(project::load_project(large), Error);
}

QTEST_GUILESS_MAIN(TestProjectHostile)
#include "test_project_hostile.moc"
