// SPDX-License-Identifier: GPL-3.0-or-later
// Where long texts are cut: nothing lost, at white space, never inside a character, and in one pass.
#include <QElapsedTimer>
#include <QtTest>

#include "base/random.h"
#include "token/pieces.h"

using namespace pantograph;

namespace {

std::vector<std::string> pieces(const std::string& text, std::size_t longest) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = token::piece_end(text, begin, longest);
    if (end <= begin || end - begin > longest) return {"a piece that is empty or too long"};
    out.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += part;
  return out;
}

}  // namespace

class TestPieces : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cutsBeforeWhiteSpace() {
    QCOMPARE(pieces("one two three", 100), (std::vector<std::string>{"one two three"}));
    QCOMPARE(pieces("one two three", 9), (std::vector<std::string>{"one two", " three"}));
    QCOMPARE(pieces("one\ntwo", 5), (std::vector<std::string>{"one", "\ntwo"}));
    QCOMPARE(pieces("   ", 2), (std::vector<std::string>{" ", "  "}));  // the last one has no rest to cut from
    QCOMPARE(pieces("abcdef", 4), (std::vector<std::string>{"abcd", "ef"}));
  }

  void neverInsideACharacter() {
    QCOMPARE(pieces("aé€👩x", 4), (std::vector<std::string>{"aé", "€", "👩", "x"}));
    Random random(3);
    const std::vector<std::string> letters = {"x", "é", "€", "👩", " ", "\n"};
    for (int trial = 0; trial < 200; ++trial) {
      std::string text;
      for (int i = 0; i < 300; ++i) text += letters[random.below(trial % 2 == 0 ? 4 : 6)];
      const auto parts = pieces(text, 4 + random.below(40));
      QCOMPARE(joined(parts), text);
      for (const auto& part : parts) QVERIFY((part[0] & 0xC0) != 0x80);
    }
  }

  /// No UTF-8 at all: cut somewhere, but go on.
  void brokenTextEnds() {
    for (const char c : {'\x80', '\xBF', '\xFF'}) {
      const std::string text(1000, c);
      for (const std::size_t longest : {1, 3, 4, 7}) QCOMPARE(joined(pieces(text, longest)), text);
    }
  }

  /// The only blank is at the start. Looking for it from every piece would read 64 MB a quarter of a million times.
  void longTextsWithoutBlanksAreCutInOnePass() {
    std::string text(64 << 20, 'x');
    text[0] = ' ';
    QElapsedTimer timer;
    timer.start();
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < text.size(); ++count) begin = token::piece_end(text, begin, 256);
    QCOMPARE(count, text.size() / 256);
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
  }
};

QTEST_GUILESS_MAIN(TestPieces)
#include "test_pieces.moc"
