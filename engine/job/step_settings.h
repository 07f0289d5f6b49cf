// SPDX-License-Identifier: GPL-3.0-or-later
// What the result of each sort of step depends on besides its inputs, as the JSON that its key is made of. Private to
// this room.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "project/project.h"

namespace pantograph {

nlohmann::json corpus_settings(const CorpusSpec& corpus, const Project& project);
nlohmann::json tokenizer_settings(const Project& project);
nlohmann::json clustering_settings(const Project& project, int clusters);
nlohmann::json pretraining_settings(const Project& project, const MethodSpec& method, std::uint64_t seed);
nlohmann::json specialization_settings(const Project& project, const MethodSpec& method, std::uint64_t tokens);

/// Of the specialization sets: a resampled generic phase, which serves them all, may know no more of the domain.
std::uint64_t smallest_size(const Project& project);

}  // namespace pantograph
