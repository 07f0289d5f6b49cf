// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json of SentencePiece's kinds, as the exporter here and Hugging Face's converters write them.
#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "base/text.h"
#include "exchange/tokenizer_import.h"
#include "exchange/tokenizer_json_reader.h"

namespace pantograph::exchange {
namespace {

using token::ModelFile;
using token::ModelPiece;

constexpr const char* kRemedy = "A tokenizer.model of SentencePiece beside it is taken as it is.";

/// Whether it is { "type": "Replace", " " by the space symbol }.
bool replaces_spaces(const JsonSettings& step) {
  return step.text("type") == "Replace" && step.has("pattern") && step.object("pattern").text("String", "") == " " &&
         step.text("content") == token::kSpaceSymbol;
}

/// What happens to text before it is cut: spaces become their symbol, one may be put before.
void read_normalizer(const JsonSettings& tokenizer, ModelFile& model) {
  const auto unknown = [&](const JsonSettings& step) {
    step.refuse(fmt::format("a step {}", printable(step.text("type"))), "text that is kept, with spaces as U+2581",
                kRemedy);
  };
  model.dummy_prefix = model.removes_spaces = false;
  bool escapes = false;
  for (const JsonSettings& step : listed_steps(tokenizer, "normalizer", "normalizers")) {
    if (replaces_spaces(step)) {
      escapes = true;
    } else if (step.text("type") == "Prepend" && step.text("prepend") == token::kSpaceSymbol && !escapes) {
      model.dummy_prefix = true;
    } else {
      unknown(step);
    }
  }
  for (const JsonSettings& step : listed_steps(tokenizer, "pre_tokenizer", "pretokenizers")) {
    if (step.text("type") != "Metaspace" || escapes) unknown(step);
    step.only("replacement", token::kSpaceSymbol, "SentencePiece's");
    if (step.flag("split", true)) step.refuse("text that is cut at spaces first", "split = false", kRemedy);
    model.dummy_prefix =
        step.text("prepend_scheme", step.flag("add_prefix_space", true) ? "always" : "never") != "never";
    escapes = true;
  }
  if (!escapes) tokenizer.refuse("no step that makes spaces U+2581", "one, as of SentencePiece", kRemedy);
}

std::string with_space_symbols(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += token::kSpaceSymbol;
    } else {
      out += c;
    }
  }
  return out;
}

ModelPiece piece_of(const ListedPiece& listed, bool bytes) {
  if (listed.kind == ListedPiece::mark) return {listed.text, listed.score, ModelPiece::control};
  if (listed.kind == ListedPiece::added)
    return {with_space_symbols(listed.text), listed.score, ModelPiece::user_defined};
  const bool byte = bytes && listed.text.size() == 6 && listed.text.starts_with("<0x") && listed.text.back() == '>';
  return {listed.text, listed.score, byte ? ModelPiece::byte : ModelPiece::normal};
}

/// Scores that make SentencePiece join pairs in the order of the merges. It joins every two pieces that make a third,
/// by the score of that: so all pairs of a piece have to be there, one behind the other.
void score_pairs(const JsonSettings& settings, std::vector<ModelPiece>& pieces) {
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].type == ModelPiece::normal) ids.emplace(pieces[i].text, i);
  }
  const auto refuse = [&](std::string_view piece) {
    settings.refuse(fmt::format("merges of \"{}\" that are not those of SentencePiece", printable(piece)),
                    "all pairs that make a piece, one behind the other", kRemedy);
  };
  std::unordered_map<std::size_t, std::set<std::size_t>> cuts;  // of each piece, where its pairs meet
  std::size_t last = pieces.size();
  float score = 0;
  for (const auto& [left, right] : listed_merges(settings)) {
    const std::string whole = left + right;
    const auto found = ids.find(whole);
    // Others are of marks and of bytes, which no text is made of.
    if (found == ids.end() || !ids.contains(left) || !ids.contains(right)) continue;
    if (found->second != last) {
      last = found->second;
      if (cuts.contains(last)) refuse(whole);
      pieces[last].score = --score;
    }
    if (!cuts[last].insert(left.size()).second) refuse(whole);
  }
  for (const auto& [text, id] : ids) {
    std::size_t pairs = 0;
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      pairs += ids.contains(text.substr(0, cut)) && ids.contains(text.substr(cut)) ? 1 : 0;
    const auto found = cuts.find(id);
    if (pairs != (found == cuts.end() ? 0 : found->second.size())) refuse(text);
    if (pairs == 0) pieces[id].score = -static_cast<float>(pieces.size());
  }
}

}  // namespace

std::string sentencepiece_of(const JsonSettings& tokenizer, const Marks& marks) {
  const JsonSettings settings = tokenizer.object("model");
  ModelFile model;
  model.kind = settings.text("type") == "BPE" ? ModelFile::bpe : ModelFile::unigram;
  read_normalizer(tokenizer, model);
  const std::vector<ListedPiece> listed = listed_pieces(tokenizer);
  const bool bytes = settings.flag("byte_fallback", false);
  const std::string unknown = model.kind == ModelFile::bpe ? settings.text("unk_token") : std::string();
  const std::uint64_t unknown_id = model.kind == ModelFile::bpe ? 0 : settings.count("unk_id");
  for (std::size_t id = 0; id < listed.size(); ++id) {
    if (listed[id].text.size() > kLongestPiece)
      settings.refuse(fmt::format("token {} of {} bytes", id, listed[id].text.size()),
                      fmt::format("at most {}", kLongestPiece));
    model.pieces.push_back(piece_of(listed[id], bytes));
    if (model.kind == ModelFile::bpe ? listed[id].text == unknown : id == unknown_id)
      model.pieces.back().type = ModelPiece::unknown;
  }
  if (model.kind == ModelFile::bpe) {
    settings.only("continuing_subword_prefix", "", "SentencePiece's pieces have none");
    settings.only("end_of_word_suffix", "", "SentencePiece's pieces have none");
    settings.only("ignore_merges", false, "SentencePiece always joins pairs");
    score_pairs(settings, model.pieces);
  }
  return checked_model(std::move(model), id_of(marks.begin, listed, tokenizer), id_of(marks.end, listed, tokenizer),
                       tokenizer.where());
}

}  // namespace pantograph::exchange
