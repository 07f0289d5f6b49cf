// SPDX-License-Identifier: GPL-3.0-or-later
// The table of method kinds: consistent in itself, told alike by README.md and docs/FORMATS.md, and the only place that
// knows a kind by its id.
#include <QtTest>
#include <fstream>
#include <regex>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "project/method_kind.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = PANTOGRAPH_SOURCE_DIR;

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// "| a | b |" as its cells, without backticks.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (const char c : line.substr(1)) {
    if (c == '|') {
      const auto first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
      cell.clear();
    } else if (c != '`') {
      cell += c;
    }
  }
  return cells;
}

/// The rows of a document's tables with this heading.
std::vector<std::vector<std::string>> table_of(const std::string& document, const std::string& heading) {
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (const auto& line : lines_of(kSource / document)) {
    if (line == heading) {
      inside = true;
    } else if (inside && !line.starts_with('|')) {
      inside = false;
    } else if (inside && !line.starts_with("|---")) {
      rows.push_back(cells_of(line));
    }
  }
  return rows;
}

/// The cells of the row that begins with a key.
std::vector<std::string> row_of(const std::vector<std::vector<std::string>>& table, const std::string& key) {
  for (const auto& row : table) {
    if (row.front() == key) return row;
  }
  return {};
}

/// The kinds that a text names as words of their own.
std::set<std::string> named_in(const std::string& text) {
  std::set<std::string> found, known;
  for (const auto& id : project::all_kinds()) known.insert(id);
  static const std::regex word("[a-z]+(-[a-z]+)*");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), word); at != std::sregex_iterator(); ++at) {
    if (known.contains(at->str())) found.insert(at->str());
  }
  return found;
}

std::set<std::string> with(const project::KindTrait& trait) {
  const auto ids = project::kinds_with(trait);
  return {ids.begin(), ids.end()};
}

}  // namespace

