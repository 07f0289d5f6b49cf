// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers of other programs: the same tokens here, and the message for what is broken or has no counterpart.
#include <QtTest>

#include "exchange/gguf_writer.h"
#include "import_support.h"
#include "token/byte_bpe_sample.h"
#include "token/model_file.h"

using namespace pantograph;
using nlohmann::json;
using token::ModelPiece;
namespace fs = std::filesystem;

class TestTokenizerImports : public QObject {
  Q_OBJECT
 private:
  fixtures::Imports imports_;
  std::map<std::string, json> tokenizers_;  // tokenizer.json of each kind
  std::map<std::string, std::string> models_;

  /// A folder of a model with that tokenizer, without tokenizer.model.
  fs::path folder(const std::string& kind) {
    const fs::path out = imports_.folder(fixtures::sample_model(models_.at(kind)));
    fs::remove(out / "tokenizer.model");
    return out;
  }
  std::shared_ptr<const token::Tokenizer> imported(const fs::path& from) { return imports_.imported(from).tokenizer; }
  void refused(const fs::path& from, const char* words) { imports_.refused(from, words); }

 private Q_SLOTS:
  void initTestCase() {
    for (const char* algorithm : {"unigram", "bpe"})
      models_[algorithm] = fixtures::sample_tokenizer(imports_.fresh(algorithm), algorithm);
    for (const auto& [name, split] : {std::pair("gpt2", token::WordSplit::gpt2),
                                      {"llama3", token::WordSplit::llama3},
                                      {"qwen2", token::WordSplit::qwen2},
                                      {"smollm", token::WordSplit::smollm}}) {
      token::ByteBpeFile file = fixtures::sample_byte_bpe(split, fixtures::sample_texts(1, 60), 160);
      file.whole_words = split == token::WordSplit::llama3;
      file.pieces.push_back({"<tool call>", token::BytePiece::whole});
      models_[name] = token::serialize_byte_bpe(file);
    }
    for (const auto& [kind, model] : models_)
      tokenizers_[kind] = json::parse(read_file(folder(kind) / "tokenizer.json"));
  }

