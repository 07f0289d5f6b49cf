// SPDX-License-Identifier: GPL-3.0-or-later
// toml++ and what works on its tree. Inside this room only.
#pragma once

#include <toml++/toml.h>
#include <filesystem>
#include <string>
#include <vector>

#include "store/project.h"

namespace pantograph::detail {

/// One `--set key=value` on the tree. Error(usage) when it is not key=value, Error(project) when the key leads nowhere.
void apply_setting(toml::table& root, const std::string& setting);

Project project_from_toml(const std::string& text, const std::filesystem::path& file,
                          const std::vector<std::string>& settings);

}  // namespace pantograph::detail
