// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tokenizer_json.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"

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

json added_tokens(const ModelFile& model) {
  json out = json::array();
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    const ModelPiece& piece = model.pieces[i];
    const bool mark = piece.type == ModelPiece::control || piece.type == ModelPiece::unknown;
    if (!mark && piece.type != ModelPiece::user_defined) continue;
    out.push_back({{"id", i},
                   {"content", piece.text},
                   {"single_word", false},
                   {"lstrip", false},
                   {"rstrip", false},
                   {"normalized", false},
                   {"special", mark}});
  }
  return out;
}

std::size_t unknown_id(const ModelFile& model) {
  for (std::size_t i = 0; i < model.pieces.size(); ++i) {
    if (model.pieces[i].type == ModelPiece::unknown) return i;
  }
  return 0;
}

}  // namespace

ModelFile parse_for_export(const std::string& tokenizer_model) {
  auto model = token::parse_model(tokenizer_model);
  if (!model || !model->keeps_text()) {
    throw Error(ErrorKind::input,
                {model ? "the tokenizer changes text before it cuts it up" : "the tokenizer cannot be read", "export",
                 "one that keeps text as it is, as those that are trained here",
                 "Train a tokenizer with the project, instead of bringing one."});
  }
  return std::move(*model);
}

json tokenizer_json(const ModelFile& model, int begin) {
  const std::size_t unknown = unknown_id(model);
  json of_model;
  if (model.kind == ModelFile::bpe) {
    json vocabulary = json::object();
    for (std::size_t i = 0; i < model.pieces.size(); ++i) vocabulary[model.pieces[i].text] = i;
    of_model = {{"type", "BPE"},
                {"dropout", nullptr},
                {"unk_token", model.pieces.at(unknown).text},
                {"continuing_subword_prefix", nullptr},
                {"end_of_word_suffix", nullptr},
                {"fuse_unk", true},
                {"byte_fallback", model.byte_fallback},
                {"ignore_merges", false},
                {"vocab", vocabulary},
                {"merges", merges_of(model)}};
  } else {
    json vocabulary = json::array();
    for (const ModelPiece& piece : model.pieces) vocabulary.push_back({piece.text, piece.score});
    of_model = {
        {"type", "Unigram"}, {"unk_id", unknown}, {"vocab", vocabulary}, {"byte_fallback", model.byte_fallback}};
  }
  const std::string& first = model.pieces.at(static_cast<std::size_t>(begin)).text;
  const json mark = {{"SpecialToken", {{"id", first}, {"type_id", 0}}}};
  const auto text = [](const char* id) -> json { return {{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens(model)},
          {"normalizer", replace(" ", kSpace.c_str())},
          {"pre_tokenizer", nullptr},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", json::array({mark, text("A")})},
            {"pair", json::array({mark, text("A"), text("B")})},
            {"special_tokens", {{first, {{"id", first}, {"ids", {begin}}, {"tokens", {first}}}}}}}},
          {"decoder",
           {{"type", "Sequence"},
            {"decoders", json::array({replace(kSpace.c_str(), " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}})}}},
          {"model", of_model}};
}

json tokenizer_config_json(const ModelFile& model, int begin, int end, int context) {
  return {{"tokenizer_class", "PreTrainedTokenizerFast"},
          {"bos_token", model.pieces.at(static_cast<std::size_t>(begin)).text},
          {"eos_token", model.pieces.at(static_cast<std::size_t>(end)).text},
          {"unk_token", model.pieces.at(unknown_id(model)).text},
          {"model_max_length", context},
          {"clean_up_tokenization_spaces", false}};
}

}  // namespace pantograph::exchange
