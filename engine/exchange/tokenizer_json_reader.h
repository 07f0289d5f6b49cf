// SPDX-License-Identifier: GPL-3.0-or-later
// What a tokenizer.json lists, whatever kind of tokenizer it is. Private to this room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exchange/json_settings.h"

namespace pantograph::exchange {

struct ListedPiece {
  enum Kind { plain, added, mark };  ///< added: found in a text as a whole; mark: stands around texts
  std::string text;
  float score = 0;  ///< of Unigram
  Kind kind = plain;
};

/// Of the vocabulary and of added_tokens, by id. Error(input) for an id that is there twice or is left out, or an added
/// token that contradicts the vocabulary.
std::vector<ListedPiece> listed_pieces(const JsonSettings& tokenizer);
/// Of BPE, the first to be joined first.
std::vector<std::pair<std::string, std::string>> listed_merges(const JsonSettings& model);

/// The steps of a part of the tokenizer ("normalizer", key "normalizers"), one or a sequence; none where it is null.
std::vector<JsonSettings> listed_steps(const JsonSettings& tokenizer, const std::string& part, const std::string& key);

}  // namespace pantograph::exchange
