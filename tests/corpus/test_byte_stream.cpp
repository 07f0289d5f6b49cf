// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed files: what other programs wrote comes out whole; damage anywhere is an error, never other text.
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "corpus/byte_stream.h"
#include "corpus_support.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& path) {
  return corpus::ByteStream(path).rest();
}

}  // namespace

class TestByteStream : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void wholeOrNothing_data() {
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QStringList>("command");
    QTest::newRow("gzip") << "gz" << QStringList{"gzip", "-9"};
    QTest::newRow("gzip, stored")
        << "gz"
        << QStringList{"python3", "-c",
                       "import sys, gzip; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(), 0))"};
    QTest::newRow("zstd") << "zst" << QStringList{"zstd", "-q", "--check"};
    QTest::newRow("xz") << "xz" << QStringList{"xz"};
    QTest::newRow("bzip2") << "bz2" << QStringList{"bzip2"};
  }

  /// Two members, one behind the other, as `cat a.gz b.gz` makes them.
  void wholeOrNothing() {
    QFETCH(QString, ending);
    QFETCH(QStringList, command);
    const std::string first = noise(250, 1), second = noise(120, 2);
    const std::string packed = pack(command, first), more = pack(command, second);
    QVERIFY(!packed.empty());
    const fs::path path = file("a." + ending.toStdString());
    put(path, packed + more);
    QVERIFY(read_all(path) == first + second);
    for (std::size_t size = 0; size < packed.size() + more.size(); ++size) {
      put(path, (packed + more).substr(0, size));
      if (size == packed.size()) {
        QVERIFY(read_all(path) == first);
        continue;
      }
      const auto error = error_of([&] { read_all(path); });
      QVERIFY2(error && error->kind() == ErrorKind::input, std::to_string(size).c_str());
      QVERIFY(std::string(error->what()).starts_with(path.string()));
    }
    int taken = 0;
    for (std::size_t at = 0; at < packed.size(); ++at) {
      for (const std::size_t bit : {at % 8, (at + 5) % 8}) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        put(path, damaged);
        std::string text;
        if (error_of([&] { text = read_all(path); })) continue;
        QVERIFY2(text == first, std::to_string(at).c_str());  // a time or a name in the header
        ++taken;
      }
    }
    QVERIFY2(taken < 30, std::to_string(taken).c_str());
  }

  void gzipSaysWhatIsWrong() {
    const std::string packed = pack({"gzip", "-1"}, "some text\n");
    const auto wrong = [&](std::size_t from_end) {
      std::string damaged = packed;
      damaged[damaged.size() - from_end] ^= 1;
      put(file("w.txt.gz"), damaged);
      const auto error = error_of([&] { read_all(file("w.txt.gz")); });
      return error ? std::string(error->what()) : std::string();
    };
    QVERIFY2(wrong(8).find("incorrect data check") != std::string::npos, wrong(8).c_str());
    QVERIFY2(wrong(4).find("incorrect length check") != std::string::npos, wrong(4).c_str());
    put(file("p.txt.gz"), packed + std::string(512, '\0'));  // padding, as tapes and tar leave it
    QCOMPARE(read_all(file("p.txt.gz")), std::string("some text\n"));
    put(file("g.txt.gz"), packed + "garbage");
    QVERIFY(error_of([&] { read_all(file("g.txt.gz")); }));
  }

  /// A frame's header alone can ask for a window of 2 GiB, the most that the format has.
  void longWindows() {
    const std::string text = noise(1000, 3);
    const std::string packed = pack({"zstd", "-q", "--ultra", "--long=31", "--no-check"}, text);
    QVERIFY(!packed.empty());
    put(file("long.txt.zst"), packed);
    QVERIFY(read_all(file("long.txt.zst")) == text);
  }

  void textThatLooksPacked() {
    put(file("a.txt"), "BZh is how some files begin\n");
    QCOMPARE(read_all(file("a.txt")), std::string("BZh is how some files begin\n"));
    put(file("empty.txt"), "");
    QCOMPARE(read_all(file("empty.txt")), std::string());
  }

  void linesAndPositions() {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + (i % 2 ? "\r\n" : "\n");
    put_compressed(file("l.txt.gz"), text, ARCHIVE_FILTER_GZIP);
    corpus::ByteStream stream(file("l.txt.gz"));
    std::string line;
    std::uint64_t before = 0;
    for (int i = 0; i < 100'000; ++i) {
      QVERIFY(stream.line(line));
      QVERIFY(line == "line " + std::to_string(i));
      QVERIFY(stream.position() >= before);
      before = stream.position();
    }
    QVERIFY(!stream.line(line));
    QCOMPARE(stream.position(), std::uint64_t{fs::file_size(file("l.txt.gz"))});
  }

 private:
  fs::path file(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }

  /// Compressed by a program from standard input; empty where there is no such program.
  static std::string pack(const QStringList& command, const std::string& text) {
    QProcess process;
    process.start(command[0], command.mid(1));
    if (!process.waitForStarted()) return {};
    process.write(text.data(), static_cast<qint64>(text.size()));
    process.closeWriteChannel();
    process.waitForFinished();
    const QByteArray out = process.readAllStandardOutput();
    return {out.constData(), static_cast<std::size_t>(out.size())};
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestByteStream)
#include "test_byte_stream.moc"
