// SPDX-License-Identifier: GPL-3.0-or-later
// A SentencePiece model as the tokenizers of Hugging Face read it. Private to this room.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "token/model_file.h"

namespace pantograph::exchange {

/// Error(input) for a model that changes text in a way that has no counterpart there (a character map, a prefix).
token::ModelFile parse_for_export(const std::string& tokenizer_model);

/// tokenizer.json. `begin`: the mark that is put before each text.
nlohmann::ordered_json tokenizer_json(const token::ModelFile& model, int begin);
nlohmann::ordered_json tokenizer_config_json(const token::ModelFile& model, int begin, int end, int context);

}  // namespace pantograph::exchange
