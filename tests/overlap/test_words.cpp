// SPDX-License-Identifier: GPL-3.0-or-later
// What a word is, and that grams are what their words are.
#include <QTest>
#include <map>
#include <set>

#include "base/hash.h"
#include "overlap/words.h"
#include "overlap_support.h"

using namespace pantograph;

namespace {

std::vector<std::uint64_t> words_of(const std::string& text) {
  overlap::TextScratch scratch;
  overlap::find_words(text, scratch);
  return scratch.words;
}

}  // namespace

class TestWords : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void words_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("words");
    QTest::newRow("none") << "" << QStringList{};
    QTest::newRow("blanks and punctuation alone") << " \t\n.,;!?\"'()[]-_/ " << QStringList{};
    QTest::newRow("case and punctuation") << "The judge, \"Mr. SMITH\"!" << QStringList{"the", "judge", "mr", "smith"};
    QTest::newRow("apostrophe and hyphen") << "don't re-do" << QStringList{"don", "t", "re", "do"};
    QTest::newRow("digits") << "in 1997: 5-grams" << QStringList{"in", "1997", "5", "grams"};
    QTest::newRow("letters beyond ASCII keep their case") << "Größe ÉTÉ" << QStringList{"größe", "ÉtÉ"};
    QTest::newRow("quotation marks and dashes of Unicode")
        << "„so“ – sagt’s … ja" << QStringList{"so", "sagt", "s", "ja"};
    QTest::newRow("blanks of Unicode") << QString("a\u00a0b\u2003c\u3000d") << QStringList{"a", "b", "c", "d"};
    QTest::newRow("Cyrillic") << "Суд, суд." << QStringList{"Суд", "суд"};
    QTest::newRow("Korean has blanks") << "법원은 판결" << QStringList{"법원은", "판결"};
    QTest::newRow("Chinese by character") << "法院。判决" << QStringList{"法", "院", "判", "决"};
    QTest::newRow("within Latin text") << "abc法d" << QStringList{"abc", "法", "d"};
    QTest::newRow("Japanese") << "裁判の、" << QStringList{"裁", "判", "の"};
    QTest::newRow("Thai") << "ศาล" << QStringList{"ศ", "า", "ล"};
    QTest::newRow("beyond the basic plane")
        << QString::fromUtf8("\xF0\xA0\x80\x80\xF0\xA0\x80\x81")
        << QStringList{QString::fromUtf8("\xF0\xA0\x80\x80"), QString::fromUtf8("\xF0\xA0\x80\x81")};
  }
  void words() {
    QFETCH(QString, text);
    QFETCH(QStringList, words);
    std::vector<std::uint64_t> expected;
    for (const QString& word : words) expected.push_back(hash64(word.toStdString()));
    QCOMPARE(words_of(text.toStdString()), expected);
  }

  void damagedTextIsRead() {
    for (const std::string text : {"\xff\xfe", "abc\xe2\x82", "\xf0\x9f", "\x80 a"}) words_of(text);
    QCOMPARE(words_of("ab \xe2\x82").front(), hash64("ab"));
  }

  /// Equal runs of words have equal hashes wherever they stand, and others have others.
  void gramsAreTheirWords() {
    Random random(3);
    std::map<overlap_test::Words, std::uint64_t> known;
    std::set<std::uint64_t> hashes;
    for (int text = 0; text < 300; ++text) {
      overlap_test::Words words;
      std::string joined;
      for (int i = 0; i < 40; ++i) {
        words.push_back(std::string(1, static_cast<char>('a' + random.below(3))));
        joined += words.back() + " ";
      }
      for (const std::size_t length : {std::size_t{1}, std::size_t{5}, std::size_t{13}}) {
        std::vector<std::uint64_t> found;
        overlap::each_gram(words_of(joined), length, [&](std::uint64_t gram) { found.push_back(gram); });
        const auto grams = overlap_test::plain_grams(words, length);
        QCOMPARE(found.size(), grams.size());
        for (std::size_t i = 0; i < grams.size(); ++i) {
          QCOMPARE(known.try_emplace(grams[i], found[i]).first->second, found[i]);
          hashes.insert(found[i]);
        }
      }
    }
    QCOMPARE(hashes.size(), known.size());
  }

  void shortTextsHaveNoGram() {
    int grams = 0;
    overlap::each_gram(words_of("one two three four"), 5, [&](std::uint64_t) { ++grams; });
    QCOMPARE(grams, 0);
    overlap::each_gram(words_of("one two three four five"), 5, [&](std::uint64_t) { ++grams; });
    QCOMPARE(grams, 1);
  }
};

QTEST_GUILESS_MAIN(TestWords)
#include "test_words.moc"
