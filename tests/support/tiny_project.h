// SPDX-License-Identifier: GPL-3.0-or-later
// A whole experiment that takes seconds: generated text of two topics, two small domains, a tiny network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "project/project.h"

namespace tiny {

/// Sentences of a topic ("kitchen", "court", "garden") from a fixed grammar; every seed gives another text.
std::string text(const std::string& topic, std::uint64_t seed, int sentences);

/// Writes generic.jsonl (kitchen and court), cooking.jsonl and law.jsonl into `folder`, and the project file
/// NAME.pantograph that uses them: slm and slm-pn, two domains, one size. Returns the file.
std::filesystem::path make_project(const std::filesystem::path& folder, const std::string& name = "tiny");

/// The value that make_project writes.
pantograph::project::Project project(const std::filesystem::path& file);

/// The records of a project's results.json without what depends on the clock.
nlohmann::json timeless_results(const std::filesystem::path& project_file);

/// Writes one JSON-lines corpus of `documents` documents.
void write_corpus(const std::filesystem::path& file, const std::vector<std::string>& topics, std::uint64_t seed,
                  int documents);

}  // namespace tiny
