// SPDX-License-Identifier: GPL-3.0-or-later
// When, where and by what something was made, as manifests and records say it.
#pragma once

#include <chrono>
#include <string>

namespace pantograph::store {

std::string iso_time(std::chrono::system_clock::time_point time);  ///< "2026-11-27T13:45:00Z"
const std::string& program_name();                                 ///< "pantograph 0.1.0"
const std::string& machine_name();                                 ///< host, processor and cores

}  // namespace pantograph::store
