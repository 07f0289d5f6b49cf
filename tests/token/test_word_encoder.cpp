// SPDX-License-Identifier: GPL-3.0-or-later
// Encoding by words and decoding by a table give what SentencePiece gives, id for id and byte for byte: on trained
// models, and on models full of ties, of symbols and of pieces that are not used.
#include <QTemporaryDir>
#include <QtTest>
#include <set>

#include "base/files.h"
#include "model_writer.h"
#include "reference_tokenizer.h"
#include "token_fixtures.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

const std::string kSpace = "\xE2\x96\x81";

/// Characters of all lengths, spaces, line ends, SentencePiece's own marks; with `broken`, bytes that are none.
std::string noise(Random& random, std::size_t length, bool broken) {
  static const char* kinds[] = {"a",
                                "b",
                                "c",
                                "ab",
                                " ",
                                " ",
                                "  ",
                                "\n",
                                "\t",
                                "\xC3\xA9",
                                "x",
                                "ca",
                                "É",
                                "\xE2\x96\x81",
                                "\xE2\x96\x85",
                                "日",
                                "本",
                                "\xF0\x9F\x99\x82",
                                "<s>",
                                ".",
                                "1",
                                "\xEF\xBF\xBD",
                                "\r",
                                "<0x41>"};
  static const char* bad[] = {"\xC3", "\xFF", "\x80", "\xE2\x96", "\xED\xA0\x80", "\xC0\xAF", "\xF5\x80\x80\x80"};
  std::string out;
  while (out.size() < length) {
    if (broken && random.below(40) == 0) {
      out += bad[random.below(std::size(bad))];
    } else if (random.below(3) == 0) {
      out += fixtures::babble(random, 1);
    } else {
      out += kinds[random.below(std::size(kinds))];
    }
  }
  return out;
}

/// Short pieces over few letters, with scores of which many sums are equal, or nearly so.
fixtures::WrittenModel model_of_ties(Random& random, int kind) {
  fixtures::WrittenModel model;
  model.kind = kind;
  model.add_marks();
  std::set<std::string> texts;
  const std::size_t count = 10 + random.below(80);
  while (texts.size() < count) {
    std::string text;
    for (std::uint64_t spaces = random.below(4) == 0 ? 1 + random.below(2) : 0; spaces > 0; --spaces) text += kSpace;
    for (std::uint64_t letters = random.below(5); letters > 0; --letters) text += "abc1x"[random.below(5)];
    if (random.below(8) == 0) text += random.below(2) == 0 ? "\xC3\xA9" : "日";
    if (!text.empty()) texts.insert(text);
  }
  for (const char* letter : {"a", "b", "c", "\xE2\x96\x81"}) {
    if (random.below(4) != 0) texts.insert(letter);
  }
  for (const std::string& text : texts) {
    const float tiny = static_cast<float>(random.below(3)) * 1e-5f;
    const float score = -1.0f - static_cast<float>(random.below(6)) - tiny;
    const auto draw = random.below(20);
    model.pieces.push_back({text, score, draw == 0 ? 4 : draw == 1 ? 5 : 1});
  }
  return model;
}

}  // namespace

