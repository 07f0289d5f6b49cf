// SPDX-License-Identifier: GPL-3.0-or-later
// What the result of each sort of step depends on besides its inputs, as the JSON that its key is made of. Private to
// this room.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "project/project.h"

namespace pantograph::job {

nlohmann::json corpus_settings(const project::CorpusSpec& corpus, const project::Project& project);
nlohmann::json overlap_settings(const project::Project& project);
nlohmann::json tokenizer_settings(const project::Project& project);
nlohmann::json clustering_settings(const project::Project& project, int clusters);
nlohmann::json pretraining_settings(const project::Project& project, const project::MethodSpec& method,
                                    std::uint64_t seed);
nlohmann::json specialization_settings(const project::Project& project, const project::MethodSpec& method,
                                       std::uint64_t tokens);

/// Of the specialization sets: a resampled generic phase, which serves them all, may know no more of the domain.
std::uint64_t smallest_size(const project::Project& project);

}  // namespace pantograph::job
