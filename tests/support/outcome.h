// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves behind, as far as it may not depend on the clock nor on how often it was disturbed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "store/checkpoint.h"

namespace tiny {

/// The points of a run's curves without their times, values bit by bit.
std::vector<std::string> curve_numbers(const std::filesystem::path& run_folder);

bool same_weights(const pantograph::store::TensorMap& a, const pantograph::store::TensorMap& b);

/// Of each file of a finished project's artifacts that holds results, by its path with KEY for keys: curves as above,
/// weights and other data as hashes, the results without times. Checkpoints are left out.
std::map<std::string, std::string> outcome(const std::filesystem::path& project_file);

/// The paths that differ or that only one of the two has.
std::vector<std::string> differences(const std::map<std::string, std::string>& a,
                                     const std::map<std::string, std::string>& b);

}  // namespace tiny
