// SPDX-License-Identifier: GPL-3.0-or-later
// Text as it streams: whole characters only, nothing of a stop string, and in the end all of it.
#include <QtTest>

#include "base/random.h"
#include "infer/text_stream.h"
#include "token/model_writer.h"

using namespace pantograph;
using infer::TextStream;

namespace {

token::Tokenizer tokenizer_of_bytes() {
  fixtures::WrittenModel model;
  model.add_marks();
  float score = -1;
  for (const char* piece : {"a", "b", "\xE2\x96\x81", "ab", "END", "é"}) model.pieces.push_back({piece, score -= 1, 1});
  return token::Tokenizer::from_bytes(model.bytes(), "small.model");
}

}  // namespace

class TestTextStream : public QObject {
  Q_OBJECT
 private:
  const token::Tokenizer tokenizer_ = tokenizer_of_bytes();

  /// What comes out token by token, and at the end.
  std::vector<std::string> stream(const std::string& text, const std::vector<std::string>& stops,
                                  const std::string& before = {}) const {
    TextStream out(tokenizer_, tokenizer_.encode(before), stops);
    std::vector<std::string> parts;
    for (const std::int32_t id : tokenizer_.encode(text)) parts.push_back(out.add(id));
    parts.push_back(out.finish());
    return parts;
  }
  static std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += part;
    return all;
  }

 private Q_SLOTS:
  void characters_of_several_tokens() {
    // 日 is three byte pieces here, 🙂 four.
    QCOMPARE(stream("a日b", {}), (std::vector<std::string>{"a", "", "", "日", "b", ""}));
    QCOMPARE(stream("🙂", {}), (std::vector<std::string>{"", "", "", "🙂", ""}));
    QCOMPARE(stream("é", {}, "日"), (std::vector<std::string>{"é", ""}));
  }

  void bytes_that_are_no_character() {
    TextStream out(tokenizer_, {}, {});
    const auto byte = [&](int value) { return out.add(4 + value); };  // behind <unk>, <s>, </s> and the newline
    QCOMPARE(byte(0xE6), std::string());
    QCOMPARE(byte('x'), std::string("\xEF\xBF\xBDx"));
    std::string all;
    for (int i = 0; i < 10; ++i) all += byte(0x97);  // never the start of a character
    all += out.finish();
    QCOMPARE(all.size(), std::size_t(30));
    QVERIFY(!out.stopped());
  }

  void stops() {
    QCOMPARE(joined(stream("abab END ab", {"END"})), std::string("abab "));
    QCOMPARE(joined(stream("abab EN ab", {"END"})), std::string("abab EN ab"));
    QCOMPARE(joined(stream("ab EN", {"END"})), std::string("ab EN"));
    QCOMPARE(joined(stream("aaab", {"aab"})), std::string("a"));
    QCOMPARE(joined(stream("a\n\nb", {"\n\n", "b"})), std::string("a"));
    QCOMPARE(joined(stream("日日", {"日"})), std::string());
    QCOMPARE(joined(stream("ab", {""})), std::string("ab"));
    TextStream out(tokenizer_, {}, {"b"});
    for (const std::int32_t id : tokenizer_.encode("a b")) out.add(id);
    QVERIFY(out.stopped());
    QCOMPARE(out.add(4 + 'x'), std::string());
    QCOMPARE(out.finish(), std::string());
  }

  /// Of any text, the parts are the text up to the first stop string, and none ends within a character.
  void any_text() {
    Random random(4);
    const char* kinds[] = {"a", "b", " ", "é", "日", "🙂", "EN", "END", "ab", "\n"};
    for (int i = 0; i < 400; ++i) {
      std::string text;
      for (std::uint64_t n = random.below(30); n > 0; --n) text += kinds[random.below(std::size(kinds))];
      const std::vector<std::string> stops = {"END", "日b", "ba"};
      std::size_t first = std::string::npos;
      for (const std::string& stop : stops) first = std::min(first, text.find(stop));
      const auto parts = stream(text, stops, "ab日");
      QCOMPARE(joined(parts), text.substr(0, first));
      for (const std::string& part : parts) QVERIFY(QString::fromStdString(part).toUtf8().toStdString() == part);
    }
  }

  /// Of a long text too: what each token completes is what a stream says of it.
  void texts_of_tokens() {
    Random random(5);
    const char* kinds[] = {"a", "b", " ", "é", "日", "🙂", "ab", "\n"};
    std::string text;
    for (int i = 0; i < 700; ++i) text += kinds[random.below(std::size(kinds))];
    std::vector<std::int32_t> tokens = {tokenizer_.begin_id()};
    const auto ids = tokenizer_.encode(text);
    tokens.insert(tokens.end(), ids.begin(), ids.end());
    const std::vector<std::string> texts = infer::token_texts(tokenizer_, tokens, 1);
    QCOMPARE(texts.size(), ids.size());
    QCOMPARE(joined(texts), text);
    TextStream all(tokenizer_, {tokens[0]}, {});
    for (std::size_t i = 0; i + 1 < texts.size(); ++i) QCOMPARE(texts[i], all.add(ids[i]));
    QVERIFY(infer::token_texts(tokenizer_, {tokens[0]}, 1).empty());
  }
};

QTEST_GUILESS_MAIN(TestTextStream)
#include "test_text_stream.moc"