  void byteLevelRoundTrips_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("format");
    for (const char* kind : {"gpt2", "llama3", "qwen2", "smollm"}) {
      for (const char* format : {"hf", "gguf"}) QTest::addRow("%s, %s", kind, format) << kind << format;
    }
  }
  void byteLevelRoundTrips() {
    QFETCH(QString, kind);
    QFETCH(QString, format);
    const fs::path out = imports_.fresh("-out");
    const auto report = exchange::export_model(exchange::exporter(format.toStdString()),
                                               fixtures::sample_model(models_.at(kind.toStdString())), out, {});
    for (const fs::path& file : report.files) QVERIFY2(fs::exists(file), file.c_str());
    QVERIFY(!fs::exists(out / "tokenizer.model"));
    const fs::path again = imports_.fresh(".h5");
    exchange::import_model(out, again, "0.1", {});
    QCOMPARE(model::read_model(again).tokenizer_model, models_.at(kind.toStdString()));
  }

  /// vocab.json and merges.txt in place of tokenizer.json.
  void asPublished() {
    token::ByteBpeFile file = token::parse_byte_bpe(models_.at("gpt2"), "gpt2");
    file.pieces.pop_back();  // what is found before words, which those files do not know
    models_["published"] = token::serialize_byte_bpe(file);
    const fs::path from = folder("published");
    const json tokenizer = json::parse(read_file(from / "tokenizer.json"));
    std::string merges = "#version: 0.2\n";
    for (const json& merge : tokenizer.at("model").at("merges"))
      merges += merge[0].get<std::string>() + ' ' + merge[1].get<std::string>() + "\r\n";
    for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) fs::remove(from / name);
    refused(from, "no tokenizer");
    write_atomically(from / "vocab.json", tokenizer.at("model").at("vocab").dump());
    write_atomically(from / "merges.txt", merges);
    QCOMPARE(imports_.imported(from).tokenizer_model, models_.at("published"));
    write_atomically(from / "merges.txt", merges + "one\n");
    refused(from, "no pair");
    write_atomically(from / "vocab.json", "[]");
    refused(from, "vocab.json");
  }

  void oldMarks() {
    const fs::path from = folder("gpt2");
    fs::remove(from / "tokenizer_config.json");  // the marks are those of config.json
    json config = json::parse(read_file(from / "config.json"));
    const int end = config.at("eos_token_id");
    QCOMPARE(imported(from)->end_id(), end);
    config["eos_token_id"] = {end, 3};
    write_atomically(from / "config.json", config.dump());
    QCOMPARE(imported(from)->end_id(), end);
    config["eos_token_id"] = 1'000'000;
    write_atomically(from / "config.json", config.dump());
    refused(from, "no token 1000000");
    config.erase("eos_token_id"), config.erase("bos_token_id");
    write_atomically(from / "config.json", config.dump());
    refused(from, "neither a begin nor an end");
    write_atomically(from / "tokenizer_config.json", R"({"eos_token": {"content": "<|endoftext|>"}})");
    QCOMPARE(imported(from)->begin_id(), end);
    write_atomically(from / "tokenizer_config.json", R"({"eos_token": "<none>"})");
    refused(from, "no token \"<none>\"");
  }

  /// A prefix before texts, as Llama 2's tokenizer.json has it, in both ways to write it.
  void prefixes() {
    const std::string text = "word other words";
    const auto plain = imported(folder("bpe"));
    for (const json& steps :
         {json{{"normalizer", json::parse(R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
                {"type":"Replace","pattern":{"String":" "},"content":"▁"}]})")}},
          json{{"normalizer", nullptr},
               {"pre_tokenizer",
                json::parse(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false})")}}}) {
      const fs::path from = folder("bpe");
      json tokenizer = tokenizers_.at("bpe");
      tokenizer.update(steps);
      write_atomically(from / "tokenizer.json", tokenizer.dump());
      std::vector<model::ModelBundle> models;
      models.push_back(imports_.imported(from));
      for (const char* format : {"hf", "gguf"}) {  // and out again
        const fs::path out = imports_.fresh("-again");
        exchange::export_model(exchange::exporter(format), models.front(), out, {});
        if (fs::is_directory(out)) fs::remove(out / "tokenizer.model");
        models.push_back(imports_.imported(out));
      }
      for (const model::ModelBundle& model : models) {
        const auto ids = model.tokenizer->encode(text);
        QCOMPARE(ids, plain->encode(" " + text));
        QCOMPARE(model.tokenizer->decode(ids.data(), ids.size()), text);
      }
    }
  }

  void brokenTokenizers_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("value");  // JSON; empty: taken away
    QTest::addColumn<QString>("words");
    const auto row = [](const char* kind, const char* place, const char* value, const char* words) {
      QTest::addRow("%s %s %s", kind, place, value) << kind << place << value << words;
    };
    row("bpe", "/model", "7", "not an object");
    row("bpe", "/model/type", "\"WordPiece\"", "WordPiece");
    row("bpe", "/model/vocab", "[]", "not an object");
    row("bpe", "/model/vocab", "{\"a\": -1}", "no id for \"a\"");
    row("bpe", "/model/vocab", "{\"a\": 1}", "added_tokens");
    row("bpe", "/model/vocab/<0x41>", "9000000000", "ids below");
    row("bpe", "/model/vocab/<0x41>", "5", "token 5 twice");
    row("bpe", "/model/vocab/<0x41>", "", "no token");
    row("bpe", "/model/unk_token", "", "unk_token");
    row("bpe", "/model/unk_token", "\"nothing\"", "0 unknown pieces");
    row("bpe", "/model/ignore_merges", "true", "ignore_merges");
    row("bpe", "/model/end_of_word_suffix", "\"</w>\"", "end_of_word_suffix");
    row("bpe", "/model/merges", "7", "merges");
    row("bpe", "/model/merges", "[]", "not those of SentencePiece");
    row("bpe", "/model/merges/0", "[\"a\"]", "no pair");
    row("bpe", "/model/merges/0", "\"a b c\"", "no pair");
    row("bpe", "/normalizer", "null", "spaces U+2581");
    row("bpe", "/normalizer", "{\"type\": \"NFKC\"}", "a step NFKC");
    row("bpe", "/normalizer", "{}", "type");
    row("bpe", "/pre_tokenizer", "{\"type\": \"Whitespace\"}", "a step Whitespace");
    row("bpe", "/added_tokens/0", "{\"id\": 0, \"content\": \"x\"}", "as in the vocabulary");
    row("bpe", "/added_tokens/0", "3", "not an object");
    row("unigram", "/model/vocab", "7", "vocab");
    row("unigram", "/model/vocab/9", "[\"a\"]", "entry 9 of vocab");
    row("unigram", "/model/vocab/9", "[\"a\", \"b\"]", "entry 9 of vocab");
    row("unigram", "/model/vocab/300", "[\"zzz\", 1e300]", "a finite score");
    row("unigram", "/model/vocab/300", "[\"\", 0]", "1 to 512 bytes");
    row("unigram", "/model/vocab/300", "[\"<0x41>\", 0]", "again");
    row("unigram", "/model/unk_id", "", "unk_id");
    row("unigram", "/model/unk_id", "1000000", "0 unknown pieces");
    row("gpt2", "/normalizer", "{\"type\": \"NFC\"}", "a step NFC");
    row("gpt2", "/pre_tokenizer", "{\"type\": \"ByteLevel\", \"use_regex\": false}", "steps that cut text");
    row("llama3", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "\"[a-z]+\"", "the pattern [a-z]+");
    row("llama3", "/pre_tokenizer/pretokenizers/0/behavior", "\"Removed\"", "the pattern");
    row("gpt2", "/model/vocab/a", "", "no token");
    row("gpt2", "/model/merges/0", "[\"nothing\", \"a\"]", "tokens of the vocabulary");
    row("gpt2", "/model/merges/0", "[\"!\", \"!\"]", "two pieces that make a third");
  }
  void brokenTokenizers() {
    QFETCH(QString, kind);
    QFETCH(QString, place);
    QFETCH(QString, value);
    QFETCH(QString, words);
    json tokenizer = tokenizers_.at(kind.toStdString());
    const json::json_pointer at(place.toStdString());
    if (value.isEmpty()) {
      tokenizer.at(at.parent_pointer()).erase(at.back());
    } else {
      tokenizer[at] = json::parse(value.toStdString());
    }
    const fs::path from = folder(kind.toStdString());
    write_atomically(from / "tokenizer.json", tokenizer.dump());
    refused(from, words.toUtf8().constData());
  }

  void brokenVocabulariesOfGguf() {
    struct Vocabulary {
      std::string model = "llama", pre = "default";
      std::vector<std::string> tokens;
      std::vector<float> scores;
      std::vector<std::int32_t> types;
      std::uint32_t end = 2;
    };
    const auto parsed = *token::parse_model(models_.at("bpe"));
    Vocabulary good;
    for (const ModelPiece& piece : parsed.pieces) {
      good.tokens.push_back(piece.text);
      good.scores.push_back(piece.score);
      good.types.push_back(piece.type);
    }
    const fs::path file = imports_.fresh("vocabulary.gguf");
    const auto write = [&](const Vocabulary& v) {
      exchange::GgufWriter out;
      const auto model = fixtures::sample_model(models_.at("bpe"));
      out.add("general.architecture", "gpt2");
      for (const char* key :
           {"block_count", "embedding_length", "feed_forward_length", "attention.head_count", "context_length"})
        out.add(std::string("gpt2.") + key, std::uint32_t{1});
      out.add("gpt2.attention.layer_norm_epsilon", 1e-5F);
      out.add("tokenizer.ggml.model", v.model);
      out.add("tokenizer.ggml.pre", v.pre);
      out.add("tokenizer.ggml.tokens", v.tokens);
      out.add("tokenizer.ggml.scores", v.scores);
      out.add("tokenizer.ggml.token_type", v.types);
      out.add("tokenizer.ggml.merges", std::vector<std::string>{});
      out.add("tokenizer.ggml.eos_token_id", v.end);
      out.write(file);
    };
    const std::tuple<const char*, std::function<void(Vocabulary&)>> wrong[] = {
        {"of the kind bert", [](auto& v) { v.model = "bert"; }},
        {"scores and", [](auto& v) { v.scores.pop_back(); }},
        {"types", [](auto& v) { v.types.push_back(1); }},
        {"a finite score", [](auto& v) { v.scores[300] = NAN; }},
        {"a finite score", [](auto& v) { v.scores[300] = INFINITY; }},
        {"of type 7", [](auto& v) { v.types[300] = 7; }},
        {"of type -1", [](auto& v) { v.types[300] = -1; }},
        {"again", [](auto& v) { v.tokens[300] = v.tokens[301]; }},
        {"none of them zero", [](auto& v) { v.tokens[300] = ""; }},
        {"none of them zero", [](auto& v) { v.tokens[300] = std::string("a\0b", 3); }},
        {"none of them zero", [](auto& v) { v.tokens[300] = std::string(600, 'x'); }},
        {"2 unknown pieces", [](auto& v) { v.types[300] = 2; }},
        {"0 unknown pieces", [](auto& v) { v.types[0] = 3; }},
        {"255 pieces for bytes", [](auto& v) { v.types[100] = 1; }},
        {"token 900000 around documents", [](auto& v) { v.end = 900000; }},
        {"pre-tokenizer \"default\"", [](auto& v) { v.model = "gpt2"; }},
        {"stands for no byte", [](auto& v) { v.model = "gpt2", v.pre = "gpt-2"; }}};
    for (const auto& [words, edit] : wrong) {
      Vocabulary vocabulary = good;
      edit(vocabulary);
      write(vocabulary);
      refused(file, words);
    }
    write(good);
    refused(file, "no tensor token_embd.weight");  // read so far
  }
};

QTEST_GUILESS_MAIN(TestTokenizerImports)
#include "test_tokenizer_imports.moc"
