// SPDX-License-Identifier: GPL-3.0-or-later
// BERT's tokenizer on strings that are easy to get wrong. What is expected follows from the rules of the original's
// tokenization.py, by hand.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "base/error.h"
#include "bert-embedder/word_piece.h"

using namespace pantograph;
using namespace pantograph::bert;
namespace fs = std::filesystem;

namespace {

const char* const kVocabulary[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "want", "##want", "##ed", "wa", "un",
                                   "runn",  "##ing", ",",     "low",   "lo",   "##west", "##w",  "é",  "##é"};

}  // namespace

class TestWordPiece : public QObject {
  Q_OBJECT

  QTemporaryDir dir_;
  fs::path path_;

  void write(const std::vector<std::string>& tokens) const {
    std::ofstream out(path_, std::ios::binary);
    for (const auto& token : tokens) out << token << '\n';
  }

 private Q_SLOTS:
  void initTestCase() {
    path_ = dir_.filePath("vocab.txt").toStdString();
    write({std::begin(kVocabulary), std::end(kVocabulary)});
  }

  void basicTokens_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("lower");
    QTest::addColumn<QStringList>("cased");
    const auto row = [](const char* name, const QString& text, const QStringList& lower, const QStringList& cased) {
      QTest::newRow(name) << text << lower << cased;
    };
    const auto same = [&](const char* name, const QString& text, const QStringList& tokens) {
      row(name, text, tokens, tokens);
    };
    same("empty", "", {});
    same("spaces only", " \t\n\r ", {});
    row("the original's example", " \tHeLLo!how  \n Are yoU?  ", {"hello", "!", "how", "are", "you", "?"},
        {"HeLLo", "!", "how", "Are", "yoU", "?"});
    row("accents", QString::fromUtf8("H\u00E9llo na\u00EFve \u00C5ngstr\u00F6m"), {"hello", "naive", "angstrom"},
        {QString::fromUtf8("H\u00E9llo"), QString::fromUtf8("na\u00EFve"), QString::fromUtf8("\u00C5ngstr\u00F6m")});
    row("accent of its own", QString::fromUtf8("e\u0301a"), {"ea"}, {QString::fromUtf8("e\u0301a")});
    row("sharp s and long dotted I", QString::fromUtf8("Stra\u00DFe \u0130x"), {QString::fromUtf8("stra\u00DFe"), "ix"},
        {QString::fromUtf8("Stra\u00DFe"), QString::fromUtf8("\u0130x")});
    row("final sigma", QString::fromUtf8("\u039F\u03A3"), {QString::fromUtf8("\u03BF\u03C2")},
        {QString::fromUtf8("\u039F\u03A3")});
    row("ligature and fullwidth stay", QString::fromUtf8("\uFB01n \uFF21"),
        {QString::fromUtf8("\uFB01n"), QString::fromUtf8("\uFF41")},
        {QString::fromUtf8("\uFB01n"), QString::fromUtf8("\uFF21")});
    same("ideographs", QString::fromUtf8("ah\u535A\u63A8zz"),
         {"ah", QString::fromUtf8("\u535A"), QString::fromUtf8("\u63A8"), "zz"});
    same("ideographs beyond 16 bits", QString::fromUtf8("a\U00020000b"), {"a", QString::fromUtf8("\U00020000"), "b"});
    same("kana are words", QString::fromUtf8("\u3042\u3044 \u30A2"),
         {QString::fromUtf8("\u3042\u3044"), QString::fromUtf8("\u30A2")});
    row("voiced kana lose their mark", QString::fromUtf8("\u304C"), {QString::fromUtf8("\u304B")},
        {QString::fromUtf8("\u304C")});
    row("Hangul comes apart", QString::fromUtf8("\uAC00"), {QString::fromUtf8("\u1100\u1161")},
        {QString::fromUtf8("\uAC00")});
    same("ASCII symbols", "a$b+c^d`e~f=g<h|i@j_k",
         {"a", "$", "b", "+", "c", "^", "d", "`", "e", "~", "f", "=", "g", "<", "h", "|", "i", "@", "j", "_", "k"});
    same("other symbols are letters", QString::fromUtf8("5\u20AC\u00B02"), {QString::fromUtf8("5\u20AC\u00B02")});
    same("wide punctuation", QString::fromUtf8("\u00BFque\u2014\u201Cso\u201D\u3002"),
         {QString::fromUtf8("\u00BF"), "que", QString::fromUtf8("\u2014"), QString::fromUtf8("\u201C"), "so",
          QString::fromUtf8("\u201D"), QString::fromUtf8("\u3002")});
    same("dots", "e.g. 3.14...", {"e", ".", "g", ".", "3", ".", "14", ".", ".", "."});
    same("wide spaces", QString::fromUtf8("a\u00A0b\u3000c\u2028d\u2003e"), {"a", "b", "c", "d", "e"});
    same("what is dropped", QString::fromUtf8("a\u200Bb\u00ADc\u0085d\uFEFFe\uFFFDf\u0007g\uE000h"), {"abcdefgh"});
    same("zero byte", QString(QChar(0)) + "x", {"x"});
    same("special names are text", "[CLS]", {"[", "CLS", "]"});
    QTest::newRow("emoji") << QString::fromUtf8("ok\U0001F600\u2764\uFE0F")  // the variation selector is a mark
                           << QStringList{QString::fromUtf8("ok\U0001F600\u2764")}
                           << QStringList{QString::fromUtf8("ok\U0001F600\u2764\uFE0F")};
  }
  void basicTokens() {
    QFETCH(QString, text);
    QFETCH(QStringList, lower);
    QFETCH(QStringList, cased);
    const auto tokens = [&](const BasicOptions& options) {
      QStringList out;
      for (const auto& token : basic_tokens(text.toStdString(), options)) out << QString::fromStdString(token);
      return out;
    };
    if (QString(QTest::currentDataTag()) != "special names are text")
      QCOMPARE(tokens({true, true, true}), lower);
    else
      QCOMPARE(tokens({true, true, true}), (QStringList{"[", "cls", "]"}));
    QCOMPARE(tokens({false, false, true}), cased);
  }

  void optionsAndBrokenText() {
    const std::string text = "\xC3\x89t\xC3\xA9 \xE5\x8D\x9A\xE6\x8E\xA8";  // Été 博推
    QVERIFY(basic_tokens(text, {true, false, true})[0] == "\xC3\xA9t\xC3\xA9");
    QVERIFY(basic_tokens(text, {false, true, true})[0] == "Ete");
    QCOMPARE(basic_tokens(text, {true, true, false}).size(), std::size_t(2));
    QVERIFY(basic_tokens("a\xFF\xC3(\x80", {}) == (std::vector<std::string>{"a", "("}));
    QVERIFY(basic_tokens("caf\xC3", {}) == std::vector<std::string>{"caf"});
  }

  void pieces_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("the original's example")
        << "unwanted running" << QStringList{"un", "##want", "##ed", "runn", "##ing"};
    QTest::newRow("nothing fits the rest") << "unwantedX running" << QStringList{"[UNK]", "runn", "##ing"};
    QTest::newRow("longest first") << "lowest" << QStringList{"[UNK]"};  // low leaves "est"; lo + ##west is not tried
    QTest::newRow("longest piece") << "low,low" << QStringList{"low", ",", "low"};
    QTest::newRow("accented") << QString::fromUtf8("\u00E9\u00E9") << QStringList{"[UNK]"};  // "ee" once stripped
    QStringList hundred = {"want"};
    for (int i = 0; i < 48; ++i) hundred << "##ed";
    QTest::newRow("100 characters") << "want" + QString("ed").repeated(48) << hundred;
    QTest::newRow("102 characters") << "want" + QString("ed").repeated(49) << QStringList{"[UNK]"};
  }
  void pieces() {
    QFETCH(QString, text);
    QFETCH(QStringList, expected);
    const WordPiece tokenizer(path_, 100, {});
    QStringList found;
    for (const auto id : tokenizer.encode(text.toStdString(), 512)) found << QString::fromUtf8(kVocabulary[id]);
    QCOMPARE(found.takeFirst(), QString("[CLS]"));
    QCOMPARE(found.takeLast(), QString("[SEP]"));
    QCOMPARE(found, expected);
  }

  void charactersAreCountedAndCutWhole() {
    const WordPiece tokenizer(path_, 100, {false, false, true});
    std::string word;
    for (int i = 0; i < 100; ++i) word += "\xC3\xA9";
    QVERIFY(tokenizer.pieces(word).size() == 100);  // 200 bytes
    QVERIFY(tokenizer.pieces(word + "\xC3\xA9") == std::vector<std::int32_t>{1});
    QVERIFY(tokenizer.pieces("\xC3\xA8") == std::vector<std::int32_t>{1});  // shares its first byte with a token
    QVERIFY(tokenizer.pieces("").empty());
  }

  void truncation() {
    const WordPiece tokenizer(path_, 100, {});
    QVERIFY(tokenizer.encode("unwanted running", 6) == (std::vector<std::int32_t>{2, 8, 5, 6, 9, 3}));
    QVERIFY(tokenizer.encode("unwanted running", 7) == (std::vector<std::int32_t>{2, 8, 5, 6, 9, 10, 3}));
    QVERIFY(tokenizer.encode("unwanted running", 2) == (std::vector<std::int32_t>{2, 3}));
    QVERIFY(tokenizer.encode("", 10) == (std::vector<std::int32_t>{2, 3}));
  }

  void vocabularyFiles() {
    const auto expect = [&](int rows, const char* message) {
      try {
        const WordPiece tokenizer(path_, rows, {});
        QFAIL("accepted");
      } catch (const Error& error) {
        QVERIFY2(error.kind() == ErrorKind::input && QString(error.what()).contains(message), error.what());
      }
    };
    expect(17, "vocab.txt: more than 17 tokens");
    write({"[PAD]", "[CLS]", "[SEP]"});
    expect(17, "no token [UNK] among 3");
    write({"[PAD]\r", "[UNK]\r", "[CLS]\r", "[SEP]\r", "want\r", "want\r"});
    QVERIFY(WordPiece(path_, 6, {}).pieces("want") == std::vector<std::int32_t>{5});  // the last one counts
    fs::remove(path_);
    expect(17, "cannot be read");
  }
};

QTEST_GUILESS_MAIN(TestWordPiece)
#include "test_word_piece.moc"
