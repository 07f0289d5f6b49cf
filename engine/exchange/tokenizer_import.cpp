// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tokenizer_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "token/byte_bpe_file.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

using token::ModelFile;
using token::ModelPiece;

constexpr int kBytes = 256;

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::input, {found, where, expected, "Take a file with another tokenizer, or convert it again."});
}

/// A mark by its name in tokenizer_config.json, a text or a token with its properties, and its id in config.json.
Mark mark_of(const std::string& name, const std::optional<JsonSettings>& tokenizer, const JsonSettings& config) {
  Mark out;
  const std::string token = name + "_token", id = token + "_id";
  if (tokenizer && tokenizer->has(token)) {
    out.name =
        tokenizer->value().at(token).is_object() ? tokenizer->object(token).text("content") : tokenizer->text(token);
  }
  // A model may have several ends; the first is the document's.
  const bool several = config.has(id) && config.value().at(id).is_array();
  if (several && !config.list(id).empty() && config.list(id)[0].is_number_unsigned()) {
    out.id = config.list(id)[0].get<std::uint64_t>();
  } else if (!several && config.has(id)) {
    out.id = config.count(id);
  }
  return out;
}

/// vocab.json and merges.txt, as GPT-2 was published: what tokenizer.json would say.
JsonSettings published(const fs::path& folder) {
  nlohmann::json merges = nlohmann::json::array();
  std::istringstream lines(read_file(folder / "merges.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with("#version")) merges.push_back(line);
  }
  const nlohmann::json steps = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  const nlohmann::json model = {
      {"type", "BPE"}, {"vocab", JsonSettings(folder / "vocab.json").value()}, {"merges", merges}};
  return {{{"pre_tokenizer", steps}, {"model", model}}, folder.string()};
}

}  // namespace

std::string checked_model(ModelFile model, int begin, int end, const std::string& where) {
  const int count = static_cast<int>(model.pieces.size());
  for (const auto& [id, name] : {std::pair(begin, &model.begin), {end, &model.end}}) {
    name->clear();
    if (id < 0) continue;
    if (id >= count)
      refuse(where, fmt::format("token {} around documents", id), fmt::format("one of {} pieces", count));
    model.pieces[static_cast<std::size_t>(id)].type = ModelPiece::control;
    *name = model.pieces[static_cast<std::size_t>(id)].text;
  }
  std::unordered_map<std::string_view, int> ids;
  int unknown = 0, bytes = 0;
  for (int id = 0; id < count; ++id) {
    const ModelPiece& piece = model.pieces[static_cast<std::size_t>(id)];
    const std::string name = fmt::format("piece {}, \"{}\"", id, printable(piece.text.substr(0, kLongestPiece)));
    if (piece.text.empty() || piece.text.size() > kLongestPiece || piece.text.find('\0') != std::string::npos)
      refuse(where, name, fmt::format("1 to {} bytes, none of them zero", kLongestPiece));
    if (const auto [other, is_new] = ids.emplace(piece.text, id); !is_new)
      refuse(where, fmt::format("{} is piece {} again", name, other->second), "pieces that differ");
    if (!std::isfinite(piece.score)) refuse(where, fmt::format("{} of score {}", name, piece.score), "a finite score");
    if (piece.type < ModelPiece::normal || piece.type > ModelPiece::byte)
      refuse(where, fmt::format("{} of type {}", name, piece.type), "1 to 6");
    unknown += piece.type == ModelPiece::unknown;
    bytes += piece.type == ModelPiece::byte;
  }
  if (unknown != 1) refuse(where, fmt::format("{} unknown pieces", unknown), "one");
  if (bytes != 0 && bytes != kBytes) refuse(where, fmt::format("{} pieces for bytes", bytes), "256, or none");
  model.byte_fallback = bytes != 0;
  return serialize_model(model);
}

int id_of(const Mark& mark, const std::vector<ListedPiece>& pieces, const JsonSettings& tokenizer) {
  if (mark.name.empty()) {
    if (!mark.id) return -1;
    if (*mark.id < pieces.size()) return static_cast<int>(*mark.id);
    tokenizer.refuse(fmt::format("no token {}", *mark.id), "the mark that config.json names");
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].text == mark.name) return static_cast<int>(i);
  }
  tokenizer.refuse(fmt::format("no token \"{}\"", printable(mark.name)), "the mark that tokenizer_config.json names");
}

