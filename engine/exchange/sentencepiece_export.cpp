// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model as the tokenizers of Hugging Face and llama.cpp read it.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "exchange/tokenizer_export.h"
#include "token/byte_bpe_file.h"
#include "token/model_file.h"

namespace pantograph::exchange {
namespace {

using json = nlohmann::ordered_json;
using token::ModelFile;
using token::ModelPiece;

json replace(const char* pattern, const char* content) {
  return {{"type", "Replace"}, {"pattern", {{"String", pattern}}}, {"content", content}};
}

const std::string kSpace(token::kSpaceSymbol);

/// The pairs of pieces that make a piece, in the order in which SentencePiece joins them: by the score of the result.
json merges_of(const ModelFile& model) {
  std::map<std::string, std::size_t> ids;
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    if (model.pieces[i].type == ModelPiece::normal) ids.emplace(model.pieces[i].text, i);
  }
  struct Merge {
    float score;
    std::size_t left, right;
  };
  std::vector<Merge> merges;
  for (const auto& [text, id] : ids) {
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const auto left = ids.find(text.substr(0, cut)), right = ids.find(text.substr(cut));
      if (left != ids.end() && right != ids.end())
        merges.push_back({model.pieces[id].score, left->second, right->second});
    }
  }
  std::sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    return a.score != b.score ? a.score > b.score : std::pair(a.left, a.right) < std::pair(b.left, b.right);
  });
  json out = json::array();
  for (const Merge& merge : merges) out.push_back({model.pieces[merge.left].text, model.pieces[merge.right].text});
  return out;
}

class SentencePieceExport : public TokenizerExport {
 public:
  explicit SentencePieceExport(ModelFile model) : model_(std::move(model)) {}

  std::string name_of(int id) const override { return model_.pieces.at(static_cast<std::size_t>(id)).text; }
  int unknown() const override {
    for (std::size_t i = 0; i < model_.pieces.size(); ++i) {
      if (model_.pieces[i].type == ModelPiece::unknown) return static_cast<int>(i);
    }
    return 0;
  }

  json tokenizer_json(int begin) const override {
    json decoders = json::array({replace(kSpace.c_str(), " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
    json normalizer = replace(" ", kSpace.c_str());
    if (model_.dummy_prefix) {
      const json prepend = {{"type", "Prepend"}, {"prepend", kSpace}};
      normalizer = {{"type", "Sequence"}, {"normalizers", json::array({prepend, normalizer})}};
      decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    }
    const json decoder = {{"type", "Sequence"}, {"decoders", decoders}};
    return tokenizer_around(added_tokens(), normalizer, nullptr, decoder, model_json(), begin, name_of(begin));
  }

  void add_to(GgufWriter& file) const override {
    std::vector<std::string> texts;
    std::vector<float> scores;
    std::vector<std::int32_t> types;
    for (const ModelPiece& piece : model_.pieces) {
      texts.push_back(piece.text);
      scores.push_back(piece.score);
      types.push_back(piece.type);  // the numbers are SentencePiece's own
    }
    file.add("tokenizer.ggml.model", pairs() ? "llama" : "t5");
    file.add("tokenizer.ggml.pre", "default");
    file.add("tokenizer.ggml.tokens", texts);
    file.add("tokenizer.ggml.scores", scores);
    file.add("tokenizer.ggml.token_type", types);
    file.add("tokenizer.ggml.add_space_prefix", model_.dummy_prefix);
  }

  // SentencePiece adds scores up in float: where two ways to cut a text are equally good, its rounding chooses.
  void judge_hugging_face(ExportReport& report) const override {
    (pairs() ? report.exact : report.near)
        .push_back(std::string("tokenizer.json cuts text into the model's own tokens") +
                   (pairs() ? "." : ", but where two ways to cut are equally good.") +
                   " A text that holds the names of marks (</s>) or the character U+2581 itself is cut otherwise.");
  }
  void judge_gguf(ExportReport& report) const override {
    if (pairs()) {
      report.exact.push_back("Text is cut into the model's own tokens.");
    } else {
      report.near.push_back(
          "llama.cpp's unigram tokenizer has no bytes to fall back on: characters that the tokenizer was not trained "
          "on "
          "become the unknown token. Train the tokenizer with algorithm = \"bpe\" where that matters.");
    }
  }

 private:
  bool pairs() const { return model_.kind == ModelFile::bpe; }

  json added_tokens() const {
    json out = json::array();
    for (std::size_t i = 0; i < model_.pieces.size(); ++i) {
      const ModelPiece& piece = model_.pieces[i];
      const bool mark = piece.type == ModelPiece::control || piece.type == ModelPiece::unknown;
      if (mark || piece.type == ModelPiece::user_defined) out.push_back(added_token(i, piece.text, mark));
    }
    return out;
  }

  json model_json() const {
    if (!pairs()) {
      json vocabulary = json::array();
      for (const ModelPiece& piece : model_.pieces) vocabulary.push_back({piece.text, piece.score});
      return {
          {"type", "Unigram"}, {"unk_id", unknown()}, {"vocab", vocabulary}, {"byte_fallback", model_.byte_fallback}};
    }
    json vocabulary = json::object();
    for (std::size_t i = 0; i < model_.pieces.size(); ++i) vocabulary[model_.pieces[i].text] = i;
    return {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", name_of(unknown())},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", true},
            {"byte_fallback", model_.byte_fallback},
            {"ignore_merges", false},
            {"vocab", vocabulary},
            {"merges", merges_of(model_)}};
  }

  ModelFile model_;
};

}  // namespace

std::unique_ptr<TokenizerExport> tokenizer_for_export(const std::string& tokenizer_model) {
  if (token::is_byte_bpe(tokenizer_model)) return byte_bpe_for_export(tokenizer_model);
  auto model = token::parse_model(tokenizer_model);
  if (!model || !model->keeps_text_behind_prefix()) {
    throw Error(ErrorKind::input,
                {model ? "the tokenizer changes text before it cuts it up" : "the tokenizer cannot be read", "export",
                 "one that keeps text as it is, as those that are trained here",
                 "Train a tokenizer with the project, instead of bringing one."});
  }
  return std::make_unique<SentencePieceExport>(std::move(*model));
}

}  // namespace pantograph::exchange
