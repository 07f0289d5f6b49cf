// SPDX-License-Identifier: GPL-3.0-or-later
// What a model that was brought in has to do, whatever file it came from.
#pragma once

#include <algorithm>

#include "exchange/importer.h"
#include "fuzz/input.h"
#include "token/tokenizer.h"

namespace fuzz {

/// Cuts a text into tokens of the vocabulary, and back.
inline void use(const pantograph::exchange::ImportedModel& model) {
  const auto tokenizer = pantograph::token::Tokenizer::from_bytes(model.tokenizer_model, "model");
  const auto ids = tokenizer.encode("The hat, na\xC3\xAFve \xE2\x82\xAC 12\n\xF0\x9F\x8E\xA9. <|x|>\xFF");
  const int vocabulary = model.config.small.vocabulary;
  if (tokenizer.vocabulary() != vocabulary) broken_promise("another vocabulary than the network's");
  if (std::any_of(ids.begin(), ids.end(), [&](int id) { return id < 0 || id >= vocabulary; }))
    broken_promise("a token outside the vocabulary");
  tokenizer.decode(ids.data(), ids.size());
  for (const auto& [name, tensor] : model.weights) {
    if (tensor.data.size() != tensor.shape.count() * sizeof(float)) broken_promise("another number of numbers");
  }
}

}  // namespace fuzz
