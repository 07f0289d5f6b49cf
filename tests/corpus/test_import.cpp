// SPDX-License-Identifier: GPL-3.0-or-later
// Import: what is kept, dropped and counted; splits; limits; memory; and that a failed import changes nothing.
#include <malloc.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QTest>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "corpus/distinct.h"
#include "import_support.h"
#include "store/hdf5.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::string json_lines(unsigned first, unsigned last) {
  std::string out;
  for (unsigned i = first; i < last; ++i)
    out += "{\"text\":\"document " + std::to_string(i) + " " + noise(40, i) + "\"}\n";
  return out;
}

/// Kilobytes, from /proc/self/status.
long status_value(const std::string& key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key + ":")) return std::stol(line.substr(key.size() + 1));
  }
  return -1;
}

}  // namespace

class TestImport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    base_ = folder_->path().toStdString();
    out_ = base_ / "out";
  }

  void counts_what_it_drops() {
    put(base_ / "a.txt", "A first document.");
    put(base_ / "b.txt", "A first document.");
    put(base_ / "c.txt", " \n\t ");
    put(base_ / "d.txt", "caf\xE9 au lait");
    put(base_ / "e.txt", "\xC3\xA9\xC3\xA9\xC3\xA9");
    put(base_ / "f.txt", "Another document.");
    project::CorpusSpec corpus = spec("text", {"*.txt"});
    corpus.min_characters = 4;
    const corpus::ImportSummary summary = run(corpus);
    QCOMPARE(summary.files, std::uint64_t{6});
    QCOMPARE(summary.documents[0] + summary.documents[1] + summary.documents[2], std::uint64_t{2});
    QCOMPARE(summary.bytes[0] + summary.bytes[1] + summary.bytes[2], std::uint64_t{34});
    const std::map<std::string, std::uint64_t> expected = {
        {"duplicate", 1}, {"empty", 1}, {"not UTF-8", 1}, {"too short", 1}};
    QVERIFY(counts(summary) == expected);
    QCOMPARE(summary.dropped.at("not UTF-8").first.at(0), (base_ / "d.txt").string() + " at byte 3");
    QCOMPARE(summary.dropped.at("too short").first.at(0), (base_ / "e.txt").string() + " (3 characters)");
    QCOMPARE(corpus::import_sentence(summary), std::string("2 documents of 6 files; left out 4: 1 duplicate, 1 empty "
                                                           "(c.txt), 1 not UTF-8 (d.txt at byte 3), 1 too short "
                                                           "(e.txt (3 characters))"));
  }

  void store_gives_back_every_document() {
    std::set<std::string> written;
    for (int i = 0; i < 50; ++i) {
      const std::string text =
          "Text " + std::to_string(i) + "\n" + noise(static_cast<std::size_t>(i) * 37, static_cast<unsigned>(i));
      put(base_ / (std::to_string(i) + ".txt"), text);
      written.insert(text);
    }
    const corpus::ImportSummary summary = run(spec("text", {"."}));
    const corpus::DocumentStore store(out_);
    std::set<std::string> read;
    for (const corpus::Split split : {corpus::Split::train, corpus::Split::validation, corpus::Split::test}) {
      const int s = static_cast<int>(split);
      QCOMPARE(store.documents(split), summary.documents[s]);
      QCOMPARE(store.bytes(split), summary.bytes[s]);
      const auto all = store.texts(split, 0, store.documents(split));
      for (std::uint64_t i = 0; i < all.size(); ++i) {
        QCOMPARE(store.text(split, i), all[i]);
        read.insert(all[i]);
      }
      QVERIFY(error_of([&] { store.text(split, store.documents(split)); }));
    }
    QVERIFY(read == written);
  }

  void ends_that_do_not_fit_data() {
    QTest::addColumn<QList<quint64>>("ends");
    QTest::newRow("a bit too many") << QList<quint64>{4, (quint64{1} << 44) + 8};
    QTest::newRow("one bit less") << QList<quint64>{4, 0};
    QTest::newRow("falling") << QList<quint64>{9, 8};
    QTest::newRow("beyond, and back") << QList<quint64>{quint64{1} << 63, 8};
  }
  void ends_that_do_not_fit() {
    QFETCH(QList<quint64>, ends);
    fs::create_directories(out_);
    store::Hdf5File file = store::Hdf5File::create(out_ / "documents.h5");
    for (const char* split : {"train", "validation", "test"}) {
      const std::string text =
                            "text"
                            "text",
                        set = split;
      const std::vector<std::uint64_t> values(ends.begin(), ends.end());
      file.write("text/" + set, {store::DataType::u8, {text.size()}}, text.data());
      file.write("ends/" + set, {store::DataType::u64, {values.size()}}, values.data());
    }
    file.close();
    const auto error = error_of([&] { corpus::DocumentStore store(out_); });
    QVERIFY(error);
    QCOMPARE(error->kind(), ErrorKind::run);
    QCOMPARE(error->text().where, (out_ / "documents.h5").string() + ": ends/train");
    QCOMPARE(error->text().remedy, "Delete the folder " + out_.string() + " and run again: it will be imported anew.");
  }

  void split_depends_on_seed_and_text_only() {
    put(base_ / "1.jsonl", json_lines(0, 2000));
    put(base_ / "2.jsonl", json_lines(2000, 4000));
    project::CorpusSpec corpus = spec("jsonl", {"1.jsonl", "2.jsonl"});
    corpus.validation_fraction = 0.1;
    corpus.test_fraction = 0.2;
    const corpus::ImportSummary summary = run(corpus);
    const auto first = splits_of(out_);
    QCOMPARE(first.size(), std::size_t{4000});
    QVERIFY(summary.documents[1] > 300 && summary.documents[1] < 500);
    QVERIFY(summary.documents[2] > 680 && summary.documents[2] < 920);

    corpus.paths = {"2.jsonl", "1.jsonl"};
    run(corpus);
    QVERIFY(splits_of(out_) == first);
    corpus.max_documents = 700;
    run(corpus);
    const auto some = splits_of(out_);
    QCOMPARE(some.size(), std::size_t{700});
    for (const auto& [text, split] : some) QVERIFY(first.at(text) == split);

    corpus.max_documents = 0;
    corpus::import_corpus(corpus, base_, 8, out_, {});
    QVERIFY(splits_of(out_) != first);
  }

  void own_files_resolve_duplicates_for_test_first() {
    put(base_ / "train.jsonl",
        "{\"text\":\"in all\"}\n{\"text\":\"in train and validation\"}\n{\"text\":\"only train\"}\n");
    put(base_ / "valid.jsonl", "{\"text\":\"in all\"}\n{\"text\":\"in train and validation\"}\n");
    put(base_ / "test.jsonl", "{\"text\":\"in all\"}\n");
    project::CorpusSpec corpus = spec("jsonl", {});
    corpus.train = {"train.jsonl"};
    corpus.validation = {"valid.jsonl"};
    corpus.test = {"test.jsonl"};
    const corpus::ImportSummary summary = run(corpus);
    QCOMPARE(summary.dropped.at("duplicate").count, std::uint64_t{3});
    const std::map<std::string, corpus::Split> expected = {{"in all", corpus::Split::test},
                                                           {"in train and validation", corpus::Split::validation},
                                                           {"only train", corpus::Split::train}};
    QVERIFY(splits_of(out_) == expected);
  }

  void limits_hold_for_each_own_split() {
    for (const char* name : {"train", "valid", "test"}) {
      const auto first = static_cast<unsigned>(name[0]) * 1000u;
      put(base_ / (std::string(name) + ".jsonl"), json_lines(first, first + 50));
    }
    project::CorpusSpec corpus = spec("jsonl", {});
    corpus.train = {"train.jsonl"};
    corpus.validation = {"valid.jsonl"};
    corpus.test = {"test.jsonl"};
    corpus.max_documents = 10;
    const corpus::ImportSummary summary = run(corpus);
    for (const std::uint64_t documents : summary.documents) QCOMPARE(documents, std::uint64_t{10});
    corpus.max_documents = 0;
    corpus.max_bytes = 500;
    const corpus::ImportSummary by_bytes = run(corpus);
    for (const std::uint64_t bytes : by_bytes.bytes) QCOMPARE(bytes, std::uint64_t{500});
  }

  void max_bytes_cuts_the_last_document_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("kept");
    const QByteArray lines = QByteArray(100, 'a') + '\n' + QByteArray(100, 'b') + '\n' + QByteArray(3000, 'c');
    QTest::newRow("at a line's end") << lines << lines.left(202);
    QTest::newRow("at a character's end") << QByteArray("x") + QByteArray("\xC3\xA4").repeated(3000)
                                          << QByteArray("x") + QByteArray("\xC3\xA4").repeated(499);
    QTest::newRow("fits") << QByteArray(1000, 'a') << QByteArray(1000, 'a');
  }
  void max_bytes_cuts_the_last_document() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, kept);
    put(base_ / "a.txt", text.toStdString());
    project::CorpusSpec corpus = spec("text", {"a.txt"});
    corpus.max_bytes = 1000;
    const corpus::ImportSummary summary = run(corpus);
    QCOMPARE(QByteArray::fromStdString(splits_of(out_).begin()->first), kept);
    QCOMPARE(summary.cut.empty(), kept == text);
    QCOMPARE(corpus::import_sentence(summary).find("cut by max_bytes") == std::string::npos, kept == text);
  }

  void bad_input_data() {
    QTest::addColumn<QString>("reader");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("message");
    QTest::newRow("missing file") << "text"
                                  << "not-there.txt"
                                  << "not-there.txt: no file matches";
    QTest::newRow("missing folder") << "text"
                                    << "no/where/"
                                    << "no file matches";
    QTest::newRow("pattern without a match") << "text"
                                             << "*.nothing"
                                             << "*.nothing: no file matches";
    QTest::newRow("folder without such files") << "html"
                                               << "plain"
                                               << "holds no file for the reader \"html\"";
    QTest::newRow("only empty documents") << "text"
                                          << "empty.txt"
                                          << "no document is left of 1 files (1 empty)";
    QTest::newRow("only invalid UTF-8") << "text"
                                        << "latin.txt"
                                        << "(1 not UTF-8)";
    QTest::newRow("only broken JSON") << "jsonl"
                                      << "broken.jsonl"
                                      << "(1 broken JSON)";
    QTest::newRow("truncated gzip") << "jsonl"
                                    << "cut.jsonl.gz"
                                    << "cut.jsonl.gz: damaged or truncated";
    QTest::newRow("truncated zstd") << "jsonl"
                                    << "cut.jsonl.zst"
                                    << "cut.jsonl.zst: damaged or truncated";
  }
  void bad_input() {
    QFETCH(QString, reader);
    QFETCH(QString, path);
    QFETCH(QString, message);
    fs::create_directories(base_ / "plain");
    put(base_ / "plain/a.txt", "text");
    put(base_ / "empty.txt", "");
    put(base_ / "latin.txt", "\xE9t\xE9");
    put(base_ / "broken.jsonl", "{\"text\":\n");
    put_compressed(base_ / "cut.jsonl.gz", json_lines(0, 3000), ARCHIVE_FILTER_GZIP);
    put_compressed(base_ / "cut.jsonl.zst", json_lines(0, 3000), ARCHIVE_FILTER_ZSTD);
    cut_file(base_ / "cut.jsonl.gz", 0.7);
    cut_file(base_ / "cut.jsonl.zst", 0.7);
    fs::create_directories(out_);
    put(out_ / "documents.h5", "what was there before");

    const auto error = error_of([&] { run(spec(reader.toStdString(), {path.toStdString()})); });
    QVERIFY(error);
    QCOMPARE(error->kind(), ErrorKind::input);
    QVERIFY2(QString(error->what()).contains(message), error->what());
    QCOMPARE(read_file(out_ / "documents.h5"), std::string("what was there before"));
    QCOMPARE(std::distance(fs::directory_iterator(out_), fs::directory_iterator()), 1);
  }

  void unreadable_folders_are_named() {
    fs::create_directories(base_ / "texts/closed");
    put(base_ / "texts/a.txt", "text");
    put(base_ / "texts/closed/b.txt", "text");
    fs::permissions(base_, fs::perms::all);
    fs::permissions(base_ / "texts/closed", fs::perms::none);
    // Root reads everything, so another user asks.
    const bool root = ::geteuid() == 0;
    if (root) QCOMPARE(::seteuid(65534), 0);
    const auto inside = error_of([&] { corpus::source_files(spec("text", {"texts"}), base_); });
    const auto itself = error_of([&] { corpus::source_files(spec("text", {"texts/closed"}), base_); });
    if (root) QCOMPARE(::seteuid(0), 0);
    fs::permissions(base_ / "texts/closed", fs::perms::owner_all);
    for (const auto& error : {inside, itself}) {
      QVERIFY(error && error->kind() == ErrorKind::input);
      QVERIFY2(QString(error->what()).contains("texts/closed: the folder cannot be listed"), error->what());
    }
  }

  void unknown_reader() {
    const auto error = error_of([&] { run(spec("papyrus", {"a.txt"})); });
    QVERIFY(error && error->kind() == ErrorKind::project);
  }

  void warns_of_a_split_without_documents() {
    put(base_ / "a.txt", "The only one.");
    project::CorpusSpec corpus = spec("text", {"a.txt"});
    corpus.validation_fraction = corpus.test_fraction = 0;
    std::vector<std::string> warnings;
    TaskContext task;
    task.on_warning = [&](const std::string& message) { warnings.push_back(message); };
    corpus::import_corpus(corpus, base_, 7, out_, task);
    QCOMPARE(warnings.size(), std::size_t{2});
  }

  void stops_in_the_middle_and_leaves_nothing() {
    put(base_ / "a.jsonl", json_lines(0, 50000));
    Control control;
    TaskContext task;
    task.control = &control;
    double reached = 0, total = 0;
    task.on_progress = [&](double done, double all, const std::string& unit) {
      QCOMPARE(unit, std::string("bytes"));
      reached = done;
      total = all;
      if (done > all / 3) control.stop();
    };
    const auto error = error_of([&] { corpus::import_corpus(spec("jsonl", {"a.jsonl"}), base_, 7, out_, task); });
    QVERIFY(error && error->kind() == ErrorKind::interrupted);
    QCOMPARE(total, static_cast<double>(fs::file_size(base_ / "a.jsonl")));
    QVERIFY(reached < 0.9 * total);
    QVERIFY(fs::is_empty(out_));
  }

  /// 128 MB of text out of two files: the peak may grow by the buffers, not by the corpus.
  void streams_a_corpus_larger_than_its_buffers() {
    {
      std::string block;
      for (unsigned i = 0; i < 16; ++i) block += noise(1 << 16, i);
      for (const char* copy : {"a", "b"}) {
        std::string content;
        for (int i = 0; i < 64; ++i) content += "{\"text\":\"" + (copy + std::to_string(i)) + block + "\"}\n";
        put_compressed(base_ / (std::string(copy) + ".jsonl.zst"), content, ARCHIVE_FILTER_ZSTD);
      }
    }
    ::malloc_trim(0);
    put(fs::path("/proc/self/clear_refs"), "5");  // the peak starts at what is used now
    const long before = status_value("VmRSS");
    const long peak_before = status_value("VmHWM");
    if (peak_before > before + 20000) QSKIP("the kernel does not let the peak be reset");
    const corpus::ImportSummary summary = run(spec("jsonl", {"*.jsonl.zst"}));
    const long grown = status_value("VmHWM") - before;
    qInfo("the peak grew by %ld kB", grown);
    QVERIFY(summary.bytes[0] + summary.bytes[1] + summary.bytes[2] > 130'000'000);
    QVERIFY2(grown < 48'000, qPrintable(QString("grew by %1 kB").arg(grown)));
  }

  void near_copies_are_left_out_of_a_copy() {
    put(base_ / "a.jsonl", json_lines(0, 900));
    project::CorpusSpec corpus = spec("jsonl", {"a.jsonl"});
    corpus.validation_fraction = corpus.test_fraction = 0.1;
    const corpus::ImportSummary imported = run(corpus);
    const corpus::DocumentStore before(out_);
    std::vector<std::string> texts = before.texts(corpus::Split::train, 0, imported.documents[0]);
    const std::vector<std::uint64_t> copies = {0, 7, 255, 256, imported.documents[0] - 1};
    const corpus::ImportSummary left = corpus::copy_without(out_, copies, base_ / "left", {});
    const corpus::DocumentStore after(base_ / "left");
    for (auto copy = copies.rbegin(); copy != copies.rend(); ++copy)
      texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(*copy));
    QVERIFY(after.texts(corpus::Split::train, 0, after.documents(corpus::Split::train)) == texts);
    for (const corpus::Split split : {corpus::Split::validation, corpus::Split::test}) {
      QVERIFY(after.documents(split) > 50 && after.documents(split) == before.documents(split));
      QVERIFY(after.texts(split, 0, after.documents(split)) == before.texts(split, 0, before.documents(split)));
    }
    const corpus::ImportSummary both = corpus::after_leaving_out(imported, left);
    QCOMPARE(both.documents[0], imported.documents[0] - 5);
    QCOMPARE(both.bytes[0], after.bytes(corpus::Split::train));
    QCOMPARE(both.files, imported.files);
    QCOMPARE(both.dropped.at("near-copy").count, std::uint64_t{5});
    QCOMPARE(both.dropped.at("near-copy").first.at(1), std::string("train document 8"));
    QVERIFY(corpus::import_sentence(both).ends_with("; left out 5: 5 near-copy"));
    QVERIFY_EXCEPTION_THROWN(corpus::copy_without(out_, {imported.documents[0]}, base_ / "none", {}), Error);
    QVERIFY(!fs::exists(base_ / "none"));
  }

 private:
  corpus::ImportSummary run(const project::CorpusSpec& corpus) {
    return corpus::import_corpus(corpus, base_, 7, out_, {});
  }

  std::unique_ptr<QTemporaryDir> folder_;
  fs::path base_, out_;
};

QTEST_GUILESS_MAIN(TestImport)
#include "test_import.moc"
