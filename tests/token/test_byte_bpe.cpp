// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level tokenizers: how text is cut into words, pairs against the definition, text of tokens, broken models.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "byte_bpe_sample.h"
#include "token/tokenizer.h"
#include "token/unicode_class.h"
#include "token_fixtures.h"

using namespace pantograph;
using nlohmann::json;
using token::Tokenizer;
using token::UnicodeClass;
using token::WordSplit;

namespace {

std::vector<std::string> texts(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i)
    out.push_back(fixtures::babble(random, 12) + (i % 5 == 0 ? "\n\n\tIt's Na\xC3\xAFve, 3.14 = x_1; we'll\r\n" : " "));
  return out;
}

Tokenizer opened(const token::ByteBpeFile& file) {
  return Tokenizer::from_bytes(token::serialize_byte_bpe(file), "sample", Tokenizer::Origin::given);
}

}  // namespace

class TestByteBpe : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void classes() {
    const auto is = [](std::uint32_t code, UnicodeClass expected) { QCOMPARE(token::unicode_class(code), expected); };
    for (const std::uint32_t code : {0x41U, 0x7AU, 0xAAU, 0xE9U, 0x17FU, 0x3B1U, 0x5D0U, 0x4E2DU, 0xAC00U, 0x20000U})
      is(code, UnicodeClass::letter);
    for (const std::uint32_t code : {0x30U, 0x39U, 0xB2U, 0xBDU, 0x663U, 0x2160U, 0x3007U, 0x1D7CEU})
      is(code, UnicodeClass::number);
    for (const std::uint32_t code : {0x9U, 0xDU, 0x20U, 0x85U, 0xA0U, 0x2003U, 0x2028U, 0x3000U})
      is(code, UnicodeClass::space);
    for (const std::uint32_t code : {0x0U, 0x5FU, 0x27U, 0xA9U, 0x300U, 0x200BU, 0xFFFDU, 0x1F642U, 0x10FFFFU, 0xD800U})
      is(code, UnicodeClass::other);
  }

  void words_data() {
    QTest::addColumn<QString>("split");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("words");
    const auto row = [](const char* split, const char* text, QStringList words) {
      QTest::addRow("%s: %s", split, text) << split << text << words;
    };
    row("gpt2", "It's we'll I'd 'tis", {"It", "'s", " we", "'ll", " I", "'d", " '", "tis"});
    row("gpt2", "IT'S", {"IT", "'", "S"});
    row("gpt2", "a  b   c ", {"a", " ", " b", "  ", " c", " "});
    row("gpt2", "a\n\nb\t c", {"a", "\n", "\n", "b", "\t", " c"});
    row("gpt2", "x=1234, y!?", {"x", "=", "1234", ",", " y", "!?"});
    row("gpt2", "Zażółć 日本 12٣", {"Zażółć", " 日本", " 12٣"});
    row("gpt2", "  ", {"  "});
    row("gpt2", "a\u00A0b", {"a", "\u00A0", "b"});
    row("llama3", "It's WE'LL \u017Fo'\u017F", {"It", "'s", " WE", "'LL", " \u017Fo", "'\u017F"});
    row("llama3", "x=12345, y!?\n\nz", {"x", "=", "123", "45", ",", " y", "!?\n\n", "z"});
    row("llama3", "a  b\n  c  \n\n d ", {"a", " ", " b", "\n", " ", " c", "  \n\n", " d", " "});
    row("llama3", "\tab (cd)_ef", {"\tab", " (", "cd", ")_", "ef"});
    row("llama3", " 7 .5", {" ", "7", " .", "5"});
    row("llama3", "\r\n\r\n", {"\r\n\r\n"});
    row("qwen2", "x 1234", {"x", " ", "1", "2", "3", "4"});
    row("smollm", "a 12  3b  c\t\t4 'll5",
        {"a", " ", "1", "2", "  ", "3", "b", " ", " c", "\t\t", "4", " '", "ll", "5"});
    row("smollm", "2's  ", {"2", "'s", "  "});
  }
  void words() {
    QFETCH(QString, split);
    QFETCH(QString, text);
    QFETCH(QStringList, words);
    QStringList found;
    for (const std::string& word : fixtures::words_of(*token::word_split(split.toStdString()), text.toStdString()))
      found << QString::fromStdString(word);
    QCOMPARE(found, words);
  }

  void pairsAsDefined_data() {
    QTest::addColumn<QString>("split");
    for (const char* split : {"gpt2", "llama3", "qwen2", "smollm"}) QTest::newRow(split) << split;
  }
  void pairsAsDefined() {
    QFETCH(QString, split);
    const token::ByteBpeFile file =
        fixtures::sample_byte_bpe(*token::word_split(split.toStdString()), texts(1, 60), 180);
    const Tokenizer tokenizer = opened(file);
    QCOMPARE(tokenizer.vocabulary(), static_cast<int>(file.pieces.size()));
    QCOMPARE(tokenizer.begin_id(), tokenizer.vocabulary() - 1);
    QCOMPARE(tokenizer.end_id(), tokenizer.vocabulary() - 1);
    Tokenizer::Encoder encoder(tokenizer);
    Random random(4);
    std::vector<std::string> all = texts(2, 40);
    for (int i = 0; i < 40; ++i) {  // any bytes, in long words too
      std::string bytes;
      for (std::uint64_t left = random.below(300); left > 0; --left)
        bytes += static_cast<char>(random.below(i < 20 ? 256 : 4) + (i < 20 ? 0 : 'a'));
      all.push_back(bytes);
    }
    all.insert(all.end(), {"", " ", "\n\n", "日本語 mixed 🙂 in", "<|endoftext|>", std::string(3, '\0')});
    std::size_t tokens = 0, characters = 0;
    for (const std::string& text : all) {
      const auto expected = fixtures::plain_byte_bpe(file, text);
      QCOMPARE(tokenizer.encode(text), expected);
      std::vector<std::int32_t> again;
      encoder.encode(text, again);
      encoder.encode(text, again);
      QCOMPARE(again.size(), 2 * expected.size());
      QVERIFY(std::equal(expected.begin(), expected.end(), again.begin()));
      QVERIFY(
          std::equal(expected.begin(), expected.end(), again.begin() + static_cast<std::ptrdiff_t>(expected.size())));
      if (QString::fromStdString(text).toStdString() == text)
        QCOMPARE(tokenizer.decode(expected.data(), expected.size()), text);
      tokens += expected.size();
      characters += text.size();
    }
    QVERIFY(tokens < characters);
  }

  /// A megabyte without a space is one word.
  void longWords() {
    const token::ByteBpeFile file = fixtures::sample_byte_bpe(WordSplit::gpt2, {std::string(64, 'a')}, 4);
    const std::string text(std::size_t{1} << 20, 'a');
    const auto ids = opened(file).encode(text);
    QCOMPARE(opened(file).decode(ids.data(), ids.size()), text);
    QVERIFY(ids.size() <= text.size() / 16);
    const std::string spaces(std::size_t{1} << 20, ' ');
    QCOMPARE(opened(file).encode(spaces).size(), spaces.size());
  }

  void whatIsFoundBeforeWords() {
    token::ByteBpeFile file = fixtures::sample_byte_bpe(WordSplit::gpt2, texts(1, 20), 50);
    const int count = static_cast<int>(file.pieces.size());
    file.pieces.push_back({"<tool>", token::BytePiece::whole});
    file.pieces.push_back({"<tool>s", token::BytePiece::whole});
    const Tokenizer tokenizer = opened(file);
    const auto ids = tokenizer.encode("<tool>s<tool>");
    QCOMPARE(ids, (std::vector<std::int32_t>{count + 1, count}));
    QCOMPARE(tokenizer.decode(ids.data(), ids.size()), std::string("<tool>s<tool>"));
    file.space_first = true;
    QCOMPARE(opened(file).encode("ab"), opened(file).encode(" ab"));
    QVERIFY(opened(file).encode("").empty());
    // A word that is a piece, and whose pairs make another one.
    file = {};
    for (int i = 0; i < 256; ++i) file.pieces.push_back({std::string(1, static_cast<char>(i))});
    file.pieces.insert(file.pieces.end(), {{"ab"}, {"bc"}, {"abc"}, {"</s>", token::BytePiece::control}});
    file.merges = {{'a', 'b'}, {'b', 'c'}};
    file.end = 259;
    QCOMPARE(opened(file).encode("abc"), (std::vector<std::int32_t>{256, 'c'}));
    file.whole_words = true;
    QCOMPARE(opened(file).encode("abc"), (std::vector<std::int32_t>{258}));
    QCOMPARE(opened(file).begin_id(), 259);
  }

  /// One that a project names in place of training one.
  void asAProjectsTokenizer() {
    const QTemporaryDir dir;
    const std::filesystem::path root = dir.path().toStdString();
    const token::ByteBpeFile file = fixtures::sample_byte_bpe(WordSplit::llama3, texts(1, 20), 50);
    write_atomically(root / "given.json", token::serialize_byte_bpe(file));
    project::TokenizerSpec spec;
    spec.model = "given.json";
    token::train_tokenizer(spec, root, {}, 7, root / token::kTokenizerFile, {});
    for (const std::string& text : texts(3, 5))
      QCOMPARE(Tokenizer(root / token::kTokenizerFile).encode(text), fixtures::plain_byte_bpe(file, text));
    write_atomically(root / token::kTokenizerFile, "{\"byte_bpe\":1}");  // damaged
    try {
      const Tokenizer damaged(root / token::kTokenizerFile);
      QFAIL("opened");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::run);
      QVERIFY2(QString(e.what()).contains("Delete the folder"), e.what());
    }
  }

  void bytesThatMakeNoCharacter() {
    const token::ByteBpeFile file = fixtures::sample_byte_bpe(WordSplit::gpt2, texts(1, 20), 50);
    const auto ids = opened(file).encode("a\xFF\xE2\x82z");
    QCOMPARE(opened(file).decode(ids.data(), ids.size()), std::string("a\uFFFD\uFFFD\uFFFDz"));
  }

  void theByteAlphabet() {
    std::string all, back;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    QVERIFY(token::from_byte_alphabet(token::to_byte_alphabet(all), back));
    QCOMPARE(back, all);
    QCOMPARE(token::to_byte_alphabet(" a\n\xC3\xA9"), std::string("ĠaĊÃ©"));
    for (const char* other : {"日", " ", "\xFF", "ń"}) QVERIFY(!token::from_byte_alphabet(other, back));
  }

  void brokenModels_data() {
    QTest::addColumn<QString>("edit");
    QTest::addColumn<QString>("words");
    for (const auto& [edit, words] : {std::pair("/byte_bpe=2", "another format"),
                                      {"/split=\"x\"", "gpt2, llama3, qwen2 or smollm"},
                                      {"/split=7", "gpt2, llama3, qwen2 or smollm"},
                                      {"/space_first=1", "space_first"},
                                      {"/pieces=7", "no list of pieces"},
                                      {"/pieces/3=\"\"", "0 bytes"},
                                      {"/pieces/3=\" \"", "piece 3"},
                                      {"/pieces/3=[]", "piece 3"},
                                      {"/pieces/3=\"a\"", "a second time"},
                                      {"/controls=[999999]", "an id that is no piece's"},
                                      {"/controls=[-1]", "an id that is no piece's"},
                                      {"/controls=[1.5]", "an id that is no piece's"},
                                      {"/controls=[]", "which text may have"},
                                      {"/controls=[0]", "255 of the bytes"},
                                      {"/marks=[-1,-1]", "neither a begin nor an end"},
                                      {"/marks=[3]", "no marks"},
                                      {"/marks=[99999,-1]", "an id that is no piece's"},
                                      {"/merges=7", "no merges"},
                                      {"/merges/0=[1]", "no pair"},
                                      {"/merges/0=[1,99999]", "an id that is no piece's"},
                                      {"/merges/0=[0,0]", "two pieces that make a third"}})
      QTest::newRow(edit) << edit << words;
  }
  void brokenModels() {
    QFETCH(QString, edit);
    QFETCH(QString, words);
    const auto good = token::serialize_byte_bpe(fixtures::sample_byte_bpe(WordSplit::gpt2, texts(1, 20), 20));
    nlohmann::ordered_json all = nlohmann::ordered_json::parse(good);
    const auto at = edit.indexOf('=');
    all[nlohmann::ordered_json::json_pointer(edit.left(at).toStdString())] =
        json::parse(edit.mid(at + 1).toStdString());
    try {
      Tokenizer::from_bytes(all.dump(), "sample", Tokenizer::Origin::given);
      QFAIL("opened");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::input);
      QVERIFY2(QString(e.what()).contains(words), e.what());
    }
    QVERIFY_THROWS_EXCEPTION(Error, Tokenizer::from_bytes(good.substr(0, good.size() / 2), "sample"));
  }
};

QTEST_GUILESS_MAIN(TestByteBpe)
#include "test_byte_bpe.moc"
