// SPDX-License-Identifier: GPL-3.0-or-later
// overlap.json: what was found, as docs/FORMATS.md has it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "overlap/overlap.h"

namespace pantograph::overlap {

inline constexpr const char* kOverlapFile = "overlap.json";

nlohmann::json to_json(const Overlap& overlap);
nlohmann::json to_json(const Leaks& leaks);
/// Without `dropped`, which a file of its own has. Throws nlohmann::json::exception where something is missing.
Overlap overlap_from_json(const nlohmann::json& from);

}  // namespace pantograph::overlap
