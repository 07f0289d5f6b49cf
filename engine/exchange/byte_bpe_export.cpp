// SPDX-License-Identifier: GPL-3.0-or-later
// A byte-level tokenizer as the tokenizers of Hugging Face and llama.cpp read it.
#include <nlohmann/json.hpp>
#include <vector>

#include "exchange/byte_bpe_names.h"
#include "exchange/tokenizer_export.h"
#include "token/byte_bpe_file.h"
#include "token/model_file.h"

namespace pantograph::exchange {
namespace {

using json = nlohmann::ordered_json;
using token::ByteBpeFile;
using token::BytePiece;
using token::ModelPiece;
using token::WordSplit;

class ByteBpeExport : public TokenizerExport {
 public:
  explicit ByteBpeExport(ByteBpeFile file) : file_(std::move(file)) {}

  std::string name_of(int id) const override {
    const BytePiece& piece = file_.pieces.at(static_cast<std::size_t>(id));
    return piece.type == BytePiece::normal ? token::to_byte_alphabet(piece.bytes) : piece.bytes;
  }

  json tokenizer_json(int begin) const override {
    json added = json::array(), vocabulary = json::object(), merges = json::array();
    for (std::size_t id = 0; id < file_.pieces.size(); ++id) {
      const BytePiece& piece = file_.pieces[id];
      vocabulary[name_of(static_cast<int>(id))] = id;
      if (piece.type != BytePiece::normal)
        added.push_back(added_token(id, piece.bytes, piece.type == BytePiece::control));
    }
    for (const auto& [left, right] : file_.merges) merges.push_back({name_of(left), name_of(right)});
    const json model = {{"type", "BPE"},
                        {"dropout", nullptr},
                        {"unk_token", nullptr},
                        {"continuing_subword_prefix", nullptr},
                        {"end_of_word_suffix", nullptr},
                        {"fuse_unk", false},
                        {"byte_fallback", false},
                        {"ignore_merges", file_.whole_words},
                        {"vocab", vocabulary},
                        {"merges", merges}};
    return tokenizer_around(added, nullptr, pre_tokenizer(), byte_level(true), model, begin, name_of(begin));
  }

  void add_to(GgufWriter& file) const override {
    std::vector<std::string> texts, merges;
    std::vector<std::int32_t> types;
    for (std::size_t id = 0; id < file_.pieces.size(); ++id) {
      const int type = file_.pieces[id].type;
      texts.push_back(name_of(static_cast<int>(id)));
      types.push_back(type == BytePiece::normal    ? ModelPiece::normal
                      : type == BytePiece::control ? ModelPiece::control
                                                   : ModelPiece::user_defined);
    }
    for (const auto& [left, right] : file_.merges) merges.push_back(name_of(left) + ' ' + name_of(right));
    file.add("tokenizer.ggml.model", "gpt2");
    file.add("tokenizer.ggml.pre", gguf_name(file_.split));
    file.add("tokenizer.ggml.tokens", texts);
    file.add("tokenizer.ggml.token_type", types);
    file.add("tokenizer.ggml.merges", merges);
    file.add("tokenizer.ggml.add_space_prefix", file_.space_first);
  }

  void judge_hugging_face(ExportReport& report) const override {
    report.exact.push_back(
        "tokenizer.json cuts text into the model's own tokens. A text that holds the names of marks is cut otherwise.");
  }
  void judge_gguf(ExportReport& report) const override {
    // Which words are not made up of pairs is a matter of the pattern's name there.
    const bool same = file_.whole_words == (file_.split == WordSplit::llama3);
    (same ? report.exact : report.near)
        .push_back(same
                       ? "Text is cut into the model's own tokens."
                       : "llama.cpp may make up words that are tokens of other pairs than the model was trained with.");
  }

 private:
  json byte_level(bool regex) const {
    return {
        {"type", "ByteLevel"}, {"add_prefix_space", file_.space_first}, {"trim_offsets", true}, {"use_regex", regex}};
  }
  json pre_tokenizer() const {
    if (file_.split == WordSplit::gpt2) return byte_level(true);
    if (file_.split == WordSplit::smollm) {
      const json digits = {{"type", "Digits"}, {"individual_digits", true}};
      return {{"type", "Sequence"}, {"pretokenizers", json::array({digits, byte_level(true)})}};
    }
    const json split = {{"type", "Split"},
                        {"pattern", {{"Regex", token::pattern_of(file_.split)}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    return {{"type", "Sequence"}, {"pretokenizers", json::array({split, byte_level(false)})}};
  }

  ByteBpeFile file_;
};

}  // namespace

std::unique_ptr<TokenizerExport> byte_bpe_for_export(const std::string& tokenizer_model) {
  return std::make_unique<ByteBpeExport>(token::parse_byte_bpe(tokenizer_model, "export"));
}

}  // namespace pantograph::exchange
