// SPDX-License-Identifier: GPL-3.0-or-later
// A record as JSON with its keys in the order in which results.json shows them.
#pragma once

#include <nlohmann/json.hpp>

#include "measure/results.h"

namespace pantograph::measure {

nlohmann::ordered_json ordered_record(const ResultRecord& record);

}  // namespace pantograph::measure
