// SPDX-License-Identifier: GPL-3.0-or-later
// What a model that was brought in has to do, whatever file it came from.
#pragma once

#include <algorithm>

#include "fuzz/input.h"
#include "model/model_file.h"

namespace fuzz {

/// Cuts a text into tokens of the vocabulary, and back.
inline void use(const pantograph::model::ModelBundle& model) {
  const auto ids = model.tokenizer->encode("The hat, na\xC3\xAFve \xE2\x82\xAC 12\n\xF0\x9F\x8E\xA9. <|x|>\xFF");
  const int vocabulary = model.network.config().small.vocabulary;
  if (model.tokenizer->vocabulary() != vocabulary) broken_promise("another vocabulary than the network's");
  if (std::any_of(ids.begin(), ids.end(), [&](int id) { return id < 0 || id >= vocabulary; }))
    broken_promise("a token outside the vocabulary");
  model.tokenizer->decode(ids.data(), ids.size());
  const auto again = pantograph::token::Tokenizer::from_bytes(model.tokenizer_model, "model");
  if (again.encode("The hat") != model.tokenizer->encode("The hat"))
    broken_promise("another tokenizer when read again");
}

}  // namespace fuzz
