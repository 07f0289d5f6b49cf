// SPDX-License-Identifier: GPL-3.0-or-later
// The fields that the records of a file are said to have can be read as its text field, and none is missing.
#include <QTemporaryDir>
#include <QTest>

#include "corpus/preview.h"
#include "corpus/record_fields.h"
#include "corpus_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestRecordFields : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void fields_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("fields");
    const auto row = [](const char* what, const char* name, const char* content, const char* fields) {
      QTest::newRow(what) << QString(name) << QByteArray(content) << QString(fields);
    };
    row("lines", "a.jsonl", "{\"id\":1,\"text\":\"a\",\"x.y\":\"b\"}\n\n{\"title\":\"t\",\"text\":\"c\"}\n",
        "text|x.y|title");
    row("within", "a.jsonl", "{\"a\":{\"b\":{\"c\":\"x\"},\"d\":[\"no\"],\"e\":\"y\"},\"f\":null}\n", "a.b.c|a.e");
    row("broken", "a.jsonl", "{\"text\":\"a\"}\n{\"other\":\"b\",\n[\"no\"]\nnoise\n{\"last\":\"c\"}\n", "text|last");
    row("names that no text_field can say", "a.jsonl", "{\"{a}\":\"x\",\"\":\"y\",\"b c\":\"z\"}\n", "b c");
    row("an array", "a.json", "[{\"q\":\"x\"}, {\"a\":\"y\"}]", "q|a");
    row("one value", "a.json", "{\"q\":\"x\"}", "q");
    row("comma", "a.csv", "id,\"the text\",n\n1,x,2\n", "id|the text|n");
    row("tab", "a.tsv", "id\ttext\n1\tx\n", "id|text");
    row("empty lines", "a.jsonl", "", "");
    row("empty table", "a.csv", "", "");
    row("text", "a.txt", "{\"text\":\"a\"}", "");
    row("page", "a.html", "<p>text", "");
  }
  void fields() {
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    QFETCH(QString, fields);
    const fs::path path = file(name.toStdString());
    put(path, content.toStdString());
    const std::string reader = corpus::ReaderRegistry::instance().guess(path);
    QCOMPARE(joined(corpus::record_fields(reader, path)), fields);
    for (const std::string& field : corpus::record_fields(reader, path)) {
      const auto documents = read_documents(reader, path, field);
      QVERIFY(std::any_of(documents.begin(), documents.end(), [](const auto& one) { return one.fault.empty(); }));
    }
    QCOMPARE(corpus::reads_fields(reader), reader != "text" && reader != "html");
    QCOMPARE(corpus::reads_encodings(reader), reader != "parquet");
  }

  void ofAPlugin() {
    QVERIFY(corpus::reads_fields("fortune") && corpus::reads_encodings("fortune"));
    put(file("x"), "x");
    QVERIFY(corpus::record_fields("fortune", file("x")).empty());
  }

  void columnsOfStrings() {
    const fs::path folder = PANTOGRAPH_SOURCE_DIR "/tests/fixtures/corpus/parquet";
    for (const char* name : {"plain-none-v1.parquet", "nested-zstd-v1.parquet"}) {
      const auto fields = corpus::record_fields("parquet", folder / name);
      QVERIFY(!fields.empty());
      for (const std::string& field : fields) QVERIFY(!read_documents("parquet", folder / name, field).empty());
    }
  }

  void damagedFiles() {
    put(file("a.parquet"), "PAR1 and no more than that");
    put(file("a.csv"), "\"never closed\n1,2\n");
    for (const char* reader : {"parquet", "csv"}) {
      const fs::path path = file(std::string("a.") + reader);
      const auto error = error_of([&] { corpus::record_fields(reader, path); });
      QVERIFY(error && error->kind() == ErrorKind::input);
      QCOMPARE(error->text().found, error_of([&] { read_documents(reader, path); })->text().found);
    }
  }

  void otherEncodings() {
    std::string wide = "\xFF\xFE";
    for (const char c : std::string("{\"body\":\"a\"}\n")) wide += std::string(1, c) + '\0';
    put(file("wide.jsonl"), wide);
    QCOMPARE(corpus::record_fields("jsonl", file("wide.jsonl")), std::vector<std::string>{"body"});
    put(file("narrow.csv"), "caf\xE9,n\n1,2\n");
    QCOMPARE(corpus::record_fields("csv", file("narrow.csv"), "latin1"),
             (std::vector<std::string>{"caf\xC3\xA9", "n"}));
  }

  /// A preview can be ended while folders are listed.
  void listingIsPolled() {
    fs::create_directories(file("deep/deeper"));
    put(file("deep/deeper/a.txt"), "A text.");
    Control control;
    TaskContext task;
    task.control = &control;
    project::CorpusSpec spec;
    spec.paths = {"deep"};
    QCOMPARE(corpus::guess_reader(spec.paths, file(""), task), std::string("text"));
    QCOMPARE(corpus::preview_corpus(spec, file(""), 5, task).first.size(), std::size_t{1});
    control.stop();
    for (const auto& call :
         std::initializer_list<std::function<void()>>{[&] { corpus::guess_reader(spec.paths, file(""), task); },
                                                      [&] { corpus::preview_corpus(spec, file(""), 5, task); }}) {
      const auto error = error_of(call);
      QVERIFY(error && error->kind() == ErrorKind::interrupted);
    }
  }

  void aLargePageIsNotTakenApart() {
    put(file("small.html"), "<p>A page.");
    put(file("large.html"), "<p>A page.");
    fs::resize_file(file("large.html"), 300 << 20);
    project::CorpusSpec spec;
    spec.reader = "html";
    spec.paths = {"small.html", "large.html"};
    const corpus::Preview preview = corpus::preview_corpus(spec, file(""), 50, {});
    QCOMPARE(preview.first.size(), std::size_t{1});
    QVERIFY(!preview.whole);
    QCOMPARE(QString::fromStdString(corpus::import_sentence(preview.summary)),
             QString("1 document of 1 file; left out 1: 1 too large for a preview (large.html (300 MiB))"));
  }

  /// Of one file that is longer than a preview reads it is not said that it is all there is.
  void aLongFileIsNotShownWhole() {
    std::string block = noise(1 << 20, 3) + "\n";
    std::ofstream out(file("long.txt"), std::ios::binary);
    for (int i = 0; i < 70; ++i) out << i << block;
    out.close();
    project::CorpusSpec spec;
    spec.paths = {"long.txt"};
    const corpus::Preview preview = corpus::preview_corpus(spec, file(""), 50, {});
    QVERIFY(!preview.first.empty() && preview.first.size() < 50 && !preview.whole);
    spec.max_documents = 1;
    QCOMPARE(corpus::preview_corpus(spec, file(""), 50, {}).first.size(), std::size_t{1});
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  static QString joined(const std::vector<std::string>& fields) {
    QStringList out;
    for (const std::string& field : fields) out << QString::fromStdString(field);
    return out.join('|');
  }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestRecordFields)
#include "test_record_fields.moc"
