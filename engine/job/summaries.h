// SPDX-License-Identifier: GPL-3.0-or-later
// Summaries of the data steps as JSON (summary.json of their artifacts). Private to this room.
#pragma once

#include <nlohmann/json.hpp>

#include "corpus/import.h"
#include "job/graph.h"
#include "overlap/overlap.h"
#include "store/artifact.h"
#include "token/token_store.h"

namespace pantograph::job {

nlohmann::json to_json(const corpus::ImportSummary& summary);
nlohmann::json to_json(const token::TokenSummary& summary);
/// Error(run) naming the file when it is missing, broken or lacks something; its remedy is to delete the folder.
corpus::ImportSummary read_import_summary(const store::Artifact& artifact);
token::TokenSummary read_token_summary(const store::Artifact& artifact);
overlap::Overlap read_overlap(const store::Artifact& artifact);
/// Of a corpus whose import is complete; near-copies that were left out since count as such.
corpus::ImportSummary read_corpus_summary(const StepGraph& graph, const std::string& corpus);

}  // namespace pantograph::job