class TestWordEncoder : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir dir_;
  fs::path root_;

  fs::path save(const std::string& model) const {
    write_atomically(root_ / "written.model", model);
    return root_ / "written.model";
  }

  /// Both directions on one text; the encoder keeps what it remembers from text to text.
  static void compare(const fixtures::ReferenceTokenizer& reference, const token::Tokenizer& tokenizer,
                      token::Tokenizer::Encoder& encoder, const std::string& text) {
    const auto expected = reference.encode(text);
    QVERIFY2(tokenizer.encode(text) == expected, text.substr(0, 300).c_str());
    std::vector<std::int32_t> found;
    encoder.encode(text, found);
    QVERIFY2(found == expected, text.substr(0, 300).c_str());
    QVERIFY(tokenizer.decode(found.data(), found.size()) == reference.decode(found));
  }

  static void compare_ids(const fixtures::ReferenceTokenizer& reference, const token::Tokenizer& tokenizer,
                          Random& random) {
    std::vector<std::int32_t> ids(random.below(60));
    const auto vocabulary = static_cast<std::uint64_t>(tokenizer.vocabulary());
    for (auto& id : ids) {  // byte pieces half of the time, so that they come in rows
      id = static_cast<std::int32_t>(
          random.below(random.below(2) == 0 ? vocabulary : std::min<std::uint64_t>(261, vocabulary)));
    }
    QVERIFY(tokenizer.decode(ids.data(), ids.size()) == reference.decode(ids));
  }

 private Q_SLOTS:
  void initTestCase() { root_ = dir_.path().toStdString(); }

  void trainedModels_data() {
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<int>("vocabulary");
    QTest::newRow("unigram, few pieces") << "unigram" << 400;
    QTest::newRow("unigram, more") << "unigram" << 900;
    QTest::newRow("bpe") << "bpe" << 600;
  }
  void trainedModels() {
    QFETCH(QString, algorithm);
    QFETCH(int, vocabulary);
    Random random(1);
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i) texts.push_back(fixtures::babble(random, 12, 3000) + noise(random, 200, false));
    const auto documents = fixtures::write_documents(root_ / "documents", {texts});
    project::TokenizerSpec spec;
    spec.algorithm = algorithm.toStdString();
    spec.vocabulary = vocabulary;
    spec.sample_bytes = 300'000;
    const fs::path path = root_ / "trained.model";
    token::train_tokenizer(spec, root_, {documents}, 7, path, {});
    const fixtures::ReferenceTokenizer reference(read_file(path));
    QVERIFY(reference.by_lines());
    const token::Tokenizer tokenizer(path);
    token::Tokenizer::Encoder encoder(tokenizer);
    for (const std::string& text : texts) compare(reference, tokenizer, encoder, text);
    for (int i = 0; i < 500; ++i) compare(reference, tokenizer, encoder, noise(random, random.below(400), i % 2 == 1));
    for (int i = 0; i < 2000; ++i) compare_ids(reference, tokenizer, random);
    // Lines so long that the library's sums lose the digits that decide between two paths.
    for (const std::size_t sentences : {300u, 3000u}) {
      std::string line = fixtures::babble(random, sentences, 5000);
      std::replace(line.begin(), line.end(), '\n', ' ');
      compare(reference, tokenizer, encoder, line);
    }
    compare(reference, tokenizer, encoder, std::string(30'000, 'a') + std::string(500, ' ') + "b");
  }

  void writtenModels_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("unigram") << 1;
    QTest::newRow("bpe") << 2;
  }
  void writtenModels() {
    QFETCH(int, kind);
    Random random(static_cast<std::uint64_t>(kind));
    for (int trial = 0; trial < 40; ++trial) {
      const std::string bytes = model_of_ties(random, kind).bytes();
      const fixtures::ReferenceTokenizer reference(bytes);
      QVERIFY(reference.opened() && reference.by_lines());
      const token::Tokenizer tokenizer(save(bytes), token::Tokenizer::Origin::given);
      token::Tokenizer::Encoder encoder(tokenizer);
      for (int i = 0; i < 30; ++i) {
        std::string text = noise(random, random.below(300), i % 10 == 0);
        const std::size_t letters = i == 29 ? 20'000 : random.below(1000);
        for (std::size_t k = 0; k < letters; ++k) text += "aabbcc1x  "[random.below(10)];
        compare(reference, tokenizer, encoder, text);
        compare_ids(reference, tokenizer, random);
      }
    }
  }

  void otherModels_data() {
    QTest::addColumn<int>("what");
    QTest::newRow("a piece across words") << 0;
    QTest::newRow("a symbol across words") << 1;
    QTest::newRow("a prefix is added") << 2;
    QTest::newRow("spaces are removed") << 3;
    QTest::newRow("no byte pieces") << 4;
    QTest::newRow("a piece named like a mark") << 5;
    QTest::newRow("an unknown that shows nothing") << 6;
    QTest::newRow("a piece with a space") << 7;
  }
  /// Where words do not stand alone, or ids not for themselves, the library is asked.
  void otherModels() {
    QFETCH(int, what);
    Random random(static_cast<std::uint64_t>(what));
    for (int kind = 1; kind <= 2; ++kind) {
      for (int trial = 0; trial < 10; ++trial) {
        fixtures::WrittenModel model = model_of_ties(random, kind);
        if (what == 0) model.pieces.push_back({"a" + kSpace + "b", -0.5f, 1});
        if (what == 0) model.pieces.push_back({"a" + kSpace, -0.5f, 1});
        if (what == 1) model.pieces.push_back({"b" + kSpace + kSpace + "a", 0, 4});
        if (what == 2) model.dummy_prefix = true;
        if (what == 3) model.removes_spaces = true;
        if (what == 4) {
          std::erase_if(model.pieces, [](const auto& piece) { return piece.type == 6; });
          model.byte_fallback = false;
        }
        if (what == 5) model.pieces.push_back({"<s>", -1, 1});
        if (what == 6) model.unknown_surface = "";
        if (what == 7) model.pieces.push_back({"a b", 0, 4});
        const std::string bytes = model.bytes();
        const fixtures::ReferenceTokenizer reference(bytes);
        QVERIFY(reference.opened());
        const token::Tokenizer tokenizer(save(bytes), token::Tokenizer::Origin::given);
        token::Tokenizer::Encoder encoder(tokenizer);
        for (int i = 0; i < 20; ++i) {
          std::string text = noise(random, random.below(200), i % 10 == 0);
          for (std::size_t k = 0; k < 200; ++k) text += "aabbc  "[random.below(7)];
          compare(reference, tokenizer, encoder, text);
          compare_ids(reference, tokenizer, random);
        }
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestWordEncoder)
#include "test_word_encoder.moc"
