// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins: the real one from the build tree and its readers, and libraries that must be refused.
#include <zlib.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

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
                               "See arch(7) and beam(3), quoted 'name' and a\\ b, \"double\", caf\u00e9.\n"
                               "--span\nSets the span.\n* A point.\n  int  main(void);\n    return 0;\n"
                               "metal density\nsteel 7.8\nnroff only After the SMALL table.\n"));
  }

  void mdoc_page() {
    QCOMPARE(QString::fromStdString(read_documents("man", kFixtures / "page.8").at(0).text),
             QString("NAME\nferry - carry text across\n\nSYNOPSIS\nferry [-v] [--log file] harbour ...\n\nDESCRIPTION\n"
                     "The ferry program reads /etc/ferry.conf, see ferry.conf(5).\n-v\nBe verbose.\nFERRY\n"
                     "Set in the \"environment\".\n\nIt calls cross(int from, int to).\n\n  ferry -v\n"));
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

  /// Pages cut off and mangled anywhere must give some text or none, never an endless loop or a crash.
  void man_survives_mangled_pages() {
    for (const char* name : {"page.7", "page.8"}) {
      std::ifstream in(kFixtures / name);
      const std::string page((std::istreambuf_iterator<char>(in)), {});
      QVERIFY(page.size() > 100);
      for (std::size_t at = 0; at < page.size(); at += 3) {
        put(base_ / "cut.1", page.substr(0, at));
        (void)read_documents("man", base_ / "cut.1");
        std::string mangled = page;
        mangled[at] = "\\'\".({[\n"[at % 8];
        put(base_ / "cut.1", mangled);
        QCOMPARE(read_documents("man", base_ / "cut.1").size(), std::size_t{1});
      }
    }
    put(base_ / "loop.1", ".ds a \\*b\\*b\n.ds b \\*a\\*a\n.SH X\ntext \\*a\n");
    QVERIFY(read_documents("man", base_ / "loop.1").at(0).text.starts_with("X\ntext"));
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
