// SPDX-License-Identifier: GPL-3.0-or-later
// Summaries of the data steps as JSON (summary.json of their artifacts). Private to this room.
#pragma once

#include <nlohmann/json.hpp>

#include "corpus/import.h"
#include "store/artifact.h"
#include "token/token_store.h"

namespace pantograph::job {

nlohmann::json to_json(const corpus::ImportSummary& summary);
nlohmann::json to_json(const token::TokenSummary& summary);
/// Error(run) naming the file when it is missing, broken or lacks something; its remedy is to delete the folder.
corpus::ImportSummary read_import_summary(const store::Artifact& artifact);
token::TokenSummary read_token_summary(const store::Artifact& artifact);

}  // namespace pantograph::job
