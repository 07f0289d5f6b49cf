// SPDX-License-Identifier: GPL-3.0-or-later
// A model's tokenizer as other programs read it. Private to this room.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "exchange/exporter.h"
#include "exchange/gguf_writer.h"

namespace pantograph::exchange {

class TokenizerExport {
 public:
  virtual ~TokenizerExport() = default;

  /// tokenizer.json. `begin`: the mark that is put before each text.
  virtual nlohmann::ordered_json tokenizer_json(int begin) const = 0;
  /// The keys of a GGUF file that say how text is cut; its marks are the same for every kind.
  virtual void add_to(GgufWriter& file) const = 0;
  /// How a piece is called there.
  virtual std::string name_of(int id) const = 0;
  virtual int unknown() const { return -1; }  ///< id; -1: none

  /// Adds a sentence to what is exact or near.
  virtual void judge_hugging_face(ExportReport& report) const = 0;
  virtual void judge_gguf(ExportReport& report) const = 0;
};

/// Of the bytes of ModelBundle::tokenizer_model. Error(input) for a tokenizer that changes text in a way that has no
/// counterpart there (a character map, spaces that are taken away).
std::unique_ptr<TokenizerExport> tokenizer_for_export(const std::string& tokenizer_model);
std::unique_ptr<TokenizerExport> byte_bpe_for_export(const std::string& tokenizer_model);

nlohmann::ordered_json tokenizer_config_json(const TokenizerExport& tokenizer, int begin, int end, int context);

// Parts of a tokenizer.json.
nlohmann::ordered_json added_token(std::size_t id, const std::string& text, bool special);
/// The whole around what differs by kind. `first`: the mark before each text, by id and name.
nlohmann::ordered_json tokenizer_around(nlohmann::ordered_json added, nlohmann::ordered_json normalizer,
                                        nlohmann::ordered_json pre_tokenizer, nlohmann::ordered_json decoder,
                                        nlohmann::ordered_json model, int begin, const std::string& first);

}  // namespace pantograph::exchange
