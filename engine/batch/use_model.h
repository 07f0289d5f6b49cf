// SPDX-License-Identifier: GPL-3.0-or-later
// The model that a command names. Private to this room.
#pragma once

#include <memory>

#include "batch/options.h"
#include "model/model_file.h"

namespace pantograph::batch {

struct UsedModel {
  model::ModelFacts facts;
  std::shared_ptr<const network::Network> network;  ///< small: of the experts that were asked for
  std::shared_ptr<const token::Tokenizer> tokenizer;
};

/// Sets the threads, reads the file, projects, merges adapters. Error(usage) where a projected network's expert is not
/// said, or said of another network. as_it_is: a projected network stays one where no expert is named.
model::ModelBundle use_bundle(const BatchOptions& options, bool as_it_is = false);
UsedModel use_model(const BatchOptions& options);

}  // namespace pantograph::batch
