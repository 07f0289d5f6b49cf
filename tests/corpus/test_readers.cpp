// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in readers: what they give for good files, and the error for each kind of bad one.
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>

#include "corpus/readers.h"
#include "corpus_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestReaders : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    corpus::register_built_in_readers();
    corpus::register_built_in_readers();  // idempotent
  }

  void registry() {
    const corpus::ReaderRegistry& readers = corpus::ReaderRegistry::instance();
    QCOMPARE(readers.all().size(), std::size_t{6});
    QCOMPARE(readers.guess("a/b.jsonl.zst"), std::string("jsonl"));
    QCOMPARE(readers.guess("a/B.HTM"), std::string("html"));
    QCOMPARE(readers.guess("a/notes.txt.gz"), std::string("text"));
    QCOMPARE(readers.guess("a/README"), std::string("text"));
    QVERIFY(readers.find("nothing") == nullptr);
    const auto unknown = error_of([&] { readers.get("nothing"); });
    QVERIFY(unknown && unknown->kind() == ErrorKind::project);
    QVERIFY(std::string(unknown->what()).find("csv, html, json, jsonl, parquet, text") != std::string::npos);
    const auto taken = error_of([&] {
      corpus::ReaderRegistry::instance().add({"text", "Other", {}, corpus::open_text, "elsewhere"});
    });
    QVERIFY(taken && taken->kind() == ErrorKind::run);
    QVERIFY(error_of([&] { corpus::ReaderRegistry::instance().add({"empty", "No function", {}, nullptr, ""}); }));
  }

  void text_plain_and_compressed() {
    const std::string content = "First line.\nSecond, with \xC3\xA9.\n";
    put(file("a.txt"), std::string("\xEF\xBB\xBF").append(content));
    put_compressed(file("a.txt.gz"), content, ARCHIVE_FILTER_GZIP);
    put_compressed(file("a.txt.zst"), content, ARCHIVE_FILTER_ZSTD);
    for (const char* name : {"a.txt", "a.txt.gz", "a.txt.zst"}) {
      const auto documents = read_documents("text", file(name));
      QCOMPARE(documents.size(), std::size_t{1});
      QCOMPARE(documents[0].text, content);
      QCOMPARE(documents[0].source, file(name).string());
    }
  }

  void text_of_an_empty_file() {
    put(file("empty.txt"), "");
    const auto documents = read_documents("text", file("empty.txt"));
    QCOMPARE(documents.size(), std::size_t{1});
    QVERIFY(documents[0].text.empty());
  }

  void large_text_comes_in_parts() {
    std::string content;
    while (content.size() < (40u << 20))
      content.append("A line with an umlaut \xC3\xA4 and a number ")
          .append(std::to_string(content.size()))
          .append(".\n");
    put_compressed(file("large.txt.gz"), content, ARCHIVE_FILTER_GZIP);
    const auto documents = read_documents("text", file("large.txt.gz"));
    QCOMPARE(documents.size(), std::size_t{3});
    std::string all;
    for (const corpus::Document& document : documents) {
      QVERIFY(document.text.ends_with('\n'));
      QVERIFY(document.text.size() < (17u << 20));
      all += document.text;
    }
    QVERIFY(all == content);
    // Without any line's end no character is cut in two.
    content.assign("x");
    while (content.size() < (20u << 20)) content += "\xC3\xA4";
    put(file("one-line.txt"), content);
    const auto parts = read_documents("text", file("one-line.txt"));
    QCOMPARE(parts.size(), std::size_t{2});
    QVERIFY(parts[1].text.starts_with("\xC3\xA4"));
    QVERIFY(parts[0].text + parts[1].text == content);
  }

  void damaged_compression_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("filter");
    QTest::addColumn<double>("keep");
    for (const double keep : {0.999, 0.5, 0.0001}) {
      QTest::addRow("gzip %g", keep) << "cut.jsonl.gz" << ARCHIVE_FILTER_GZIP << keep;
      QTest::addRow("zstd %g", keep) << "cut.jsonl.zst" << ARCHIVE_FILTER_ZSTD << keep;
    }
    QTest::newRow("gzip nothing") << "cut.jsonl.gz" << ARCHIVE_FILTER_GZIP << 0.0;
  }
  void damaged_compression() {
    QFETCH(QString, name);
    QFETCH(int, filter);
    QFETCH(double, keep);
    const fs::path path = file(name.toStdString());
    std::string content;
    for (unsigned i = 0; i < 300; ++i) content.append("{\"text\":\"").append(noise(1000, i)).append("\"}\n");
    put_compressed(path, content, filter);
    cut_file(path, keep);
    const auto error = error_of([&] { read_documents("jsonl", path); });
    QVERIFY(error);
    QCOMPARE(error->kind(), ErrorKind::input);
    QVERIFY2(std::string(error->what()).find(path.string()) == 0, error->what());
  }

  void missing_or_unreadable() {
    for (const char* reader : {"text", "jsonl", "html"}) {
      const auto missing = error_of([&] { read_documents(reader, file("not-there")); });
      QVERIFY(missing && missing->kind() == ErrorKind::input);
      QVERIFY(std::string(missing->what()).find("not-there: cannot be opened: No such file") != std::string::npos);
      const auto folder = error_of([&] { read_documents(reader, folder_.path().toStdString()); });
      QVERIFY(folder && folder->kind() == ErrorKind::input);
    }
    put(file("secret.txt"), "x");
    fs::permissions(file("secret.txt"), fs::perms::none);
    const bool root = ::geteuid() == 0;
    if (root) QCOMPARE(::seteuid(65534), 0);
    const auto denied = error_of([&] { read_documents("text", file("secret.txt")); });
    if (root) QCOMPARE(::seteuid(0), 0);
    QVERIFY(denied && denied->kind() == ErrorKind::input);
    QVERIFY(std::string(denied->what()).find("ermission") != std::string::npos);
  }

  void html_page() {
    const auto documents = read_documents("html", fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/corpus/page.html");
    QCOMPARE(documents.size(), std::size_t{1});
    QCOMPARE(
        QString::fromStdString(documents[0].text),
        QString::fromUtf8(
            "Beam bridges\n\nA beam rests on two piers; its span is < 30\u00a0m & its depth \u2014 or height \u2014 "
            "about 1\u204420 of it. Caf\u00e9.\n\ntimber\nsteel\n\nspan load\n10 20\n\n  first\n    second\n"));
  }

  void html_soup_and_encodings() {
    const auto soup =
        read_documents("html", fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/corpus/soup.html").at(0).text;
    for (const char* word : {"one", "two", "three", "four", "five", "six", "seven", "nine"}) {
      QVERIFY2(soup.find(word) != std::string::npos, soup.c_str());
    }
    QVERIFY(soup.find("gone") == std::string::npos);
    QCOMPARE(corpus::html_to_text("<p>caf\xC3\xA9"), std::string("caf\xC3\xA9\n"));  // UTF-8 that nobody declared
    QCOMPARE(corpus::html_to_text("<meta charset=iso-8859-1><p>caf\xE9"), std::string("caf\xC3\xA9\n"));
    QCOMPARE(corpus::html_to_text(""), std::string());
    QCOMPARE(corpus::html_to_text("no tags at all"), std::string("no tags at all\n"));
    std::string deep;
    for (int i = 0; i < 20000; ++i) deep += "<div>";
    QCOMPARE(corpus::html_to_text(deep + "bottom"), std::string("bottom\n"));
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestReaders)
#include "test_readers.moc"
