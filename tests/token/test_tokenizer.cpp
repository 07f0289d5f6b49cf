// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer: text comes back byte for byte, training repeats itself, and unusable input is refused with advice.
#include <sched.h>

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "token_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestTokenizer : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir dir_;
  fs::path root_, documents_;

  project::TokenizerSpec spec(const std::string& algorithm, int vocabulary = 500) const {
    project::TokenizerSpec value;
    value.algorithm = algorithm;
    value.vocabulary = vocabulary;
    value.sample_bytes = 200'000;
    return value;
  }
  fs::path model(const QString& algorithm) {
    const fs::path path = root_ / (algorithm.toStdString() + ".model");
    if (!fs::exists(path)) token::train_tokenizer(spec(algorithm.toStdString()), root_, {documents_}, 7, path, {});
    return path;
  }

 private Q_SLOTS:
  void initTestCase() {
    root_ = dir_.path().toStdString();
    Random random(1);
    std::vector<std::string> texts;
    for (int i = 0; i < 300; ++i) texts.push_back(fixtures::babble(random, 12));
    texts.push_back(std::string(50'000, 'a') +
                    "\tb\xE2\x96\x81"
                    "c\xE2\x96\x85 \0 d");  // longer than any line may be
    documents_ = fixtures::write_documents(root_ / "documents", {texts});
  }

  void roundTrip_data() {
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QByteArray>("text");
    for (const char* algorithm : {"unigram", "bpe"}) {
      const auto row = [&](const char* name, const QByteArray& text) {
        QTest::addRow("%s: %s", algorithm, name) << algorithm << text;
      };
      row("empty", "");
      row("a space", " ");
      row("newlines", "\n\n\nTamo risen.\n\n");
      row("lines", "Tarimo senkular.\nPedo vin ash.\n");
      row("runs of spaces", "  two   three    four     end      ");
      row("indented code", "def f(x):\n\tif x:\n\t    return  x\n");
      row("carriage returns", "a\r\nb\rc");
      row("letters never seen", "Zażółć gęślą jaźń, 日本語 — «тест»");
      row("emoji", "👩‍👩‍👧 ok 🏳️‍🌈");
      row("SentencePiece's own space",
          "a\xE2\x96\x81"
          "b \xE2\x96\x81 \xE2\x96\x81\xE2\x96\x81\n\xE2\x96\x81");
      row("SentencePiece's own unknown", "a \xE2\x81\x87 b \xE2\x96\x85 c");
      row("names of pieces", "<s> </s> <unk> <0x0A> <0xE2>");
      row("NUL and controls", QByteArray("a\0b\x01\x1f\x7f", 6));
      row("combining and bidirectional", "e\xCC\x81 \xE2\x80\x8Fx\xE2\x80\x8E \xEF\xBB\xBF");
      row("ligature and full width", "\xEF\xAC\x81 \xEF\xBC\xA1 \xC2\xBD \xC2\xA0 \xE3\x80\x80");
      row("long line", QByteArray(100'000, 'x') + " " + QByteArray(1000, ' '));
    }
  }
  void roundTrip() {
    QFETCH(QString, algorithm);
    QFETCH(QByteArray, text);
    const token::Tokenizer tokenizer(model(algorithm));
    const auto ids = tokenizer.encode(text.toStdString());
    for (const auto id : ids)
      QVERIFY(id >= 0 && id < tokenizer.vocabulary() && id != tokenizer.begin_id() && id != tokenizer.end_id());
    const auto back = tokenizer.decode(ids.data(), ids.size());
    QVERIFY2(back == text.toStdString(), qPrintable(QString::fromStdString(back).left(200)));
  }

  void randomTextsComeBack() {
    const token::Tokenizer tokenizer(model("unigram"));
    Random random(77);
    for (int trial = 0; trial < 300; ++trial) {
      QString text;
      const auto length = random.below(60);
      for (std::uint64_t i = 0; i < length; ++i) {
        static const char32_t ranges[][2] = {{0x20, 0x5F},    {0x0A, 2},       {0x20, 1},      {0xA0, 0x500},
                                             {0x2500, 0x100}, {0x4E00, 0x400}, {0x1F600, 0x40}};
        const auto& range = ranges[random.below(7)];
        const char32_t c = range[0] + static_cast<char32_t>(random.below(range[1]));
        text += QString::fromUcs4(&c, 1);
      }
      const std::string bytes = text.toStdString();
      const auto ids = tokenizer.encode(bytes);
      QCOMPARE(QString::fromStdString(tokenizer.decode(ids.data(), ids.size())), text);
    }
  }

  void knowsItsMarks() {
    const token::Tokenizer tokenizer(model("unigram"));
    QCOMPARE(tokenizer.vocabulary(), 500);
    QCOMPARE(tokenizer.begin_id(), 1);
    QCOMPARE(tokenizer.end_id(), 2);
    const std::vector<std::int32_t> marks = {1, 2};
    QCOMPARE(tokenizer.decode(marks.data(), 2), std::string());
    QVERIFY2(tokenizer.encode("Tarimo tarimo").size() < 10, "no longer pieces were learnt");
  }

  void idsOutsideTheVocabularyAreRefused() {
    const token::Tokenizer tokenizer(model("unigram"));
    for (const std::int32_t id : {-1, 500, 1 << 30}) QVERIFY_EXCEPTION_THROWN(tokenizer.decode(&id, 1), Error);
  }

  /// A line is searched once, not once more for each of its symbols.
  void manySpaceSymbolsTakeOnePass() {
    const token::Tokenizer tokenizer(model("unigram"));
    constexpr std::size_t kSymbols = 3'000'000;
    std::string text;
    for (std::size_t i = 0; i < kSymbols; ++i) text += "\xE2\x96\x81";
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(tokenizer.encode(text).size(), 3 * kSymbols);
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
  }

  void encodesTheSameFromManyThreads() {
    const token::Tokenizer tokenizer(model("unigram"));
    Random random(9);
    const std::string text = fixtures::babble(random, 50);
    const auto expected = tokenizer.encode(text);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) wrong += tokenizer.encode(text) != expected;
      });
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(wrong.load(), 0);
  }

  void trainingRepeatsItself() {
    token::train_tokenizer(spec("unigram"), root_, {documents_}, 7, root_ / "again.model", {});
    QVERIFY(read_file(root_ / "again.model") == read_file(model("unigram")));
  }

  void copiesTheUsersModel() {
    model("bpe");
    project::TokenizerSpec given;
    given.model = "bpe.model";
    token::train_tokenizer(given, root_, {}, 1, root_ / "copy.model", {});
    QVERIFY(read_file(root_ / "copy.model") == read_file(root_ / "bpe.model"));
  }

  void refusals_data() {
    QTest::addColumn<int>("vocabulary");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    const QString little = "a small text of few words, said a few times, a small text of few words";
    QTest::newRow("too little text") << 4000 << little << "at most \\d+";
    QTest::newRow("no text") << 500 << ""
                             << "no text";
    QTest::newRow("blank text") << 500 << " \n \n  \n"
                                << "no text";
    QTest::newRow("one word") << 500 << "word"
                              << "at most \\d+";
    QTest::newRow("one letter") << 500 << "a"
                                << "at most \\d+";
    QTest::newRow("smaller than the bytes") << 100 << little << "at least 261";
    QString characters;
    for (int i = 0; i < 400; ++i) characters += QChar(0x4E00 + i);
    QTest::newRow("smaller than the characters") << 300 << characters << "at least \\d+";
  }
  void refusals() {
    QFETCH(int, vocabulary);
    QFETCH(QString, text);
    QFETCH(QString, message);
    for (const char* algorithm : {"unigram", "bpe"}) {
      QTemporaryDir place;
      const fs::path folder = place.path().toStdString();
      const auto documents = fixtures::write_documents(folder / "d", {{text.toStdString()}});
      write_atomically(folder / "old.model", "old");
      try {
        token::train_tokenizer(spec(algorithm, vocabulary), folder, {documents}, 1, folder / "old.model", {});
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == ErrorKind::input, error.what());
        const auto match = QRegularExpression(message).match(error.what());
        QVERIFY2(match.hasMatch(), error.what());
      }
      QCOMPARE(read_file(folder / "old.model"), std::string("old"));
      QVERIFY(!fs::exists(folder / "old.model.part"));
    }
  }

  void theLargestVocabularyNamedWorks() {
    QTemporaryDir place;
    const fs::path folder = place.path().toStdString();
    Random random(4);
    const auto documents = fixtures::write_documents(folder / "d", {{fixtures::babble(random, 5)}});
    try {
      token::train_tokenizer(spec("unigram", 30000), folder, {documents}, 1, folder / "m", {});
      QFAIL("accepted");
    } catch (const Error& error) {
      const auto match = QRegularExpression("at most (\\d+)").match(error.what());
      QVERIFY2(match.hasMatch(), error.what());
      token::train_tokenizer(spec("unigram", match.captured(1).toInt()), folder, {documents}, 1, folder / "m", {});
    }
  }

  void noModel_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("text") << QByteArray("this is no model at all\n");
    QTest::newRow("noise") << QByteArray("\x0a\x05\xff\xff\x01\x02garbage\x00\x00\x99", 16);
    QTest::newRow("cut off") << QByteArray();
  }
  void noModel() {
    QFETCH(QByteArray, content);
    const fs::path path = root_ / "broken.model";
    if (QByteArray(QTest::currentDataTag()) == "cut off")
      content = QByteArray::fromStdString(read_file(model("unigram"))).left(2000);
    std::ofstream(path, std::ios::binary).write(content.data(), content.size());
    try {
      const token::Tokenizer tokenizer(path);
      QFAIL("loaded");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::run);
      QVERIFY(QString(error.what()).contains("broken.model"));
      QCOMPARE(error.text().remedy, "Delete the folder " + root_.string() + " and run again.");
    }
    project::TokenizerSpec given;
    given.model = "broken.model";
    try {
      token::train_tokenizer(given, root_, {}, 1, root_ / "never.model", {});
      QFAIL("taken");
    } catch (const Error& error) {  // the user's own: nothing of it is to be deleted
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY2(error.text().remedy.find("spm_train") != std::string::npos, error.what());
    }
    QVERIFY(!fs::exists(root_ / "never.model"));
  }

  void stopsInTheMiddle() {
    const auto documents = large_documents();
    const auto large = large_spec();
    Control control;
    TaskContext task;
    task.control = &control;
    bool training = false;
    task.on_progress = [&](double, double, const std::string& unit) {
      if (unit != "percent") return;
      training = true;
      control.stop();
    };
    QVERIFY_EXCEPTION_THROWN(token::train_tokenizer(large, root_, {documents}, 1, root_ / "stopped.model", task),
                             Interrupted);
    QVERIFY(training);
    QVERIFY(!fs::exists(root_ / "stopped.model") && !fs::exists(root_ / "stopped.model.part"));
    QCOMPARE(trainer_process(), 0);
  }

  /// As many of them run at a time as the run has threads.
  void itsThreadsAreThoseOfTheRun_data() {
    QTest::addColumn<int>("threads");
    QTest::addColumn<int>("processors");
    cpu_set_t allowed;
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    const int all = CPU_COUNT(&allowed);
    QTest::newRow("one") << 1 << 1;
    QTest::newRow("two") << 2 << std::min(2, all);
    QTest::newRow("more than there are") << all + 3 << all;
    QTest::newRow("all") << 0 << all;
  }
  void itsThreadsAreThoseOfTheRun() {
    QFETCH(int, threads);
    QFETCH(int, processors);
    const auto documents = large_documents();
    Control control;
    TaskContext task;
    task.control = &control;
    int found = 0;
    task.on_progress = [&](double, double, const std::string& unit) {
      if (unit != "percent") return;
      cpu_set_t allowed;
      if (::sched_getaffinity(trainer_process(), sizeof allowed, &allowed) == 0) found = CPU_COUNT(&allowed);
      control.stop();
    };
    QVERIFY_EXCEPTION_THROWN(
        token::train_tokenizer(large_spec(), root_, {documents}, 1, root_ / "threads.model", task, threads),
        Interrupted);
    QCOMPARE(found, processors);
  }

  void threadsDoNotChangeTheModel_data() {
    QTest::addColumn<QString>("algorithm");
    QTest::newRow("unigram") << "unigram";
    QTest::newRow("bpe") << "bpe";
  }
  void threadsDoNotChangeTheModel() {
    QFETCH(QString, algorithm);
    const auto wanted = spec(algorithm.toStdString());
    for (const int threads : {1, 2, 5})
      token::train_tokenizer(wanted, root_, {documents_}, 7, root_ / std::to_string(threads), {}, threads);
    QVERIFY(read_file(root_ / "1") == read_file(model(algorithm)));
    QVERIFY(read_file(root_ / "2") == read_file(root_ / "1"));
    QVERIFY(read_file(root_ / "5") == read_file(root_ / "1"));
  }

  /// From the first seconds on, and never back.
  void trainingTellsItsProgress() {
    const auto documents = large_documents();
    auto quick = large_spec();
    quick.sample_bytes = 1'000'000;
    for (const char* algorithm : {"unigram", "bpe"}) {
      quick.algorithm = algorithm;
      std::vector<double> told;
      TaskContext task;
      task.on_progress = [&](double done, double all, const std::string& unit) {
        if (unit != "percent") return;
        QCOMPARE(all, 100.0);
        told.push_back(done);
      };
      token::train_tokenizer(quick, root_, {documents}, 1, root_ / "progress.model", task);
      QVERIFY(told.size() > 8);
      QVERIFY(std::is_sorted(told.begin(), told.end()));
      QVERIFY(told.front() > 0 && told.front() < 5 && told.back() <= 100);
      QVERIFY2(told.back() > 90, qPrintable(QString::number(told.back())));
    }
  }

  void killedTrainer() {
    const auto documents = large_documents();
    TaskContext task;
    task.on_progress = [&](double, double, const std::string& unit) {
      if (const pid_t trainer = unit == "percent" ? trainer_process() : 0; trainer > 0) ::kill(trainer, SIGKILL);
    };
    try {
      token::train_tokenizer(large_spec(), root_, {documents}, 1, root_ / "killed.model", task);
      QFAIL("trained");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::run);
      QVERIFY2(QString(error.what()).contains("killed by signal 9 (Killed)"), error.what());
    }
    QVERIFY(!fs::exists(root_ / "killed.model") && !fs::exists(root_ / "killed.model.part"));
  }

  /// What asks the whole program to stop reaches the trainer, too: only the program answers.
  void trainerLeavesSignalsToTheProgram() {
    const auto documents = large_documents();
    auto quick = large_spec();
    quick.sample_bytes = 1'000'000;
    int sent = 0;
    TaskContext task;
    task.on_progress = [&](double, double, const std::string& unit) {
      const pid_t trainer = unit == "percent" ? trainer_process() : 0;
      if (trainer == 0) return;
      for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::kill(trainer, signal);
      ++sent;
    };
    token::train_tokenizer(quick, root_, {documents}, 1, root_ / "signals.model", task);
    QVERIFY(sent > 0);
  }

 private:
  /// Text that takes some seconds.
  fs::path large_documents() {
    Random random(6);
    std::vector<std::string> texts;
    for (int i = 0; i < 800; ++i) texts.push_back(fixtures::babble(random, 60, 1700));
    return fixtures::write_documents(root_ / "large", {texts});
  }
  project::TokenizerSpec large_spec() {
    auto large = spec("unigram", 1000);
    large.sample_bytes = 100'000'000;
    return large;
  }

  /// The one child of this process; 0: none.
  static pid_t trainer_process() {
    std::string children;
    for (const auto& thread : fs::directory_iterator("/proc/self/task"))
      children += read_file(thread.path() / "children");
    return children.empty() ? 0 : static_cast<pid_t>(std::stol(children));
  }
};

QTEST_GUILESS_MAIN(TestTokenizer)
#include "test_tokenizer.moc"
