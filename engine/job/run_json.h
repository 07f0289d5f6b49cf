// SPDX-License-Identifier: GPL-3.0-or-later
// Records and notes of runs as JSON (docs/FORMATS.md).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "job/runs.h"

namespace pantograph::job {

nlohmann::json to_json(const StepKey& key);  ///< without the fields that its kind does not have
StepKey step_key_from_json(const nlohmann::json& json);
nlohmann::json to_json(const RunRecord& record);
RunRecord run_record_from_json(const nlohmann::json& json);  ///< throws nlohmann's exceptions
nlohmann::json to_json(const RunNotes& notes);
RunNotes run_notes_from_json(const nlohmann::json& json);
nlohmann::json to_json(const RunInfo& run);  ///< for `pantograph runs --json`

}  // namespace pantograph::job
