// SPDX-License-Identifier: GPL-3.0-or-later
// JSON lines and JSON files: which text is taken, and what is said of what is not.
#include <QElapsedTimer>
#include <QStringEncoder>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "corpus/json_record.h"
#include "corpus/readers.h"
#include "corpus_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestJson : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }

  void linesThatAreTaken_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const char* line, const char* field, const char* text) {
      QTest::newRow(name) << QByteArray(line) << QString(field) << QString::fromUtf8(text);
    };
    row("plain", "{\"id\":7,\"text\":\"two\"}", "text", "two");
    row("escapes", "{\"text\":\"one\\nline \\u00e9 \\ud83d\\ude00\"}", "text", "one\nline \xC3\xA9 \xF0\x9F\x98\x80");
    row("text within others", "{\"meta\":{\"text\":3},\"text\":\"x\"}", "text", "x");
    row("infinite number beside it", "{\"text\":\"a\",\"score\":1e999}", "text", "a");
    row("NaN beside it", "{\"score\":NaN,\"text\":\"a\"}", "text", "a");
    row("another field", "{\"text\":\"a\",\"content\":\"b\"}", "content", "b");
    row("dotted", "{\"article\":{\"title\":\"t\",\"body\":\"b\"}}", "article.body", "b");
    row("dotted twice", "{\"a\":{\"b\":{\"c\":\"x\"}}}", "a.b.c", "x");
    row("a name with a point", "{\"article.body\":\"b\"}", "article.body", "b");
    row("template", "{\"question\":\"Q?\",\"answer\":\"A\",\"n\":3}", "{question}\\n{answer} ({n})", "Q?\nA (3)");
    row("template, dotted", "{\"a\":{\"q\":\"Q\",\"r\":\"R\"}}", "{a.q}: {a.r}", "Q: R");
    row("template with braces", "{\"a\":\"x\"}", "{{{a}}}", "{x}");
    row("white space around", "  {\"text\" : \"a\"}  \r", "text", "a");
    row("the last of two", "{\"text\":\"a\",\"text\":\"b\"}", "text", "b");
  }
  void linesThatAreTaken() {
    QFETCH(QByteArray, line);
    QFETCH(QString, field);
    QFETCH(QString, text);
    put(file("a.jsonl"), line.toStdString() + "\n");
    const auto documents = read_documents("jsonl", file("a.jsonl"), field.toStdString());
    QCOMPARE(documents.size(), std::size_t{1});
    QCOMPARE(QString::fromStdString(documents[0].fault + documents[0].detail), QString());
    QCOMPARE(QString::fromStdString(documents[0].text), text);
  }

  void linesThatAreLeftOut_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QString>("detail");
    QTest::newRow("broken") << QByteArray("{\"text\": \"a\"") << "broken JSON"
                            << "";
    QTest::newRow("two objects") << QByteArray("{\"text\":\"a\"}{\"text\":\"b\"}") << "broken JSON"
                                 << "";
    QTest::newRow("half a pair") << QByteArray("{\"text\":\"\\ud83d\"}") << "broken escape in JSON"
                                 << "";
    QTest::newRow("no such escape") << QByteArray("{\"text\":\"\\q\"}") << "broken escape in JSON"
                                    << "";
    QTest::newRow("no text") << QByteArray("{\"body\":\"a\",\"id\":3}") << "no field \"text\""
                             << "(there are: body, id)";
    QTest::newRow("empty") << QByteArray("{}") << "no field \"text\""
                           << "(there is none)";
    QTest::newRow("a number") << QByteArray("{\"text\":12}") << "\"text\" is a number"
                              << "";
    QTest::newRow("null") << QByteArray("{\"text\":null}") << "\"text\" is null"
                          << "";
    QTest::newRow("an array") << QByteArray("[\"text\"]") << "no JSON object"
                              << "(an array)";
    QTest::newRow("a text") << QByteArray("Once upon a time") << "broken JSON"
                            << "";
    QTest::newRow("not UTF-8") << QByteArray("{\"text\":\"caf\xE9\"}") << "not UTF-8"
                               << "";
    QTest::newRow("deep") << QByteArray(100'000, '[') << ""
                          << "";
    QTest::newRow("deep in a field") << QByteArray("{\"x\":" + QByteArray(100'000, '[')) << ""
                                     << "";
  }
  void linesThatAreLeftOut() {
    QFETCH(QByteArray, line);
    QFETCH(QString, fault);
    QFETCH(QString, detail);
    put(file("bad.jsonl"), "{\"text\":\"good\"}\n\n" + line.toStdString() + "\n{\"text\":\"also good\"}\n");
    const auto documents = read_documents("jsonl", file("bad.jsonl"));
    QCOMPARE(documents.size(), std::size_t{3});
    QCOMPARE(documents[0].text, std::string("good"));
    QCOMPARE(documents[1].source, file("bad.jsonl").string() + ":3");
    QVERIFY(!documents[1].fault.empty());
    if (!fault.isEmpty()) QCOMPARE(QString::fromStdString(documents[1].fault), fault);
    if (!detail.isEmpty()) QCOMPARE(QString::fromStdString(documents[1].detail), detail);
    QCOMPARE(documents[2].text, std::string("also good"));
  }

  void compressedAndMarked() {
    const std::string content = "{\"text\":\"one\"}\r\n\n  \n{\"text\":\"two\"}\n{\"text\":\"no end\"}";
    put(file("a.jsonl"), "\xEF\xBB\xBF" + content);
    put_compressed(file("a.jsonl.gz"), content, ARCHIVE_FILTER_GZIP);
    put_compressed(file("a.jsonl.zst"), content, ARCHIVE_FILTER_ZSTD);
    for (const char* name : {"a.jsonl", "a.jsonl.gz", "a.jsonl.zst"}) {
      const auto documents = read_documents("jsonl", file(name));
      QCOMPARE(documents.size(), std::size_t{3});
      QCOMPARE(documents[1].source, file(name).string() + ":4");
      QCOMPARE(documents[2].text, std::string("no end"));
    }
  }

  void otherEncodingsAreDecoded() {
    const std::string lines = "{\"text\":\"caf\xC3\xA9 1\"}\n{\"text\":\"b\"}\n";
    const QString text = QString::fromStdString(lines);
    for (const bool marked : {true, false}) {
      for (const bool big : {true, false}) {
        QStringEncoder encoder(big ? QStringConverter::Utf16BE : QStringConverter::Utf16LE,
                               marked ? QStringConverter::Flag::WriteBom : QStringConverter::Flag::Default);
        const QByteArray wide = encoder.encode(text);
        for (const char* reader : {"jsonl", "json"}) {
          put(file("wide"), wide.toStdString());
          const auto documents = read_documents(reader, file("wide"));
          QCOMPARE(documents.size(), std::size_t{2});
          QCOMPARE(documents[0].text, std::string("caf\xC3\xA9 1"));
          QCOMPARE(documents[1].text, std::string("b"));
        }
      }
    }
    // Eight bits a character are what the corpus says; without a word they are broken text, and counted.
    corpus::ReadOptions options;
    options.encoding = "latin1";
    put(file("narrow.jsonl"), "{\"text\":\"caf\xE9\"}\n");
    const auto reader = corpus::open_jsonl(file("narrow.jsonl"), options);
    corpus::Document document;
    QVERIFY(reader->next(document));
    QCOMPARE(document.text, std::string("caf\xC3\xA9"));
    QCOMPARE(reader->encoding(), std::string("windows-1252"));
    QVERIFY(!read_documents("jsonl", file("narrow.jsonl")).at(0).fault.empty());
    // A character that lies across two blocks.
    std::string longer;
    for (int i = 0; i < 60'000; ++i) longer += "{\"text\":\"\xC3\xA9\xC3\xA9\xC3\xA9 " + std::to_string(i) + "\"}\n";
    QStringEncoder encoder(QStringConverter::Utf16LE);
    put(file("long.jsonl"), QByteArray(encoder.encode(QString::fromStdString(longer))).toStdString());
    const auto all = read_documents("jsonl", file("long.jsonl"));
    QCOMPARE(all.size(), std::size_t{60'000});
    for (std::size_t i = 0; i < all.size(); ++i) QCOMPARE(all[i].text, "\xC3\xA9\xC3\xA9\xC3\xA9 " + std::to_string(i));
  }

  void files_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QStringList>("texts");  // "!" before a fault
    const auto row = [](const char* name, const char* content, const QStringList& texts) {
      QTest::newRow(name) << QByteArray(content) << texts;
    };
    row("array", "[{\"text\":\"a\"},{\"text\":\"b]\"},\n {\"text\":\"c\\\"}\"}]", {"a", "b]", "c\"}"});
    row("empty array", " [ ] ", {});
    row("one object", "{\n\"text\":\n\"a\"\n}", {"a"});
    row("objects", "{\"text\":\"a\"} {\"text\":\"b\"}{\"text\":\"c\"}", {"a", "b", "c"});
    row("nested", "[{\"x\":[{\"y\":[1,2]}],\"text\":\"a\"},{\"text\":\"b\"}]", {"a", "b"});
    row("other values", "[1,\"two\",null,{\"text\":\"a\"},[{\"text\":\"b\"}]]",
        {"!no JSON object", "!no JSON object", "!no JSON object", "a", "!no JSON object"});
    row("an item without text", "[{\"body\":\"x\"},{\"text\":\"a\"}]", {"!no field \"text\"", "a"});
    row("empty file", "", {});
  }
  void files() {
    QFETCH(QByteArray, content);
    QFETCH(QStringList, texts);
    put(file("a.json"), content.toStdString());
    QStringList found;
    for (const auto& document : read_documents("json", file("a.json")))
      found << QString::fromStdString(document.fault.empty() ? document.text : '!' + document.fault);
    QCOMPARE(found, texts);
  }

  void arraysThatDoNotEnd() {
    for (const char* content : {"[", "[{\"text\":\"a\"}", "[{\"text\":\"a\"},", "[{\"text\":\"a\"}] x"}) {
      put(file("cut.json"), content);
      const auto error = error_of([&] { read_documents("json", file("cut.json")); });
      QVERIFY2(error && error->kind() == ErrorKind::input, content);
      QVERIFY(std::string(error->what()).starts_with(file("cut.json").string() + ":1: "));
    }
  }

  void templatesThatAreWrong() {
    for (const char* field : {"", "{", "{}", "}", "{a", "{a{b}}", "a}", "no field in {{braces}}"}) {
      const auto error = error_of([&] { corpus::TextField{field}; });
      QVERIFY2(error && error->kind() == ErrorKind::project, field);
    }
  }

  /// Damaged lines against the other parser of the program: what it takes is taken with the same text.
  void mutations() {
    Random random(3);
    corpus::JsonRecords records(corpus::TextField("text"));
    const std::string whole =
        "{\"id\":12,\"text\":\"A \\\"text\\\" of \\u00e9 letters\",\"tags\":[\"x\",{\"y\":null}],\"n\":-1.5e3}";
    int taken = 0;
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 100'000; ++i) {
      std::string line = whole;
      for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
        const std::size_t at = random.below(line.size());
        const std::uint64_t what = random.below(3);
        if (what == 0) line.erase(at, 1 + random.below(4));
        if (what == 1) line[at] = static_cast<char>(random.below(256));
        if (what == 2) line.insert(at, 1, "{}[]\",:\\ue0"[random.below(11)]);
        if (line.empty()) line = "x";
      }
      corpus::Document document;
      const nlohmann::json reference = nlohmann::json::parse(line, nullptr, false);
      const bool sound = !reference.is_discarded() && reference.is_object() && reference.contains("text") &&
                         reference["text"].is_string();
      records.read(line, document);
      QVERIFY(document.fault.empty() || document.text.empty());
      if (!sound) continue;
      ++taken;
      QVERIFY2(document.fault.empty(), (line + " " + document.fault + document.detail).c_str());
      QVERIFY(document.text == reference["text"].get<std::string>());
    }
    QVERIFY(taken > 5000);
    QVERIFY(timer.elapsed() < 60'000);
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestJson)
#include "test_json.moc"
