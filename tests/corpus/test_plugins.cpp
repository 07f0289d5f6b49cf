// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins: the real one from the build tree and its readers, and libraries that must be refused.
#include <zlib.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <random>

#include "corpus/import.h"
#include "corpus/plugin.h"
#include "corpus_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/corpus";

std::string base64(std::uint64_t value) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out(1, digits[value % 64]);
  for (value /= 64; value > 0; value /= 64) out.insert(out.begin(), digits[value % 64]);
  return out;
}

}  // namespace

class TestPlugins : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    base_ = folder_.path().toStdString();
    const fs::path real = base_ / "real";
    fs::create_directories(real);
    fs::create_symlink(fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-debian-texts.so",
                       real / "debian-texts.so");
    const auto status = corpus::load_plugins({real, base_ / "no-such-folder"});
    QCOMPARE(status.size(), std::size_t{1});
    QCOMPARE(status[0].error, std::string());
    QCOMPARE(status[0].id, std::string("org.pantograph.debian-texts"));
    QVERIFY(status[0].capabilities == std::vector<std::string>{"corpus-reader"});
    for (const char* reader : {"dictd", "man", "fortune", "text"})
      QVERIFY(corpus::ReaderRegistry::instance().find(reader));
    QCOMPARE(corpus::ReaderRegistry::instance().get("man").origin, status[0].path.string());
    // A second time, and by two ways to the same folder: the same answer, nothing registered twice.
    QCOMPARE(corpus::load_plugins({real, real / "../real"}).size(), std::size_t{1});
  }

  void refuses_what_does_not_fit() {
    fs::copy(PLUGIN_VARIANTS, base_ / "variants");
    put(base_ / "variants/text.so", "This is a text file.\n");
    put(base_ / "variants/empty.so", "");
    put(base_ / "variants/readme.txt", "no library, not looked at");
    fs::copy_file(fs::path(PANTOGRAPH_BINARY_DIR) / "plugins/pantograph-debian-texts.so",
                  base_ / "variants/zz-copy.so");
    const auto status = corpus::load_plugins({base_ / "variants"});
    const std::map<std::string, std::string> expected = {
        {"empty.so", "cannot be loaded"},
        {"plugin_api.so", "was built for plugin interface " + std::to_string(corpus::kPluginApi + 1)},
        {"plugin_capability.so", "needs the capability \"time-travel\""},
        {"plugin_foreign.so", "is not a Pantograph plugin"},
        {"plugin_no_function.so", "lists the capability \"corpus-reader\" but no function for it"},
        {"plugin_taken.so", "the reader id \"text\" is taken by built in"},
        {"plugin_throwing.so", ""},
        {"text.so", "cannot be loaded"},
        {"zz-copy.so", "is already loaded from"}};
    QCOMPARE(status.size(), expected.size());
    for (const corpus::PluginStatus& one : status) {
      const std::string& text = expected.at(one.path.filename().string());
      if (text.empty()) QCOMPARE(one.error, text);
      QVERIFY2(one.error.find(text) != std::string::npos, one.error.c_str());
    }
    QVERIFY(corpus::ReaderRegistry::instance().find("never-seen") == nullptr);  // of the plugin that failed half-way
  }

  void an_error_from_a_plugin_arrives_whole() {
    QVERIFY(corpus::ReaderRegistry::instance().find("throwing"));
    put(base_ / "any.txt", "text");
    project::CorpusSpec corpus;
    corpus.name = "broken";
    corpus.reader = "throwing";
    corpus.paths = {"any.txt"};
    const auto error = error_of([&] { corpus::import_corpus(corpus, base_, 7, base_ / "out", {}); });
    QVERIFY(error);
    QCOMPARE(error->kind(), ErrorKind::input);
    QCOMPARE(error->text().where, std::string("plugin.txt:3"));
    QCOMPARE(error->text().remedy, std::string("Fill it."));
  }

  void folders_from_the_environment() {
    fs::create_directories(base_ / "one");
    fs::create_directories(base_ / "two");
    qputenv("PANTOGRAPH_PLUGINS",
            (base_.string() + "/one:" + base_.string() + "/absent::" + base_.string() + "/two").c_str());
    const auto folders = corpus::plugin_folders();
    qunsetenv("PANTOGRAPH_PLUGINS");
    QVERIFY(folders.size() >= 2);
    QCOMPARE(folders[0], base_ / "one");
    QCOMPARE(folders[1], base_ / "two");
  }

  void dictd_entries() {
    write_dictionary("small", true);
    write_dictionary("plain", false);
    for (const char* name : {"small.dict.dz", "plain.dict"}) {
      const auto documents = read_documents("dictd", base_ / name);
      QCOMPARE(documents.size(), std::size_t{2});  // one entry has two headwords, one is about the dictionary
      QCOMPARE(documents[0].text, std::string("Arch\nA curved structure; see beam.\nFOO? sorry\n"));
      QCOMPARE(documents[1].text,
               std::string("Beam \\Beam\\, n.\n1. A long piece of timber.\n\n2. A ray [of light].\n"));
      QVERIFY(documents[1].source.ends_with(": beam"));
    }
  }

  void dictd_bad_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("index");
    QTest::addColumn<double>("keep");
    QTest::addColumn<QString>("message");
    QTest::newRow("no index") << "bad.dict.dz"
                              << "" << 1.0 << "bad.index: the dictionary's index is missing";
    QTest::newRow("no tabs") << "bad.dict.dz"
                             << "word 1 2\n"
                             << 1.0 << "bad.index:1: a broken line";
    QTest::newRow("not base 64") << "bad.dict.dz"
                                 << "a\tA\tB\nword\t?\tB\n"
                                 << 1.0 << "bad.index:2: a broken line";
    QTest::newRow("beyond the end") << "bad.dict.dz"
                                    << "word\tA\t///\n"
                                    << 1.0 << "\"word\" lies beyond the end";
    QTest::newRow("far beyond") << "bad.dict.dz"
                                << "word\t/////\tB\n"
                                << 1.0 << "\"word\" lies beyond the end";
    QTest::newRow("truncated") << "bad.dict.dz"
                               << "word\tA\tB9\n"
                               << 0.8 << "damaged or truncated";
    QTest::newRow("not gzip") << "bad.dict.dz"
                              << "word\tA\tB\n"
                              << -1.0 << "is not gzip data";
    QTest::newRow("missing") << "none.dict.dz"
                             << "word\tA\tB\n"
                             << 1.0 << "none.index";
  }
  void dictd_bad() {
    QFETCH(QString, name);
    QFETCH(QString, index);
    QFETCH(double, keep);
    QFETCH(QString, message);
    write_dictionary("bad", true);
    fs::remove(base_ / "bad.index");
    if (!index.isEmpty()) put(base_ / "bad.index", index.toStdString());
    if (keep < 0) put(base_ / "bad.dict.dz", "plain text");
    if (keep > 0 && keep < 1) cut_file(base_ / "bad.dict.dz", keep);
    const auto error = error_of([&] { read_documents("dictd", base_ / name.toStdString()); });
    QVERIFY(error);
    QCOMPARE(error->kind(), ErrorKind::input);
    QVERIFY2(QString(error->what()).contains(message), error->what());
  }

  void man_page() {
    QCOMPARE(QString::fromStdString(read_documents("man", kFixtures / "page.7").at(0).text),
             QString::fromUtf8("NAME\nbridge - a structure that spans physical obstacles\n\nLONG HEADING\n"
                               "First line second line, bridge string on a terminal.\n\n"
                               "See arch(7) and beam(3), quoted 'name' and a\\ b, \u201cdouble\u201d, caf\u00e9.\n\n"
                               "--span Sets the span.\n\n\u2022 A point.\n  int  main(void);\n    return 0;\n\n"
                               "metal density\nsteel 7.8\nnroff only After the SMALL table.\n"));
  }

  void mdoc_page() {
    QCOMPARE(
        QString::fromStdString(read_documents("man", kFixtures / "page.8").at(0).text),
        QString::fromUtf8(
            "NAME\nferry \u2013 carry text across\n\nSYNOPSIS\nferry [-v] [--log file] harbour ...\n\nDESCRIPTION\n"
            "The ferry program reads /etc/ferry.conf, see ferry.conf(5).\n\n-v Be verbose.\n\nFERRY "
            "Set in the \u201cenvironment\u201d.\n\nIt calls cross(int from, int to).\n\n  ferry -v\n"));
  }

  void man_links_compression_and_damage() {
    QVERIFY(read_documents("man", kFixtures / "link.7").empty());
    std::string page = ".TH A 1\n.SH NAME\na \\- tool\n";
    for (unsigned i = 0; i < 50; ++i) page += ".PP\n" + noise(200, i) + "\n";
    put_compressed(base_ / "a.1.gz", page, ARCHIVE_FILTER_GZIP);
    QVERIFY(read_documents("man", base_ / "a.1.gz").at(0).text.starts_with("NAME\na - tool\n"));
    cut_file(base_ / "a.1.gz", 0.6);
    const auto error = error_of([&] { read_documents("man", base_ / "a.1.gz"); });
    QVERIFY(error && error->kind() == ErrorKind::input);
    QVERIFY(std::string(error->what()).find("damaged or truncated") != std::string::npos);
  }

  void man_values_data() {
    QTest::addColumn<QString>("page");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const QString& page, const QString& text) {
      QTest::newRow(name) << page << text;
    };
    row("font behind a condition", ".SH A\n.if n \\fBtext\n", "A\ntext\n");
    row("nested conditions", ".SH A\n.if n .if n .if n deep\n", "A\ndeep\n");
    row("nested strings", ".ds a \\fIa\\fP\n.ds b <\\*a>\n.ds c (\\*b)\n.SH A\n\\*c \\*(cc.\n", "A\n(<a>) .\n");
    row("strings in a ring", ".ds a \\*b\\*b\n.ds b \\*a\\*a\n.SH X\ntext \\*a\n", "X\ntext\n");
    row("options", ".SH A\n--help, \\-\\-help, \\fB\\-\\-help\\fP, well\\(hyknown, a\\-b\n",
        "A\n--help, --help, --help, well-known, a-b\n");
    row("quotes", ".SH A\n\\(aqa\\(aq \\(dqb\\(dq 'c' \\(lqd\\(rq \\(oqe\\(cq\n",
        QString::fromUtf8("A\n'a' \"b\" 'c' \u201cd\u201d \u2018e\u2019\n"));
    row("printed over", ".SH A\n\\fBbold\\fP \\fIitalic\\fP \\f(BIboth\\fP \\fB\\(em\\['e]\\fP\n",
        QString::fromUtf8("A\nbold italic both \u2014\u00e9\n"));
    row("spaces", ".SH A\na\\~b\\ c\\0d  e.  F\n", "A\na b c d e. F\n");
    const QString words = QString("some words of a well-known text ").repeated(400).trimmed();
    row("long paragraphs", ".SH A\n" + words + "\n.PP\n" + words + "\n.TP\n.B \\-v\n" + words + "\n",
        "A\n" + words + "\n\n" + words + "\n\n-v " + words + "\n");
    row("examples", ".SH A\n.RS\n.EX\nif (x)   /* y */\n\tz\\-\\-;\n    {\n.EE\n.RE\nrest\n",
        "A\nif (x)   /* y */\n\tz--;\n    {\nrest\n");
    row("synopsis", ".SH A\n.nf\n.BI \"int f(char \" a ,\n.BI \"      char \" b );\n.fi\n",
        "A\nint f(char a,\n      char b);\n");
    row("boxed table", ".SH A\n.TS\nallbox tab(:);\nl l.\na:b b\nT{\nc\nd\nT}:e\n.TE\n", "A\n\na b b\nc d e\n");
    row("equation", ".SH A\n.EQ\na over b\n.EN\n", "A\na/b\n");
    row("another file in the page", ".SH A\nb\n.so man1/other.1\nc\n", "A\nb c\n");
    row("no macros", "text\n", "text\n");
  }
  void man_values() {
    QFETCH(QString, page);
    QFETCH(QString, text);
    put(base_ / "value.1", page.toStdString());
    const corpus::Document document = read_documents("man", base_ / "value.1").at(0);
    QCOMPARE(document.fault, std::string());
    QCOMPARE(QString::fromStdString(document.text), text);
  }

  void man_without_text() {
    for (const char* page : {"", ".\\\" A comment\n", ".TH A 1\n"}) {
      put(base_ / "empty.1", page);
      QCOMPARE(read_documents("man", base_ / "empty.1").at(0).fault, std::string("empty page"));
    }
    put(base_ / "latin.1", ".SH A\ncaf\xe9\n");
    QCOMPARE(read_documents("man", base_ / "latin.1").at(0).text, std::string("A\ncaf\u00e9\n"));
  }

  /// Pages cut off and mangled anywhere give text or a fault, in bounded time.
  void man_survives_mangled_pages() {
    std::mt19937 random(18);
    for (int i = 0; i < 300; ++i) {
      std::ifstream in(kFixtures / (i % 2 == 0 ? "page.7" : "page.8"));
      std::string page((std::istreambuf_iterator<char>(in)), {});
      QVERIFY(page.size() > 100);
      for (unsigned changes = 1 + random() % 8; changes > 0; --changes)
        page[random() % page.size()] = "\\'\".({[\n"[random() % 8];
      if (i % 3 == 0) page.resize(random() % page.size());
      put(base_ / "cut.1", page);
      const auto documents = read_documents("man", base_ / "cut.1");
      QVERIFY(documents.size() == 1 && documents[0].text.empty() == !documents[0].fault.empty());
    }
    std::string deep = ".SH X\n";
    for (int i = 0; i < 100'000; ++i) deep += ".if n ";
    put(base_ / "deep.1", deep + "text\n");
    QElapsedTimer timer;
    timer.start();
    const auto documents = read_documents("man", base_ / "deep.1");
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(documents.size(), std::size_t{1});
    if (documents[0].fault.empty()) QCOMPARE(documents[0].text, std::string("X\ntext\n"));
    if (!documents[0].fault.empty()) QCOMPARE(documents[0].fault, std::string("mandoc took too long"));
  }

  void man_when_mandoc_fails() {
    const QByteArray path = qgetenv("PATH");
    const fs::path folder = base_ / "programs";
    fs::create_directories(folder);
    const auto read = [&] { return read_documents("man", kFixtures / "page.7"); };
    qputenv("PATH", folder.c_str());
    const auto missing = error_of(read);
    qputenv("PATH", (folder.string() + ":").c_str() + path);
    std::vector<corpus::Document> documents;
    for (const char* script : {"sleep 60", "kill -SEGV $$", "echo mandoc: no memory >&2; exit 6", "yes", "exit 3"}) {
      put(folder / "mandoc", std::string("#!/bin/sh\n") + script + "\n");
      fs::permissions(folder / "mandoc", fs::perms::owner_all);
      documents.push_back(read().at(0));
    }
    qputenv("PATH", path);
    QVERIFY(missing && missing->kind() == ErrorKind::run);
    QVERIFY2(QString(missing->what()).contains("needs the program mandoc"), missing->what());
    QCOMPARE(missing->text().remedy, std::string("Install the package mandoc."));
    QCOMPARE(documents[0].fault, std::string("mandoc took too long"));
    QCOMPARE(documents[1].fault + " " + documents[1].detail, std::string("mandoc failed signal 11"));
    QCOMPARE(documents[2].fault + " " + documents[2].detail,
             std::string("mandoc failed exit status 6: mandoc: no memory"));
    QCOMPARE(documents[3].fault, std::string("mandoc printed too much"));
    QCOMPARE(documents[4].fault, std::string("empty page"));
  }

  /// A bracket that never closes is looked at for as far as a source's name reaches, not to the end of the entry.
  void brackets_of_a_dictionary_take_one_pass() {
    constexpr std::size_t kBrackets = 4'000'000;
    const std::string entry(kBrackets, '[');
    put(base_ / "brackets.dict", entry);
    put(base_ / "brackets.index", "word\t" + base64(0) + "\t" + base64(kBrackets) + "\n");
    QElapsedTimer timer;
    timer.start();
    const auto documents = read_documents("dictd", base_ / "brackets.dict");
    QCOMPARE(documents.size(), std::size_t{1});
    QVERIFY(documents[0].text == entry + "\n");
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
  }

  void fortune_cookies() {
    const auto documents = read_documents("fortune", kFixtures / "cookies");
    QCOMPARE(documents.size(), std::size_t{3});
    QCOMPARE(documents[0].text, std::string("A stitch in time\nsaves nine.\n"));
    QCOMPARE(documents[1].text, std::string("Under words.\n"));
    QCOMPARE(documents[2].text, std::string("Last one without an end\n"));
    QVERIFY(documents[1].source.ends_with("cookies:4"));
    put(base_ / "none", "");
    QVERIFY(read_documents("fortune", base_ / "none").empty());
    const std::string longer(300'000, 'x');  // a line of several blocks
    put(base_ / "long", "a\n%\n" + longer + "\nb\n%\nc");
    const auto read = read_documents("fortune", base_ / "long");
    QCOMPARE(read.size(), std::size_t{3});
    QVERIFY(read[1].text == longer + "\nb\n");
    QCOMPARE(read[2].text, std::string("c\n"));
  }

 private:
  void write_dictionary(const std::string& name, bool compressed) {
    const std::string about = "00-database-info\n  A dictionary written for this test.\n";
    const std::string arch =
        "Arch\n   A curved structure; see {beam}. [1913 Webster]\n│FOO?│   sorry      │\n├────┼────┤\n";
    const std::string beam =
        "Beam \\Beam\\, n.\n   1. A long piece of timber.\n      [1913 Webster]\n\n   2. A ray [of light].\n";
    const std::string all = about + arch + beam;
    std::string index = "00-database-info\t" + base64(0) + "\t" + base64(about.size()) + "\n";
    index += "arch\t" + base64(about.size()) + "\t" + base64(arch.size()) + "\n";
    index += "beam\t" + base64(about.size() + arch.size()) + "\t" + base64(beam.size()) + "\n";
    index += "timber\t" + base64(about.size() + arch.size()) + "\t" + base64(beam.size()) + "\n";
    put(base_ / (name + ".index"), index);
    if (!compressed) return put(base_ / (name + ".dict"), all);
    const gzFile file = gzopen((base_ / (name + ".dict.dz")).c_str(), "wb");
    gzwrite(file, all.data(), static_cast<unsigned>(all.size()));
    gzclose(file);
  }

  QTemporaryDir folder_;
  fs::path base_;
};

QTEST_GUILESS_MAIN(TestPlugins)
#include "test_plugins.moc"
