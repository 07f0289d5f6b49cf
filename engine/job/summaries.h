// SPDX-License-Identifier: GPL-3.0-or-later
// Summaries of the data steps as JSON (summary.json of their artifacts). Private to this room.
#pragma once

#include <nlohmann/json.hpp>

#include "corpus/import.h"
#include "token/token_store.h"

namespace pantograph {

nlohmann::json to_json(const ImportSummary& summary);
ImportSummary import_summary_from_json(const nlohmann::json& json);
nlohmann::json to_json(const TokenSummary& summary);
TokenSummary token_summary_from_json(const nlohmann::json& json);

}  // namespace pantograph
