// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of settings: docs/FORMATS.md says the same, and what identifies results follows from it.
#include <QRegularExpression>
#include <QtTest>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/numbers.h"
#include "project/project_fields.h"
#include "project/project_file.h"
#include "project/setting_list.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Row {
  QString type, standard;
};

QString project_section() {
  const std::string text = read_file(fs::path(PANTOGRAPH_SOURCE_DIR) / "docs/FORMATS.md");
  const QString docs = QString::fromStdString(text);
  const auto begin = docs.indexOf("\n## Project file"), end = docs.indexOf("\n## Artifacts");
  return docs.mid(begin, end - begin);
}

QStringList code_words(const QString& text) {
  QStringList words;
  static const QRegularExpression code("`([^`]+)`");
  for (auto match = code.globalMatch(text); match.hasNext();) words << match.next().captured(1);
  return words;
}

/// The rows of the project file's tables, by the key as setting_list() has it.
std::map<std::string, Row> documented() {
  std::map<std::string, Row> rows;
  QString table;  // "method.", from the heading and the table's first column
  QString heading;
  for (const QString& line : project_section().split('\n')) {
    static const QRegularExpression title("^### (?:`\\[+([a-z]+)[^`]*`|Top level)"), part("^\\| key of `([a-z]+)`");
    if (const auto match = title.match(line); match.hasMatch()) {
      heading = match.captured(1).isEmpty() ? QString() : match.captured(1) + '.';
    }
    if (line.startsWith("| key")) {
      const auto match = part.match(line);
      table = heading + (match.hasMatch() ? match.captured(1) + '.' : QString());
    }
    if (!line.startsWith("| `")) continue;
    const QStringList cells = line.mid(2).split(" | ");
    const QStringList keys = code_words(cells.value(0));
    const QStringList defaults = cells.value(2).split(", ");
    for (int i = 0; i < keys.size(); ++i) {
      QString standard = defaults.size() == keys.size() ? defaults[i] : cells.value(2);
      rows[(table + keys[i]).toStdString()] = {cells.value(1), standard.remove('`')};
    }
  }
  return rows;
}

/// The value that a default's text stands for: "10M", 10000000 and 0.1, 0.10 are the same.
double number_of(const QString& text, bool* good) {
  const QString plain = QString(text).remove('"');
  const double number = plain.toDouble(good);
  if (*good) return number;
  try {
    *good = true;
    return static_cast<double>(parse_count(plain.toStdString()));
  } catch (const std::exception&) {
    *good = false;
    return 0;
  }
}

/// Another value of the same type.
void flip(int& value) {
  value += 3;
}
void flip(std::uint64_t& value) {
  value += 3;
}
void flip(double& value) {
  value += 0.25;
}
void flip(std::string& value) {
  value += "-other";
}
void flip(project::Role& value) {
  value = value == project::Role::domain ? project::Role::generic : project::Role::domain;
}
template <typename T>
void flip(std::vector<T>& value) {
  value.emplace_back();
}

}  // namespace

class TestSettingList : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyKeyOnce();
  void documentationHasTheSameKeys();
  void documentationHasTheSameDefaults();
  void documentationHasTheSameEffects();
  void resultSettingsAreThoseThatChangeResults();
  void defaultsDoNotCount();
  void phasesOfAMethod();
};

void TestSettingList::everyKeyOnce() {
  std::set<std::string> keys;
  for (const project::SettingInfo& setting : project::setting_list())
    QVERIFY2(keys.insert(setting.key).second, setting.key.c_str());
  QVERIFY(keys.size() > 80);
  for (const char* key : {"schema", "seeds", "corpus.paths", "network.inner", "network.h", "method.generic.rate",
                          "method.grid.h", "specialization.patience"}) {
    QVERIFY2(keys.count(key) == 1, key);
  }
}

void TestSettingList::documentationHasTheSameKeys() {
  std::set<std::string> there;
  for (const auto& [key, row] : documented()) there.insert(key);
  std::set<std::string> listed = {"method.generic", "method.grid",
                                  "specialization.sweep"};  // tables have rows of their own
  for (const project::SettingInfo& setting : project::setting_list()) listed.insert(setting.key);
  for (const auto& key : listed) QVERIFY2(there.count(key) == 1, (key + " is not in docs/FORMATS.md").c_str());
  for (const auto& key : there) QVERIFY2(listed.count(key) == 1, (key + " is no setting").c_str());
}

void TestSettingList::documentationHasTheSameDefaults() {
  const auto rows = documented();
  for (const project::SettingInfo& setting : project::setting_list()) {
    const Row& row = rows.at(setting.key);
    const std::string context = setting.key + ": " + row.standard.toStdString() + " beside " + setting.standard;
    const QString type =
        QString(row.type).replace("lists of", "list of").replace(QRegularExpression("^numbers"), "number");
    const bool words = type.startsWith('`') || type.startsWith("name") || type.startsWith("path") ||
                       type.startsWith("as ") || type.startsWith("string");
    QVERIFY2(setting.type == "string" ? words
                                      : type.startsWith(QString::fromStdString(setting.type)) ||
                                            (setting.key == "schema" && type == "integer"),
             context.c_str());
    if (row.standard == "required" || row.standard == "its kind" || row.standard == "[seed]") continue;
    bool a = false, b = false;
    const double documented_number = number_of(row.standard, &a);
    const double number = number_of(QString::fromStdString(setting.standard), &b);
    if (a && b) {
      QVERIFY2(documented_number == number, context.c_str());
    } else {
      QVERIFY2(row.standard.toStdString() == setting.standard, context.c_str());
    }
  }
}