std::string tokenizer_of(const JsonSettings& tokenizer, const Marks& marks) {
  const JsonSettings model = tokenizer.object("model");
  const std::string kind = model.text("type");
  if (kind != "BPE" && kind != "Unigram")
    model.refuse(fmt::format("a tokenizer of the kind {}", printable(kind)), "BPE or Unigram");
  return kind == "BPE" && is_byte_level(tokenizer) ? byte_bpe_of(tokenizer, marks) : sentencepiece_of(tokenizer, marks);
}

std::string tokenizer_of(const GgufFile& file) {
  const std::string where = file.path().string() + ": tokenizer.ggml";
  const std::string kind = file.text("tokenizer.ggml.model");
  const auto mark = [&](const char* key) {
    if (!file.has(key)) return -1;
    return static_cast<int>(std::min<std::uint64_t>(file.count(key), std::uint64_t{1} << 30));
  };
  const int begin = mark("tokenizer.ggml.bos_token_id"), end = mark("tokenizer.ggml.eos_token_id");
  if (kind == "gpt2") return byte_bpe_of(file, begin, end);
  if (kind != "llama" && kind != "t5")
    refuse(where, fmt::format("a tokenizer of the kind {}", printable(kind)), "llama, t5 (SentencePiece's) or gpt2");
  if (file.has("tokenizer.ggml.precompiled_charsmap"))
    refuse(where, "a tokenizer that maps characters", "one that keeps text as it is");
  ModelFile model;
  model.kind = kind == "llama" ? ModelFile::bpe : ModelFile::unigram;
  model.dummy_prefix = file.flag("tokenizer.ggml.add_space_prefix", true);
  model.removes_spaces = file.flag("tokenizer.ggml.remove_extra_whitespaces", kind == "t5");
  std::vector<std::string> texts = file.texts("tokenizer.ggml.tokens");
  const std::vector<float> scores = file.floats("tokenizer.ggml.scores");
  const std::vector<std::int32_t> types = file.integers("tokenizer.ggml.token_type");
  if (scores.size() != texts.size() || types.size() != texts.size()) {
    refuse(where, fmt::format("{} tokens, {} scores and {} types", texts.size(), scores.size(), types.size()),
           "one of each for every token");
  }
  for (std::size_t i = 0; i < texts.size(); ++i) model.pieces.push_back({std::move(texts[i]), scores[i], types[i]});
  return checked_model(std::move(model), begin, end, where);
}

std::string tokenizer_of_folder(const fs::path& folder, const JsonSettings& config) {
  std::error_code code;
  const fs::path model = folder / "tokenizer.model", tokenizer = folder / "tokenizer.json";
  // Of that name there are tokenizers that are not SentencePiece's.
  if (fs::exists(model, code)) {
    std::string bytes = read_file(model);
    const auto parsed = token::parse_model(bytes);
    if (parsed && !parsed->pieces.empty()) return bytes;
  }
  std::optional<JsonSettings> settings;
  if (const fs::path file = folder / "tokenizer_config.json"; fs::exists(file, code)) settings.emplace(file);
  const Marks marks{mark_of("bos", settings, config), mark_of("eos", settings, config)};
  if (fs::exists(tokenizer, code)) return tokenizer_of(JsonSettings(tokenizer), marks);
  if (fs::exists(folder / "vocab.json", code) && fs::exists(folder / "merges.txt", code))
    return tokenizer_of(published(folder), marks);
  refuse(folder.string(), "no tokenizer", "tokenizer.model, of SentencePiece, or tokenizer.json");
}

std::string with_vocabulary(std::string model, int pieces, int vocabulary, const std::string& where) {
  if (pieces > vocabulary) {
    refuse(where, fmt::format("a tokenizer of {} pieces, and an embedding of {}", pieces, vocabulary),
           "a row of the embedding for each piece");
  }
  const auto name = [](int id) { return fmt::format("<no piece {}>", id); };
  if (pieces < vocabulary && token::is_byte_bpe(model)) {
    token::ByteBpeFile file = token::parse_byte_bpe(model, where);
    for (int id = pieces; id < vocabulary; ++id) file.pieces.push_back({name(id), token::BytePiece::control});
    return token::serialize_byte_bpe(file);
  }
  for (int id = pieces; id < vocabulary; ++id) token::append_piece(model, {name(id), 0, ModelPiece::control});
  return model;
}

}  // namespace pantograph::exchange
