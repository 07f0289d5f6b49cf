// SPDX-License-Identifier: GPL-3.0-or-later
#include "word_piece.h"

#include <algorithm>
#include <fstream>

#include "base/error.h"

namespace pantograph::bert {
namespace {

constexpr int kLongestWord = 100;  // characters

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

}  // namespace

WordPiece::WordPiece(const std::filesystem::path& path, int rows, BasicOptions options) : options_(options) {
  const auto refuse = [&](const std::string& found, const std::string& expected) {
    throw Error(ErrorKind::input, {found, path.string(), expected, "Take vocab.txt and model from the same place."});
  };
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse("cannot be read", "one token a line");
  std::int32_t line = 0;
  for (std::string token; std::getline(in, token); ++line) {
    if (line >= rows) refuse("more than " + std::to_string(rows) + " tokens", "as many as the model has embeddings");
    if (token.ends_with('\r')) token.pop_back();
    longest_token_ = std::max(longest_token_, token.size());
    ids_[token] = line;  // of a token that stands there twice, the last, as in the original
  }
  const std::pair<const char*, std::int32_t*> special[] = {
      {"[UNK]", &unknown_}, {"[CLS]", &first_}, {"[SEP]", &last_}, {"[PAD]", &pad_}};
  for (const auto& [name, id] : special) {
    const auto found = ids_.find(std::string_view(name));
    if (found == ids_.end())
      refuse(std::string("no token ") + name + " among " + std::to_string(line), "the tokens of a BERT model");
    *id = found->second;
  }
}

std::vector<std::int32_t> WordPiece::pieces(std::string_view word) const {
  std::vector<std::int32_t> out;
  if (std::count_if(word.begin(), word.end(), begins_character) > kLongestWord) return {unknown_};
  std::string candidate;
  for (std::size_t begin = 0; begin < word.size();) {
    const std::size_t prefix = begin == 0 ? 0 : 2;
    candidate.assign(begin == 0 ? "" : "##");
    candidate += word.substr(begin, longest_token_);
    auto found = ids_.end();
    while (candidate.size() > prefix) {
      // Only whole characters: a cut inside one would be no text.
      const std::size_t end = begin + candidate.size() - prefix;
      if (end == word.size() || begins_character(word[end])) {
        found = ids_.find(candidate);
        if (found != ids_.end()) break;
      }
      candidate.pop_back();
    }
    if (found == ids_.end()) return {unknown_};
    out.push_back(found->second);
    begin += candidate.size() - prefix;
  }
  return out;
}

std::vector<std::int32_t> WordPiece::encode(std::string_view text, int longest) const {
  const auto room = static_cast<std::size_t>(std::max(longest, 2)) - 1;  // before [SEP]
  std::vector<std::int32_t> out = {first_};
  for (const std::string& word : basic_tokens(text, options_)) {
    const auto ids = pieces(word);
    out.insert(out.end(), ids.begin(), ids.end());
    if (out.size() >= room) break;
  }
  if (out.size() > room) out.resize(room);
  out.push_back(last_);
  return out;
}

}  // namespace pantograph::bert
