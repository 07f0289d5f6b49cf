// SPDX-License-Identifier: GPL-3.0-or-later
// Where a model comes from.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pantograph::model {

/// What is not known is empty, 0 or −1. Nothing here depends on when or where the model was made: equal runs make equal
/// files.
struct Provenance {
  std::string method, kind;                 ///< the project's name for it, and its method kind: "slm-pn"
  std::string domain;                       ///< what it was specialized on, or resampled for
  int expert = -1;                          ///< the one that it was projected from, or, of a mixture, that it is
  std::uint64_t seed = 0, sample = 0;       ///< sample: which draw of the domain's set
  std::uint64_t generic_budget = 0;         ///< tokens
  std::uint64_t specialization_tokens = 0;  ///< size of the domain's set
  double training_loss = 0;                 ///< of the generic phase, mean of its last tenth, nats per token
  double validation_loss = 0;               ///< of the domain, nats per token
  double test_perplexity = 0;               ///< of the domain
  std::string program;                      ///< version that made it
  std::string imported_format;              ///< of a model that another program made: "hf", "gguf"
  std::string imported_architecture;        ///< and its name there: "gpt2"
  std::string imported_content;             ///< hash over the files that it was read from
  bool operator==(const Provenance&) const = default;
};

/// Only what is known.
nlohmann::json to_json(const Provenance& provenance);
/// Error(input) naming the key that has another type.
Provenance provenance_from_json(const nlohmann::json& json);

}  // namespace pantograph::model