void TestSettingList::documentationHasTheSameEffects() {
  const QString section = project_section();
  const QString stale = section.mid(section.indexOf("### What makes results stale"));
  std::map<project::Effect, std::set<std::string>> said;
  const std::pair<const char*, project::Effect> bullets[] = {{"- How closely", project::Effect::watching},
                                                             {"- What asks for more", project::Effect::adds},
                                                             {"- What says what", project::Effect::input},
                                                             {"- Names", project::Effect::name}};
  for (const auto& [begins, effect] : bullets) {
    const auto at = stale.indexOf(begins);
    QVERIFY2(at >= 0, begins);
    const auto next = stale.indexOf("\n- ", at), empty = stale.indexOf("\n\n", at);
    const auto end = next < 0 ? empty : std::min(next, empty);
    for (const QString& word : code_words(stale.mid(at, end - at))) said[effect].insert(word.toStdString());
  }
  for (const QString& word : code_words(stale.mid(stale.lastIndexOf("\n\n", -2)))) {
    const std::string key = word.toStdString();
    said[project::Effect::specialization].insert(key.starts_with("method.") ? key : "method." + key);
  }
  for (const project::SettingInfo& setting : project::setting_list()) {
    for (const auto& [effect, keys] : said) {
      QVERIFY2((keys.count(setting.key) == 1) == (setting.effect == effect), setting.key.c_str());
    }
  }
}

/// Flips each setting of `base` by itself and looks at what identifies results.
template <typename Spec>
void check_flips(const Spec& base) {
  const json before = project::result_settings(base);
  project::detail::visit_fields(&base, [&](const char* key, auto member, project::Effect effect, auto&&) {
    using Value = std::decay_t<decltype(base.*member)>;
    if constexpr (!project::detail::kIsTable<Value>) {
      Spec other = base;
      flip(other.*member);
      const json after = project::result_settings(other);
      QVERIFY2((after != before) == project::changes_results(effect), key);
      QVERIFY2(after.contains(key) == project::changes_results(effect), key);
    }
  });
}

void TestSettingList::resultSettingsAreThoseThatChangeResults() {
  check_flips(project::CorpusSpec{});
  check_flips(project::TokenizerSpec{});
  check_flips(project::ClusteringSpec{});
  check_flips(project::SmallNetworkSpec{});
  check_flips(project::ProjectedNetworkSpec{});
  check_flips(project::GenericSpec{});
  check_flips(project::MethodSpec{});
  check_flips(project::SpecializationSpec{});
}

void TestSettingList::defaultsDoNotCount() {
  QVERIFY(project::result_settings(project::GenericSpec{}).empty());
  QVERIFY(project::result_settings(project::SpecializationSpec{}).empty());
  project::MethodSpec method;
  method.kind = "slm";
  method.name = "mine";
  method.network = "small";
  method.grid.h = {8, 16};
  method.generic.evaluate_every = 0.5;
  QCOMPARE(project::result_settings(method), json({{"kind", "slm"}}));
  method.generic.rate = 0.5;
  method.generic.budgets = {1000};
  QCOMPARE(project::result_settings(method), json({{"kind", "slm"}, {"generic", {{"rate", 0.5}}}}));
  project::SmallNetworkSpec network;
  network.width = 96;
  network.inner = 4 * 96;  // what 0 stands for
  QCOMPARE(project::result_settings(network), json({{"width", 96}}));
  network.inner = 100;
  QCOMPARE(project::result_settings(network), json({{"width", 96}, {"inner", 100}}));
  network.inner = 0;
  network.activation = "gelu";  // gpt2's own
  network.key_value_heads = network.heads;
  QCOMPARE(project::result_settings(network), json({{"width", 96}}));
  network.activation = "gelu-tanh";
  QCOMPARE(project::result_settings(network), json({{"width", 96}, {"activation", "gelu-tanh"}}));
}

void TestSettingList::phasesOfAMethod() {
  project::MethodSpec method;
  method.kind = "llm";
  method.lora_rank = 4;
  method.rate_t = 0.5;
  method.generic.rate = 0.5;
  QCOMPARE(project::result_settings(method, project::Effect::specialization),
           json({{"kind", "llm"}, {"lora_rank", 4}}));
  QCOMPARE(project::result_settings(method, project::Effect::generic_phase),
           json({{"kind", "llm"}, {"rate_t", 0.5}, {"generic", {{"rate", 0.5}}}}));
}

QTEST_GUILESS_MAIN(TestSettingList)
#include "test_setting_list.moc"