class TestMethodKinds : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void rowsAreConsistent() {
    std::set<std::string> ids;
    for (const project::MethodKind& kind : project::method_kinds()) {
      QVERIFY2(ids.insert(kind.id).second, kind.id.c_str());
      QVERIFY2(!kind.title.empty() && !kind.generic.empty() && !kind.specialization.empty(), kind.id.c_str());
      QVERIFY2(!kind.own_clusters() || !kind.several.empty(), kind.id.c_str());
      QVERIFY2(!(kind.per_cluster && kind.per_domain), kind.id.c_str());
      QVERIFY2(!kind.grows || kind.one_run(), kind.id.c_str());  // one network, from one network
      QVERIFY2(!kind.grown_from || kind.one_run(), kind.id.c_str());
      QVERIFY2(!(kind.projected && kind.adapters), kind.id.c_str());  // adapters belong to a small network
      QCOMPARE(&project::method_kind(kind.id), &kind);
      QCOMPARE(&project::kind_of_result(kind.id), &kind);
    }
    QCOMPARE(with(&project::MethodKind::taught).empty(), with(&project::MethodKind::teaches).empty());
    QVERIFY(!with(&project::MethodKind::baseline).empty());
  }

  void unknownKinds() {
    QVERIFY_THROWS_EXCEPTION(Error, project::method_kind("slm-x"));
    QVERIFY_THROWS_EXCEPTION(Error, project::method_kind(""));
    const project::MethodKind& unknown = project::kind_of_result("of a later version");
    QVERIFY(unknown.generic_phase && unknown.one_run());
    QVERIFY(!unknown.experts() && !unknown.taught && !unknown.baseline);
  }

  void namesAreListed() {
    QCOMPARE(project::names_of_kinds(&project::MethodKind::own_clusters), std::string("slm-pn, slm-mix and slm-is"));
    QCOMPARE(project::names_of_kinds(&project::MethodKind::experts), std::string("slm-pn and slm-mix"));
    QCOMPARE(project::names_of_kinds(&project::MethodKind::taught), std::string("slm-d"));
    QCOMPARE(project::names_of_kinds([](const project::MethodKind&) { return false; }), std::string());
  }

  void pretrainsByItself() {
    project::MethodSpec method;
    method.kind = "slm";
    QVERIFY(project::pretrains(method));
    method.pretrained = "other";
    QVERIFY(!project::pretrains(method));
    method = {};
    method.kind = "slm-nopt";
    QVERIFY(!project::pretrains(method));
  }

  void readmeTellsTheSame() {
    const auto table = table_of("README.md", "| kind | generic phase | specialization |");
    QCOMPARE(table.size(), project::method_kinds().size());
    for (const project::MethodKind& kind : project::method_kinds()) {
      const auto row = row_of(table, kind.id);
      QCOMPARE(row.size(), 3U);
      QCOMPARE(row[1], kind.generic);
      QCOMPARE(row[2], kind.specialization);
    }
  }

  void formatsTellsTheSame_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QStringList>("kinds");
    const auto row = [](const char* key, const project::KindTrait& trait) {
      QStringList kinds;
      for (const auto& id : with(trait)) kinds << QString::fromStdString(id);
      QTest::newRow(key) << QString(key) << kinds;
    };
    row("kind", [](const project::MethodKind&) { return true; });
    row("start", &project::MethodKind::grown_from);
    row("clusters", &project::MethodKind::own_clusters);
    row("experts", &project::MethodKind::per_cluster);
    row("adaptation", &project::MethodKind::adapters);
    row("teacher", [](const project::MethodKind& kind) { return kind.taught || kind.teaches; });
    row("temperature", &project::MethodKind::taught);
    row("teacher_weight", &project::MethodKind::taught);
    row("rate_t, rate_e, rate_m", &project::MethodKind::projected);
    row("t_moments", &project::MethodKind::projected);
    row("network", [](const project::MethodKind& kind) { return kind.large || kind.projected; });
  }
  void formatsTellsTheSame() {
    QFETCH(QString, key);
    QFETCH(QStringList, kinds);
    std::vector<std::vector<std::string>> method;
    bool inside = false;
    for (const auto& line : lines_of(kSource / "docs/FORMATS.md")) {
      if (line.starts_with("### ")) inside = line.starts_with("### `[[method]]`");
      if (line.starts_with("| key of `generic`")) inside = false;
      if (inside && line.starts_with("| ")) method.push_back(cells_of(line));
    }
    const auto row = row_of(method, key.toStdString());
    QCOMPARE(row.size(), 4U);
    QStringList named;
    for (const auto& id : named_in(row[1] + " " + row[3])) named << QString::fromStdString(id);
    QCOMPARE(named, kinds);
  }

  void recordsTellTheSame() {
    const auto table = table_of("docs/FORMATS.md", "| key | meaning |");
    QCOMPARE(named_in(row_of(table, "method, kind, domain, seed").at(1)),
             with([](const project::MethodKind&) { return true; }));
    QCOMPARE(named_in(row_of(table, "clusters†").at(1)), with(&project::MethodKind::own_clusters));
    QCOMPARE(named_in(row_of(table, "h†, m†").at(1)), with(&project::MethodKind::projected));
    QCOMPARE(named_in(row_of(table, "effective_windows†, repetition†, total_windows†").at(1)),
             with(&project::MethodKind::per_domain));
  }

  /// What a kind is for stands in its row: no other source asks for its id.
  void noSourceComparesWithAnId() {
    const std::regex compared("[!=]= *\"(slm|llm)[a-z-]*\"|\"(slm|llm)[a-z-]*\" *[!=]=");
    QVERIFY(std::regex_search("if (kind == \"slm-pn\")", compared));
    int files = 0;
    for (const char* const part : {"engine", "gui"}) {
      for (const auto& entry : fs::recursive_directory_iterator(kSource / part)) {
        if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
        ++files;
        for (const auto& line : lines_of(entry.path()))
          QVERIFY2(!std::regex_search(line, compared), (entry.path().string() + ": " + line).c_str());
      }
    }
    QVERIFY(files > 100);
  }
};

QTEST_GUILESS_MAIN(TestMethodKinds)
#include "test_method_kinds.moc"
