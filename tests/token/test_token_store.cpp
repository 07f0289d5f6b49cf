// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens on disk: what was encoded comes back, windows stay within documents, damage is found.
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "token_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestTokenStore : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir dir_;
  fs::path root_;
  fs::path model_;

  fs::path corpus(const std::string& name, int documents) {
    Random random(5);
    std::vector<std::vector<std::string>> splits(3);
    for (int i = 0; i < documents; ++i)
      splits[i % 10 == 0 ? 1 : 0].push_back(fixtures::babble(random, 1 + random.below(20)));
    splits[0].push_back("");  // an empty document is begin and end only
    return fixtures::write_documents(root_ / name, splits);
  }

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    model_ = root_ / "tokenizer.model";
    project::TokenizerSpec spec;
    spec.vocabulary = 400;
    spec.sample_bytes = 100'000;
    token::train_tokenizer(spec, root_, {corpus("train", 200)}, 1, model_, {});
  }

  void storesWhatTheTokenizerGives() {
    const token::Tokenizer tokenizer(model_);
    const auto folder = corpus("documents", 400);
    const corpus::DocumentStore documents(folder);
    double last = 0, total = 0;
    TaskContext task;
    task.on_progress = [&](double done, double all, const std::string& unit) {
      QCOMPARE(unit, std::string("bytes"));
      QVERIFY(done > last);
      last = done;
      total = all;
    };
    const auto summary = token::tokenize_corpus(tokenizer, folder, root_ / "tokens", 2, task);
    QCOMPARE(last, total);
    const token::TokenStore store(root_ / "tokens");
    for (int s = 0; s < corpus::kSplits; ++s) {
      const corpus::Split split = static_cast<corpus::Split>(s);
      std::vector<std::int32_t> expected;
      for (const auto& text : documents.texts(split, 0, documents.documents(split))) {
        expected.push_back(tokenizer.begin_id());
        for (const auto id : tokenizer.encode(text)) expected.push_back(id);
        expected.push_back(tokenizer.end_id());
      }
      QCOMPARE(store.tokens(split), expected.size());
      QCOMPARE(summary.tokens[s], expected.size());
      QCOMPARE(summary.documents[s], documents.documents(split));
      QCOMPARE(store.documents(split), documents.documents(split));
      std::vector<std::int32_t> found(expected.size());
      store.copy(split, 0, found.size(), found.data());
      QCOMPARE(found, expected);
      if (expected.size() > 20) {
        store.copy(split, 7, 9, found.data());
        QVERIFY(std::equal(found.begin(), found.begin() + 9, expected.begin() + 7));
      }
    }
    QVERIFY(!fs::exists(root_ / "tokens" / "tokens.h5.part"));
    QCOMPARE(std::distance(fs::directory_iterator(root_ / "tokens"), {}), 1);
  }

  void theNumberOfThreadsChangesNothing() {
    const token::Tokenizer tokenizer(model_);
    const auto folder = corpus("same", 300);
    token::tokenize_corpus(tokenizer, folder, root_ / "one", 1, {});
    token::tokenize_corpus(tokenizer, folder, root_ / "five", 5, {});
    const token::TokenStore one(root_ / "one"), five(root_ / "five");
    const std::uint64_t count = one.tokens(corpus::Split::train);
    QCOMPARE(five.tokens(corpus::Split::train), count);
    std::vector<std::int32_t> a(count), b(count);
    one.copy(corpus::Split::train, 0, count, a.data());
    five.copy(corpus::Split::train, 0, count, b.data());
    QCOMPARE(a, b);
  }

  void stopLeavesWhatWasThere() {
    const token::Tokenizer tokenizer(model_);
    const auto folder = corpus("stopped", 100);
    token::tokenize_corpus(tokenizer, folder, root_ / "keep", 2, {});
    const auto before = read_file(root_ / "keep" / "tokens.h5");
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_EXCEPTION_THROWN(token::tokenize_corpus(tokenizer, folder, root_ / "keep", 2, task), Interrupted);
    QVERIFY(read_file(root_ / "keep" / "tokens.h5") == before);
    QCOMPARE(std::distance(fs::directory_iterator(root_ / "keep"), {}), 1);
  }

  void windowsStayInTheirDocument() {
    const auto store = fixtures::write_tokens(root_ / "windows", {10, 3, 0, 8, 1});
    std::vector<std::pair<std::uint64_t, std::uint32_t>> found;
    for (const auto& w : store->windows(corpus::Split::train, 4)) found.emplace_back(w.begin, w.length);
    const std::vector<std::pair<std::uint64_t, std::uint32_t>> expected = {{0, 4},  {4, 4},  {8, 2}, {10, 3},
                                                                           {13, 4}, {17, 4}, {21, 1}};
    QCOMPARE(found, expected);
    QVERIFY(store->windows(corpus::Split::test, 4).empty());
    QVERIFY_EXCEPTION_THROWN(store->windows(corpus::Split::train, 0), Error);
  }

  void wideTokens() {
    const auto store = fixtures::write_tokens(root_ / "wide", {70000}, 1u << 30, true);
    std::vector<std::int32_t> out(3);
    store->copy(corpus::Split::train, 69997, 3, out.data());
    QCOMPARE(out, (std::vector<std::int32_t>{69997, 69998, 69999}));
  }

  void rangesAreChecked() {
    const auto store = fixtures::write_tokens(root_ / "ranges", {10});
    std::int32_t out[16];
    QVERIFY_EXCEPTION_THROWN(store->copy(corpus::Split::train, 8, 3, out), Error);
    QVERIFY_EXCEPTION_THROWN(store->copy(corpus::Split::train, ~0ull, 2, out), Error);
    store->copy(corpus::Split::train, 10, 0, out);
  }

  void damageIsFound_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("missing") << 0;
    QTest::newRow("no HDF5") << 1;
    QTest::newRow("cut off") << 2;
    QTest::newRow("ends beyond the tokens") << 3;
    QTest::newRow("ends fall") << 4;
    QTest::newRow("a split is missing") << 5;
    QTest::newRow("no vocabulary") << 6;
    QTest::newRow("an empty vocabulary") << 7;
  }
  void damageIsFound() {
    QFETCH(int, kind);
    const auto folder = root_ / ("damaged" + std::to_string(kind));
    fs::create_directories(folder);
    if (kind == 1) std::ofstream(folder / "tokens.h5") << "hello";
    if (kind == 2) {
      fixtures::write_tokens(folder, {200000});
      fs::resize_file(folder / "tokens.h5", 200000);
    }
    if (kind >= 3) {
      auto file = store::Hdf5File::create(folder / "tokens.h5");
      const std::vector<std::uint16_t> tokens(10, 1);
      const std::vector<std::uint64_t> ends = kind == 3   ? std::vector<std::uint64_t>{5, 12}
                                              : kind == 4 ? std::vector<std::uint64_t>{12, 10}
                                                          : std::vector<std::uint64_t>{5, 10};
      if (kind < 6) file.write_attribute("/", "vocabulary", "2");
      if (kind == 7) file.write_attribute("/", "vocabulary", "0");
      for (const char* split : {"train", "validation", "test"}) {
        if (kind == 5 && split[1] == 'e') continue;
        file.write(std::string("tokens/") + split, {store::DataType::u16, {10}}, tokens.data());
        file.write(std::string("ends/") + split, {store::DataType::u64, {2}}, ends.data());
      }
      file.close();
    }
    try {
      const token::TokenStore store(folder);
      QFAIL("opened");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("tokens.h5"));
      QVERIFY(error.kind() == ErrorKind::run || (kind == 0 && error.kind() == ErrorKind::input));
    }
  }

  void tokensBeyondTheVocabulary_data() {
    QTest::addColumn<bool>("wide");
    QTest::newRow("u16") << false;
    QTest::newRow("u32") << true;
  }
  /// As a bit that flipped on a disk leaves it: the file is whole, and the embeddings have no such row.
  void tokensBeyondTheVocabulary() {
    QFETCH(bool, wide);
    const auto folder = root_ / (wide ? "beyond wide" : "beyond");
    fixtures::write_tokens(folder, {5000}, 1000, wide);
    {
      const auto file = store::Hdf5File::open(folder / "tokens.h5");
      std::fstream bytes(folder / "tokens.h5", std::ios::in | std::ios::out | std::ios::binary);
      const std::uint64_t size = wide ? 4 : 2;
      bytes.seekp(static_cast<std::streamoff>(file.file_offset("tokens/train") + 4321 * size));
      const std::uint32_t beyond = wide ? 0x80000000u : 1000;
      bytes.write(reinterpret_cast<const char*>(&beyond), static_cast<std::streamsize>(size));
    }
    const token::TokenStore store(folder);
    std::vector<std::int32_t> out(10);
    for (int i = 0; i < 2; ++i) {  // not only the first time
      try {
        store.copy(corpus::Split::train, 0, 10, out.data());
        QFAIL("taken");
      } catch (const Error& error) {
        QCOMPARE(error.kind(), ErrorKind::run);
        QVERIFY2(QString(error.what()).contains("tokens.h5"), error.what());
        QVERIFY2(QString(error.what()).contains("in split train"), error.what());
        QVERIFY2(QString(error.what()).contains("Delete the folder"), error.what());
      }
    }
    store.copy(corpus::Split::test, 0, 0, out.data());  // of which nothing is wrong
  }

  void eachSplitHasItsOwnWidth() {
    const auto folder = root_ / "mixed";
    fs::create_directories(folder);
    auto file = store::Hdf5File::create(folder / "tokens.h5");
    const std::vector<std::uint16_t> narrow = {7, 8, 9};
    const std::vector<std::uint32_t> wide = {70000, 70001, 70002};
    const std::vector<std::uint64_t> ends = {3};
    file.write("tokens/train", {store::DataType::u32, {3}}, wide.data());
    file.write("tokens/validation", {store::DataType::u16, {3}}, narrow.data());
    file.write("tokens/test", {store::DataType::u16, {3}}, narrow.data());
    for (const char* split : {"train", "validation", "test"})
      file.write(std::string("ends/") + split, {store::DataType::u64, {1}}, ends.data());
    file.write_attribute("/", "vocabulary", "100000");
    file.close();
    const token::TokenStore store(folder);
    std::vector<std::int32_t> out(3);
    store.copy(corpus::Split::train, 0, 3, out.data());
    QCOMPARE(out, (std::vector<std::int32_t>{70000, 70001, 70002}));
    store.copy(corpus::Split::test, 0, 3, out.data());
    QCOMPARE(out, (std::vector<std::int32_t>{7, 8, 9}));
  }

  void copiesFromManyThreads() {
    const auto store = fixtures::write_tokens(root_ / "threads", {50000});
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        Random random(t);
        std::int32_t out[64];
        for (int i = 0; i < 2000; ++i) {
          const auto begin = random.below(50000 - 64);
          store->copy(corpus::Split::train, begin, 64, out);
          for (int k = 0; k < 64; ++k) wrong += out[k] != std::int32_t(begin) + k;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(wrong.load(), 0);
  }
};

QTEST_GUILESS_MAIN(TestTokenStore)
#include "test_token_store.moc"
