// SPDX-License-Identifier: GPL-3.0-or-later
// A model as one thing: network, tokenizer, where it comes from, and a name; in one file. Layout: docs/FORMATS.md.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/provenance.h"
#include "network/network.h"
#include "token/tokenizer.h"

namespace pantograph::model {

struct ModelFacts {
  std::string name;
  Provenance provenance;
};

/// A model that is ready for use.
struct ModelBundle {
  ModelFacts facts;
  network::Network network;
  std::shared_ptr<const token::Tokenizer> tokenizer;
  std::string tokenizer_model;  ///< the bytes of the tokenizer's model
};

/// Atomic. `tokenizer_model`: the bytes of the model of the tokenizer that the network was trained with; empty: not
/// known.
void write_model(const network::Network& network, const ModelFacts& facts, const std::string& tokenizer_model,
                 const std::filesystem::path& file);

/// A model file; a file of a network without its tokenizer, as it was written before, or a training run's checkpoint,
/// with the tokenizer of the artifacts that it lies in. Error(run) for a damaged file; Error(input) for one that is
/// something else, or whose tokenizer is not to be found or has another vocabulary.
ModelBundle read_model(const std::filesystem::path& file, const network::Device& device = {});

}  // namespace pantograph::model
