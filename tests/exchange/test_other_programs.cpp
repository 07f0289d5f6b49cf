// SPDX-License-Identifier: GPL-3.0-or-later
// Exports as the programs they are made for read them, where those are at hand: $PANTOGRAPH_NODE_MODULES names a folder
// in which npm has installed @huggingface/tokenizers, or node-llama-cpp.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "exchange/exporter.h"
#include "infer/session.h"
#include "sample_model.h"
#include "token/byte_bpe_sample.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

bool at_hand(const char* package) {
  const QString modules = qEnvironmentVariable("PANTOGRAPH_NODE_MODULES");
  return !modules.isEmpty() && fs::exists((modules + "/node_modules/" + package).toStdString());
}

}  // namespace

class TestOtherPrograms : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  fs::path root_;

  json node(const char* script, const fs::path& model, const json& request) const {
    write_atomically(root_ / "request.json", request.dump());
    QProcess process;
    process.start("node",
                  {QString(PANTOGRAPH_SOURCE_DIR "/tests/exchange/") + script, QString::fromStdString(model.string()),
                   QString::fromStdString((root_ / "request.json").string())});
    if (!process.waitForFinished(240'000) || process.exitCode() != 0)
      qFatal("%s: %s", script, process.readAllStandardError().constData());
    const QByteArray out = process.readAllStandardOutput();
    return json::parse(out.mid(out.lastIndexOf('\n', out.size() - 2) + 1).toStdString());
  }

  /// "unigram", "bpe", or the pattern of a byte-level tokenizer.
  std::string tokenizer(const std::string& algorithm) const {
    const auto split = token::word_split(algorithm);
    if (!split) return fixtures::sample_tokenizer(root_ / algorithm, algorithm);
    return token::serialize_byte_bpe(fixtures::sample_byte_bpe(*split, fixtures::sample_texts(1, 100), 200));
  }

  /// Words that the tokenizer was not trained on, marks, blanks, other scripts; a megabyte of it.
  static std::vector<std::string> held_out() {
    std::vector<std::string> out = fixtures::sample_texts(99, 6000);
    for (const char* odd :
         {"", " ", "\n\n", "  two  blanks ", "日本語 mixed 🙂 in", "tabs\tand\r\nreturns", "Zażółć gęślą jaźń",
          "a\xC2\xA0"
          "b",
          "UPPER lower 12345"})
      out.emplace_back(odd);
    return out;
  }

  /// As the JavaScript library has it, whose unigram model does not fall back on bytes: runs of them are one unknown
  /// token. (The library in Rust does fall back.)
  static std::vector<std::int32_t> without_bytes(const std::vector<std::int32_t>& ids, const json& tokenizer) {
    const json& vocabulary = tokenizer.at("model").at("vocab");
    const std::int32_t unknown = tokenizer.at("model").at("unk_id");
    std::vector<std::int32_t> out;
    for (const std::int32_t id : ids) {
      const std::string piece = vocabulary[static_cast<std::size_t>(id)][0];
      const bool byte = piece.size() == 6 && piece.starts_with("<0x");
      if (!byte) out.push_back(id);
      if (byte && (out.empty() || out.back() != unknown)) out.push_back(unknown);
    }
    return out;
  }

 private Q_SLOTS:
  void initTestCase() { root_ = dir_.path().toStdString(); }

  void hugging_face_tokenizers_data() {
    QTest::addColumn<QString>("algorithm");
    for (const char* algorithm : {"unigram", "bpe", "gpt2", "llama3", "qwen2", "smollm"})
      QTest::newRow(algorithm) << algorithm;
  }
  void hugging_face_tokenizers() {
    if (!at_hand("@huggingface/tokenizers")) QSKIP("no @huggingface/tokenizers in $PANTOGRAPH_NODE_MODULES");
    QFETCH(QString, algorithm);
    const auto model = fixtures::sample_model(tokenizer(algorithm.toStdString()));
    const fs::path out = root_ / ("hf-" + algorithm.toStdString());
    exchange::export_model(exchange::exporter("hf"), model, out, {});
    const std::vector<std::string> texts = held_out();
    const json found = node("hf_tokens.mjs", out, texts);
    const json written = json::parse(read_file(out / "tokenizer.json"));
    std::size_t same = 0, all = 0, bytes = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::vector<std::int32_t> expected = {model.tokenizer->begin_id()};
      const auto ids = model.tokenizer->encode(texts[i]);
      expected.insert(expected.end(), ids.begin(), ids.end());
      if (algorithm == "unigram") expected = without_bytes(expected, written);
      all += expected.size();
      bytes += texts[i].size();
      const bool equal = found[i].at("ids").get<std::vector<std::int32_t>>() == expected;
      if (equal) same += expected.size();
      if (algorithm != "unigram") {
        QVERIFY2(equal, texts[i].c_str());
        QCOMPARE(found[i].at("text").get<std::string>(), texts[i]);
      }
    }
    qInfo("%zu of %zu tokens, of %zu bytes, are the same", same, all, bytes);
    QVERIFY(static_cast<double>(same) > 0.999 * static_cast<double>(all));
  }

  void llama_cpp_data() {
    QTest::addColumn<QString>("block");
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("number");
    QTest::addColumn<double>("tolerance");  // of log-probabilities
    const auto row = [](const QString& block, const QString& algorithm, const QString& number, double tolerance) {
      QTest::newRow(qPrintable(QStringLiteral("%1, %2, %3").arg(block, algorithm, number)))
          << block << algorithm << number << tolerance;
    };
    row("gpt2", "unigram", "f32", 0.05);
    row("gpt2", "bpe", "f32", 0.05);
    row("gpt2", "bpe", "f16", 0.1);
    row("gpt2", "bpe", "q8_0", 0.5);
    row("gelu-tanh", "bpe", "f32", 0.01);
    row("llama", "bpe", "f32", 2e-3);
    row("llama", "bpe", "bf16", 0.1);
    row("llama", "bpe", "q8_0", 0.5);
    for (const char* split : {"gpt2", "llama3", "qwen2", "smollm"}) row("llama", split, "f32", 2e-3);
  }
  void llama_cpp() {
    if (!at_hand("node-llama-cpp")) QSKIP("no node-llama-cpp in $PANTOGRAPH_NODE_MODULES");
    QFETCH(QString, block);
    QFETCH(QString, algorithm);
    QFETCH(QString, number);
    QFETCH(double, tolerance);
    auto model = fixtures::sample_model(tokenizer(algorithm.toStdString()), false, block.toStdString());
    const fs::path out = root_ / (block + algorithm + number + ".gguf").toStdString();
    exchange::export_model(exchange::exporter("gguf"), model, out, {number.toStdString()});
    const std::vector<std::string> texts = fixtures::sample_texts(98, 40);
    const std::string prompt = texts[1].substr(0, 60);
    infer::Session session(std::make_shared<const network::Network>(std::move(model.network)), model.tokenizer, "fp32");
    infer::GenerateSettings settings;
    settings.sampling.temperature = 0;
    settings.max_tokens = 64;
    settings.prompts = true;
    settings.candidates = 2;
    const infer::Answer answer = session.generate({prompt}, settings).at(0);
    std::vector<std::int32_t> ids = {model.tokenizer->begin_id()};
    for (const infer::AnswerToken& token : answer.prompt) ids.push_back(token.id);
    const json found =
        node("llama_tokens.mjs", out,
             {{"texts", texts}, {"ids", ids}, {"greedy", answer.tokens.size()}, {"context", session.context()}});

    std::size_t same = 0, all = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto expected = model.tokenizer->encode(texts[i]);
      const auto theirs = found.at("tokens")[i].get<std::vector<std::int32_t>>();
      all += expected.size();
      if (theirs == expected) same += expected.size();
    }
    qInfo("texts with the same ids: %zu of %zu tokens", same, all);
    if (algorithm != "unigram") QCOMPARE(same, all);

    double largest = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i)
      largest = std::max(
          largest, std::fabs(std::log(found.at("probabilities")[i].get<double>()) - answer.prompt[i].log_probability));
    qInfo("largest difference of log-probabilities: %g nats over %zu tokens", largest, ids.size() - 1);
    QVERIFY2(largest < tolerance, qPrintable(QString::number(largest)));
    if (number != "f32") return;
    // The same answer, up to where two tokens are as good as equal.
    const auto theirs = found.at("greedy").get<std::vector<std::int32_t>>();
    for (std::size_t i = 0; i < answer.tokens.size(); ++i) {
      if (theirs[i] == answer.tokens[i].id) continue;
      const auto& two = answer.tokens[i].candidates;
      QVERIFY2(two[0].log_probability - two[1].log_probability < 2 * tolerance, qPrintable(QString::number(i)));
      qInfo("greedy answers part at token %zu of %zu, a near tie", i, theirs.size());
      break;
    }
  }
};

QTEST_GUILESS_MAIN(TestOtherPrograms)
#include "test_other_programs.moc"
