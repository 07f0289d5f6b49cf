// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph preview as a user calls it.
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "run_program.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestPreview : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    fs::create_directories(root() / "data");
    std::string lines;
    for (int i = 0; i < 50; ++i)
      lines.append("{\"body\":\"Question ").append(std::to_string(i)).append("\",\"answer\":\"Yes\"}\n");
    write_atomically(root() / "data/a.jsonl", lines);
    write_atomically(root() / "data/b.jsonl", "{\"body\":\"One more\",\"answer\":\"No\"}\n{broken\n");
    write_atomically(root() / "data/c.pdf", "x");
  }

  void showsDocumentsAndWhatIsLeftOut() {
    const Outcome shown =
        pantograph_run({"preview", path("data"), "--text-field", "{body}? {answer}", "--documents", "100", "--json"});
    QVERIFY2(shown.code == 0, qPrintable(shown.err));
    std::vector<nlohmann::json> events;
    for (const QString& line : shown.out.split('\n', Qt::SkipEmptyParts))
      events.push_back(nlohmann::json::parse(line.toStdString()));
    QCOMPARE(events.size(), std::size_t(52));
    QCOMPARE(events[0].at("text").get<std::string>(), std::string("Question 0? Yes"));
    const nlohmann::json& end = events.back();
    QCOMPARE(end.at("reader").get<std::string>(), std::string("jsonl"));
    QVERIFY(end.at("whole").get<bool>());
    QCOMPARE(end.at("left_out").at("broken JSON").at("count").get<int>(), 1);
    QCOMPARE(end.at("other_kinds").at(".pdf").get<int>(), 1);
    const Outcome text = pantograph_run({"preview", path("data"), "--text-field", "body", "--documents", "2"});
    QVERIFY2(text.out.contains("Question 1") && !text.out.contains("Question 2") && text.out.contains("Reader: jsonl"),
             qPrintable(text.out));
  }

  void namesTheFieldsThatThereAre() {
    const Outcome shown = pantograph_run({"preview", path("data/a.jsonl")});
    QCOMPARE(shown.code, 4);
    QVERIFY2(shown.out.contains("no field \"text\"") && shown.out.contains("(there are: body, answer)"),
             qPrintable(shown.out));
  }

  void wrongUse() {
    QCOMPARE(pantograph_run({"preview"}).code, 2);
    QCOMPARE(pantograph_run({"preview", path("nothing")}).code, 4);
    QCOMPARE(pantograph_run({"preview", path("data"), "--reader", "papyrus"}).code, 3);
    QCOMPARE(pantograph_run({"preview", path("data"), "--text-field", "{body"}).code, 3);
  }

 private:
  fs::path root() const { return fs::path(folder_.path().toStdString()); }
  QString path(const char* name) const { return QString::fromStdString((root() / name).string()); }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestPreview)
#include "test_preview.moc"
