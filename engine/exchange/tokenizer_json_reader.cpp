// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tokenizer_json_reader.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "base/text.h"

namespace pantograph::exchange {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostPieces = std::uint64_t{1} << 24;  // ids that a float holds exactly

class Pieces {
 public:
  explicit Pieces(const JsonSettings& where) : where_(where) {}

  void add(std::uint64_t id, ListedPiece piece) {
    if (id >= kMostPieces) where_.refuse(fmt::format("token {}", id), fmt::format("ids below {}", kMostPieces));
    if (!all_.emplace(id, std::move(piece)).second) where_.refuse(fmt::format("token {} twice", id), "ids that differ");
  }
  /// An added token, which may be one of the vocabulary.
  void add(const JsonSettings& token) {
    const std::uint64_t id = token.count("id");
    const std::string text = token.text("content");
    const auto kind = token.flag("special", false) ? ListedPiece::mark : ListedPiece::added;
    const auto found = all_.find(id);
    if (found == all_.end()) return add(id, {text, 0, kind});
    if (found->second.text != text) {
      token.refuse(fmt::format("\"{}\" for token {}", printable(text), id),
                   fmt::format("\"{}\", as in the vocabulary", printable(found->second.text)));
    }
    found->second.kind = kind;
  }
  std::vector<ListedPiece> take() {
    std::vector<ListedPiece> out;
    for (auto& [id, piece] : all_) {
      if (id != out.size()) where_.refuse(fmt::format("no token {}", out.size()), "ids from 0 on, without a gap");
      out.push_back(std::move(piece));
    }
    return out;
  }

 private:
  const JsonSettings& where_;
  std::map<std::uint64_t, ListedPiece> all_;
};

}  // namespace

std::vector<ListedPiece> listed_pieces(const JsonSettings& tokenizer) {
  const JsonSettings model = tokenizer.object("model");
  Pieces pieces(model);
  if (model.text("type") == "Unigram") {
    std::uint64_t id = 0;
    for (const json& one : model.list("vocab")) {
      if (!one.is_array() || one.size() != 2 || !one[0].is_string() || !one[1].is_number())
        model.refuse(fmt::format("entry {} of vocab", id), "a text and a score");
      const auto score = one[1].get<double>();
      if (std::fabs(score) > std::numeric_limits<float>::max())
        model.refuse(fmt::format("entry {} of vocab, of score {}", id, score), "a finite score");
      pieces.add(id++, {one[0].get<std::string>(), static_cast<float>(score)});
    }
  } else {
    const JsonSettings vocabulary = model.object("vocab");
    for (const auto& [text, id] : vocabulary.value().items()) {
      if (!id.is_number_unsigned())
        vocabulary.refuse(fmt::format("no id for \"{}\"", printable(text)), "one from 0 on");
      pieces.add(id.get<std::uint64_t>(), {text});
    }
  }
  if (tokenizer.has("added_tokens")) {
    for (const json& one : tokenizer.list("added_tokens"))
      pieces.add(JsonSettings(one, tokenizer.where() + ": added_tokens"));
  }
  return pieces.take();
}

std::vector<std::pair<std::string, std::string>> listed_merges(const JsonSettings& model) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const json& one : model.list("merges")) {
    if (one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_string()) {
      out.emplace_back(one[0].get<std::string>(), one[1].get<std::string>());
      continue;
    }
    const std::string text = one.is_string() ? one.get<std::string>() : std::string();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
      model.refuse(fmt::format("merge {}, which is no pair", out.size()), "two pieces each");
    out.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return out;
}

std::vector<JsonSettings> listed_steps(const JsonSettings& tokenizer, const std::string& part, const std::string& key) {
  std::vector<JsonSettings> out;
  if (!tokenizer.has(part)) return out;
  JsonSettings whole = tokenizer.object(part);
  if (whole.text("type") != "Sequence") return {std::move(whole)};
  for (const json& one : whole.list(key)) out.emplace_back(one, whole.where());
  return out;
}

}  // namespace pantograph::exchange
