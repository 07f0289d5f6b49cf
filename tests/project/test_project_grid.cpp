// SPDX-License-Identifier: GPL-3.0-or-later
// Grids of methods: how they are read and written, the methods that they stand for, and what is refused.
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "project/project_file.h"
#include "project/project_grid.h"

using namespace pantograph;

namespace {

const std::string kHead =
    "schema = 1\n[clustering]\nclusters = 4\n[network.small]\nwidth = 64\nheads = 4\ncontext = 128\n"
    "[network.wide]\nsmall = \"small\"\nh = 5\nm = 3\n";                                       // lines 1 to 11
const std::string kPn = "[[method]]\nkind = \"slm-pn\"\nname = \"pn\"\nnetwork = \"wide\"\n";  // 12 to 15
const std::string kMix = "[[method]]\nkind = \"slm-mix\"\nname = \"mix\"\nnetwork = \"small\"\n";
const std::string kGrid = "grid = { h = [8, 16], m = [2], clusters = [4, 8, 32] }\n";

project::Project parse(const std::string& text) {
  return project::parse_project(text, "p.pantograph");
}

std::vector<std::string> names(const project::Project& project) {
  std::vector<std::string> out;
  for (const auto& method : project.methods) out.push_back(method.name);
  return out;
}

std::string message(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

class TestProjectGrid : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void isWrittenAsItWasRead() {
    const project::Project p = parse(kHead + kPn + kGrid + kMix + "grid = { clusters = [2] }\n");
    QCOMPARE(p.methods.size(), 2U);
    QCOMPARE(p.methods[0].grid, (project::MethodGrid{{8, 16}, {2}, {4, 8, 32}}));
    const std::string text = project::format_project(p);
    QVERIFY2(text.find("grid = { h = [8, 16], m = [2], clusters = [4, 8, 32] }\n") != std::string::npos, text.c_str());
    QCOMPARE(parse(text), p);
    QTemporaryDir dir;
    const std::filesystem::path file = dir.filePath("p.pantograph").toStdString();
    project::save_project(p, file);
    QCOMPARE(project::load_project(file), p);
    const project::Project changed =
        project::load_project(file, {"method.pn.grid.h=[3]", "method.mix.grid.clusters=[2, 4]"});
    QCOMPARE(changed.methods[0].grid, (project::MethodGrid{{3}, {2}, {4, 8, 32}}));
    QCOMPARE(changed.methods[1].grid, (project::MethodGrid{{}, {}, {2, 4}}));
    QCOMPARE(parse(kHead + kPn + "grid = { h = [] }\n"), parse(kHead + kPn));
  }

  void aProjectWithoutGridsStaysAsItIs() {
    const project::Project p = parse(kHead + kPn + kMix);
    QCOMPARE(project::expanded(p), p);
    QCOMPARE(project::grid_size({}), std::uint64_t{1});
  }

  void everyPointIsAMethod() {
    const project::Project p = parse(kHead + kMix + kPn + "rate_t = 0.5\ngeneric = { tokens = \"5M\" }\n" + kGrid);
    const project::Project all = project::expanded(p);
    QCOMPARE(names(all), (std::vector<std::string>{"mix", "pn-h8-k4", "pn-h8-k8", "pn-h8-k32", "pn-h16-k4", "pn-h16-k8",
                                                   "pn-h16-k32"}));
    // The same project by hand.
    project::Project hand = p;
    hand.methods = {p.methods[0]};
    hand.projected.push_back({"wide-h8-m2", "small", 8, 2});
    hand.projected.push_back({"wide-h16-m2", "small", 16, 2});
    for (const int h : {8, 16}) {
      for (const int k : {4, 8, 32}) {
        project::MethodSpec method = p.methods[1];
        method.grid = {};
        method.name = "pn-h" + std::to_string(h) + "-k" + std::to_string(k);
        method.network = "wide-h" + std::to_string(h) + "-m2";
        method.clusters = k;
        hand.methods.push_back(method);
      }
    }
    QCOMPARE(all, hand);
    project::validate_project(all);
    QCOMPARE(project::expanded(all), all);
    QCOMPARE(project::declared_method(p, "pn-h16-k8"), &p.methods[1]);
    QCOMPARE(project::declared_method(p, "mix"), &p.methods[0]);
    QVERIFY(project::declared_method(p, "pn-h9-k8") == nullptr);
  }

  void listsOfOneValueAreNotNamed() {
    const project::Project one = project::expanded(parse(kHead + kPn + "grid = { h = [8], clusters = [2] }\n"));
    QCOMPARE(names(one), std::vector<std::string>{"pn"});
    QCOMPARE(one.methods[0].clusters, 2);
    QCOMPARE(one.projected_network(one.methods[0].network)->h, 8);
    QCOMPARE(one.projected_network(one.methods[0].network)->m, 3);  // of the network that it is derived from
    const project::Project vectors = project::expanded(parse(kHead + kPn + "clusters = 7\ngrid = { m = [2, 3] }\n"));
    QCOMPARE(names(vectors), (std::vector<std::string>{"pn-m2", "pn-m3"}));
    QCOMPARE(vectors.methods[1].clusters, 7);
    QCOMPARE(vectors.projected_network(vectors.methods[1].network)->h, 5);
    const project::Project clusters = project::expanded(parse(kHead + kMix + "grid = { clusters = [2, 4] }\n"));
    QCOMPARE(names(clusters), (std::vector<std::string>{"mix-k2", "mix-k4"}));
    QCOMPARE(clusters.methods[1].network, std::string("small"));
    QCOMPARE(clusters.projected.size(), 1U);
  }

  void othersReferToAPoint() {
    const std::string other = "[[method]]\nkind = \"slm-pn\"\nname = \"best\"\nnetwork = \"wide\"\nselection = 31\n";
    const project::Project all =
        project::expanded(parse(kHead + kPn + kGrid + other + "pretrained = \"pn-h16-k32\"\n"));
    const project::MethodSpec& best = *all.method("best");
    QCOMPARE(best.network, std::string("wide-h16-m2"));
    QCOMPARE(best.clusters, 32);
    QCOMPARE(all.pretrained_by(best).name, std::string("pn-h16-k32"));
    QCOMPARE(message(kHead + kPn + kGrid + other + "pretrained = \"pn\"\n"),
             std::string("p.pantograph:22: method.best.pretrained: found \"pn\", which has a grid; expected one of its "
                         "points: \"pn-h8-k4\", \"pn-h8-k8\", \"pn-h8-k32\", \"pn-h16-k4\", \"pn-h16-k8\" or "
                         "\"pn-h16-k32\"."));
    const std::string start = message(kHead + kMix + "grid = { clusters = [2, 3] }\n" + kPn + "start = \"mix\"\n");
    QVERIFY2(start.find("method.pn.start: found \"mix\", which has a grid; expected one of its points: \"mix-k2\" or "
                        "\"mix-k3\"") != std::string::npos,
             start.c_str());
    std::string many = "grid = { clusters = [2";
    for (int k = 3; k < 30; ++k) many += ", " + std::to_string(k);
    QVERIFY(message(kHead + kMix + many + "] }\n" + kPn + "teacher = \"mix\"\n").find("\"mix-k13\" and 16 more") !=
            std::string::npos);
  }

  void refused_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& text, const char* expected) {
      QTest::newRow(name) << QString::fromStdString(text) << QString::fromUtf8(expected);
    };
    row("no table", kHead + kPn + "grid = [8, 16]\n",
        "p.pantograph:16: method.pn.grid: found a list; expected a table");
    row("unknown list", kHead + kPn + "grid = { k = [8] }\n",
        "p.pantograph:16: method.pn.grid.k: unknown key; expected one of \"h\", \"m\" or \"clusters\"");
    row("a number", kHead + kPn + "grid = { h = 8 }\n",
        "p.pantograph:16: method.pn.grid.h: found an integer; expected a list");
    row("a word in a list", kHead + kPn + "grid = { h = [\"many\"] }\n", "method.pn.grid.h: \"many\" is not a count");
    row("zero", kHead + kPn + "grid = { m = [0, 1] }\n", "method.pn.grid.m: found 0; expected 1 to 65536");
    row("too large", kHead + kPn + "grid = { clusters = [65536] }\n", "method.pn.grid.clusters: found 65536");
    row("twice", kHead + kPn + "grid = { h = [8, 2, 8] }\n",
        "p.pantograph:16: method.pn.grid.h: found 8 twice; expected each value once");
    row("a kind without", kHead + "[[method]]\nkind = \"slm\"\nnetwork = \"small\"\ngrid = { clusters = [2] }\n",
        "method.slm.grid: found a grid of kind slm; expected none");
    row("h of a mixture", kHead + kMix + "grid = { h = [2, 4] }\n",
        "method.mix.grid.h: found values for kind slm-mix; expected only `clusters`");
    row("clusters beside", kHead + kPn + "clusters = 8\ngrid = { clusters = [2] }\n",
        "p.pantograph:16: method.pn.clusters: found clusters beside grid.clusters; expected one of the two");
    row("pretrained",
        kHead + kMix + "clusters = 4\n[[method]]\nname = \"b\"\nkind = \"slm-mix\"\nnetwork = " +
            "\"small\"\npretrained = \"mix\"\ngrid = { clusters = [2, 4] }\n",
        "method.b.pretrained: found \"mix\" beside a grid; expected one of the two");
    row("too small a sample",
        kHead +
            "[[method]]\nkind = \"slm-is\"\nnetwork = \"small\"\ngrid = { clusters = [2, "
            "30000] }\n",
        "p.pantograph:15: method.slm-is.grid.clusters: found 30000 clusters (for the point \"slm-is-k30000\"); "
        "expected at most clustering.sample_windows");
    row("an expert that one point lacks", kHead + kPn + "selection = 8\ngrid = { clusters = [4, 16] }\n",
        "p.pantograph:16: method.pn.selection: found \"8\" (for the point \"pn-k4\"); expected ");
    row("network that is not there", kHead + "[[method]]\nkind = \"slm-pn\"\nnetwork = \"x\"\ngrid = { h = [2, 3] }\n",
        "p.pantograph:14: method.slm-pn.network: found \"x\" (for the point \"slm-pn-h2\")");
    row("a method of a point's name",
        kHead + kPn + "grid = { clusters = [4, 8] }\n[[method]]\nname = \"pn-k8\"\n" +
            "kind = \"slm\"\nnetwork = \"small\"\n",
        "p.pantograph:16: method.pn.grid: found the point \"pn-k8\", which is also a method's name");
    row("two grids with one name",
        kHead + kPn + "grid = { h = [1, 2], clusters = [4, 8] }\n[[method]]\nname = \"pn-h1\"\nkind = \"slm-mix\"\n" +
            "network = \"small\"\ngrid = { clusters = [8, 9] }\n",
        "method.pn-h1.grid: found the point \"pn-h1-k8\", which is also one of another grid");
    row("a network of a point's network's name",
        kHead + "[network.wide-h2-m3]\nsmall = \"small\"\n" + kPn + "grid = { h = [2, 4] }\n",
        "method.pn.grid: found the network \"wide-h2-m3\" of a point, which is also a network's name");
    row("a long name",
        kHead + "[[method]]\nkind = \"slm-mix\"\nnetwork = \"small\"\nname = \"" + std::string(99, 'x') +
            "\"\ngrid = { clusters = [8, 9] }\n",
        "a name of up to 100 letters");
    std::string seventeen = "[1";
    for (int i = 2; i <= 17; ++i) seventeen += ", " + std::to_string(i);
    row("too many", kHead + kPn + "grid = { h = " + seventeen + "], clusters = " + seventeen + "] }\n",
        "p.pantograph:16: method.pn.grid: found 17 × 17 × 1 values of h, k and m; expected at most 256 combinations");
    row("far too many",
        kHead + kPn + "grid = { h = " + seventeen + "], m = " + seventeen + "], clusters = " + seventeen + "] }\n",
        "found 17 × 17 × 17 values");
  }
  void refused() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const QString found = QString::fromStdString(message(text.toStdString()));
    QVERIFY2(found.contains(expected) && found.startsWith("p.pantograph"), qPrintable(found));
  }

  void settingsAreChecked() {
    QTemporaryDir dir;
    const std::filesystem::path file = dir.filePath("p.pantograph").toStdString();
    project::save_project(parse(kHead + kPn + kGrid), file);
    try {
      project::load_project(file, {"method.pn.grid.h=[8, 8]"});
      QFAIL("nothing was thrown");
    } catch (const Error& e) {
      QCOMPARE(std::string(e.what()),
               std::string("--set method.pn.grid.h=[8, 8]: found 8 twice; expected each value once."));
    }
  }

  void aValueBeyondTheLimitIsNotExpanded() {
    project::Project p = parse(kHead + kPn);
    for (int i = 1; i <= 257; ++i) p.methods[0].grid.h.push_back(i);
    QVERIFY_EXCEPTION_THROWN(project::expanded(p), Error);
    QVERIFY_EXCEPTION_THROWN(project::validate_project(p), Error);
    p.methods[0].grid.h.pop_back();
    project::validate_project(p);
    QCOMPARE(project::expanded(p).methods.size(), 256U);
  }
};

QTEST_GUILESS_MAIN(TestProjectGrid)
#include "test_project_grid.moc"
