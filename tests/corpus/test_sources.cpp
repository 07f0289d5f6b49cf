// SPDX-License-Identifier: GPL-3.0-or-later
// Which files a corpus names: patterns, exclusions, names of any bytes, and what is said of the others.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "import_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestSources : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    base_ = folder_->path().toStdString();
    out_ = base_ / "out";
  }

  void files_and_exclusions() {
    fs::create_directories(base_ / "texts/deep");
    for (const char* name : {"texts/a.txt", "texts/deep/b.txt", "texts/c.dat", "texts/notes.md"})
      put(base_ / name, name);
    auto names = [&](const project::CorpusSpec& corpus) {
      std::string out;
      for (const corpus::SourceFile& file : corpus::source_files(corpus, base_).files)
        out += file.path.filename().string() + " ";
      return out;
    };
    QCOMPARE(names(spec("text", {"texts"})), std::string("a.txt b.txt notes.md "));  // a folder: what the reader takes
    QCOMPARE(names(spec("text", {"texts/*.dat"})), std::string("c.dat "));           // a pattern: what it says
    QCOMPARE(names(spec("text", {"texts/a.txt", "texts"})), std::string("a.txt b.txt notes.md "));  // none twice
    project::CorpusSpec corpus = spec("text", {"texts"});
    corpus.exclude = {"*.md"};
    QCOMPARE(names(corpus), std::string("a.txt b.txt "));
    corpus.exclude = {"texts/deep"};
    QCOMPARE(names(corpus), std::string("a.txt notes.md "));
  }

  /// Patterns that excluded nothing, each for a file or folder that is to go.
  void exclusions_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("exclude");
    QTest::addColumn<QString>("left");
    QTest::newRow("a point before the path") << "./text"
                                             << "text/secret.txt"
                                             << "a.txt b.txt ";
    QTest::newRow("a point before the pattern") << "text"
                                                << "./text/secret.txt"
                                                << "a.txt b.txt ";
    QTest::newRow("a folder with a slash") << "text"
                                           << "text/sub/"
                                           << "a.txt secret.txt ";
    QTest::newRow("a folder's name") << "text"
                                     << "sub"
                                     << "a.txt secret.txt ";
    QTest::newRow("a folder's name with a slash") << "text"
                                                  << "sub/"
                                                  << "a.txt secret.txt ";
    QTest::newRow("any depth") << "."
                               << "**/b.*"
                               << "a.txt secret.txt ";
    QTest::newRow("above and back") << "text"
                                    << "text/sub/../secret.txt"
                                    << "a.txt b.txt ";
    QTest::newRow("a letter for another") << "text"
                                          << "?.txt"
                                          << "secret.txt ";
    QTest::newRow("nothing") << "text"
                             << "text/secret"
                             << "a.txt secret.txt b.txt ";
    QTest::newRow("brackets are letters") << "text"
                                          << "[ab].txt"
                                          << "a.txt secret.txt b.txt ";
  }
  void exclusions() {
    QFETCH(QString, path);
    QFETCH(QString, exclude);
    QFETCH(QString, left);
    fs::create_directories(base_ / "text/sub");
    for (const char* name : {"text/a.txt", "text/secret.txt", "text/sub/b.txt"}) put(base_ / name, name);
    project::CorpusSpec corpus = spec("text", {path.toStdString()});
    corpus.exclude = {exclude.toStdString()};
    const corpus::Sources sources = corpus::source_files(corpus, base_);
    QString names;
    for (const corpus::SourceFile& file : sources.files)
      names += QString::fromStdString(file.path.filename().string()) + ' ';
    QCOMPARE(names, left);
    const bool fits = left != "a.txt secret.txt b.txt ";
    QCOMPARE(sources.unmatched.empty(), fits);
    std::vector<std::string> warnings;
    TaskContext task;
    task.on_warning = [&](const std::string& message) { warnings.push_back(message); };
    corpus::import_corpus(corpus, base_, 7, out_, task);
    const auto about = std::count_if(warnings.begin(), warnings.end(),
                                     [](const std::string& w) { return w.find("of exclude fits no file") != w.npos; });
    QCOMPARE(about, std::ptrdiff_t{fits ? 0 : 1});
  }

  void says_what_a_folder_holds_besides() {
    fs::create_directories(base_ / "mixed/.git");
    for (int i = 0; i < 12; ++i) put(base_ / ("mixed/" + std::to_string(i) + ".txt"), "Text " + std::to_string(i));
    for (int i = 0; i < 12; ++i) put(base_ / ("mixed/" + std::to_string(i) + ".csv.gz"), "x");
    for (int i = 0; i < 8; ++i) put(base_ / ("mixed/" + std::to_string(i) + ".PDF"), "x");
    put(base_ / "mixed/.git/x.txt", "hidden");
    put(base_ / "mixed/._1.txt", "hidden");
    put(base_ / "mixed/README", "none");
    project::CorpusSpec corpus = spec("text", {"mixed"});
    corpus.exclude = {"3.txt"};
    const corpus::ImportSummary summary = run(corpus);
    QCOMPARE(corpus::import_sentence(summary),
             std::string("11 documents of 11 files; 21 files that this reader does not take (.csv 12, .pdf 8, none 1); "
                         "passed over: hidden 1, version control 1; excluded: 1 file"));
    const auto error = error_of([&] { run(spec("html", {"mixed"})); });
    QVERIFY(error);
    QVERIFY2(std::string(error->what()).find("(there are: .csv 12, .pdf 8, .txt 12, none 1)") != std::string::npos,
             error->what());
  }

  void of_many_kinds_the_first_are_named() {
    fs::create_directories(base_ / "kinds");
    put(base_ / "kinds/a.txt", "A text.");
    for (int kind = 10; kind < 23; ++kind) put(base_ / ("kinds/x.k" + std::to_string(kind)), "x");
    const auto sentence = [&] { return corpus::import_sentence(run(spec("text", {"kinds"}))); };
    QVERIFY2(sentence().ends_with(".k21 1, .k22 1)"), sentence().c_str());
    put(base_ / "kinds/x.k23", "x");
    QVERIFY2(sentence().ends_with(".k21 1, 2 other kinds)"), sentence().c_str());
  }

  void a_file_is_read_once_whatever_its_names() {
    fs::create_directories(base_ / "pages");
    put(base_ / "pages/b.txt", "The one page.");
    fs::create_symlink("b.txt", base_ / "pages/a.txt");
    fs::create_hard_link(base_ / "pages/b.txt", base_ / "pages/c.txt");
    put(base_ / "pages/d.txt", "The one page.");
    project::CorpusSpec corpus = spec("text", {"pages"});
    QCOMPARE(corpus::import_sentence(run(corpus)),
             std::string(
                 "1 document of 2 files; left out 1: 1 duplicate; passed over: other names of files read already 2"));
    corpus.exclude = {"a.txt"};  // then another of its names is read
    QCOMPARE(
        corpus::import_sentence(run(corpus)),
        std::string("1 document of 2 files; left out 1: 1 duplicate; passed over: other names of files read already 1; "
                    "excluded: 1 file"));
  }

  void names_of_any_bytes_and_patterns() {
    fs::create_directories(base_ / "[2024] data");
    put(base_ / "[2024] data/data[1].txt", "The file with brackets.");
    put(base_ / "[2024] data/data1.txt", "The other file.");
    put(base_ / "[2024] data/caf\xE9.txt", "A name in Latin-1.");
    project::CorpusSpec corpus = spec("text", {"data[1].txt"});
    corpus::import_corpus(corpus, base_ / "[2024] data", 7, out_, {});
    QCOMPARE(splits_of(out_).begin()->first, std::string("The file with brackets."));
    corpus.paths = {"."};
    corpus.min_characters = 100;
    const auto error = error_of([&] { corpus::import_corpus(corpus, base_ / "[2024] data", 7, out_, {}); });
    QVERIFY(error && std::string(error->what()).find("3 too short") != std::string::npos);
    corpus.min_characters = 19;
    const corpus::ImportSummary summary = corpus::import_corpus(corpus, base_ / "[2024] data", 7, out_, {});
    QCOMPARE(summary.dropped.at("too short").first.at(0),
             (base_ / "[2024] data/caf\\xE9.txt").string() + " (18 characters)");
  }

 private:
  corpus::ImportSummary run(const project::CorpusSpec& corpus) {
    return corpus::import_corpus(corpus, base_, 7, out_, {});
  }

  std::unique_ptr<QTemporaryDir> folder_;
  fs::path base_, out_;
};

QTEST_GUILESS_MAIN(TestSources)
#include "test_sources.moc"
