// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph models PROJECT: the networks that a project's runs have left, as files for use.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "batch/options.h"
#include "job/project_runs.h"
#include "method/method.h"
#include "project/project_file.h"

namespace pantograph::batch {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A network's file of a run.
struct ModelInfo {
  fs::path file;
  std::string name;  // the run's, with the budget of a network that it left on its way
  std::uint64_t bytes = 0;
  std::shared_ptr<const job::RunInfo> run;
};

/// " at 750k generic tokens" of network-750000.h5; nothing of other names.
std::string budget_of(const std::string& file) {
  const std::size_t dash = file.find('-');
  if (dash == std::string::npos) return {};
  std::uint64_t budget = 0;
  std::from_chars(file.data() + dash + 1, file.data() + file.size(), budget);
  return fmt::format(" at {} generic tokens", format_count(budget));
}

/// Specialized ones first, the last made first.
std::vector<ModelInfo> models_of(const project::Project& project) {
  std::vector<ModelInfo> out;
  for (const auto& run : job::runs_of(project)) {
    std::vector<fs::path> files;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(run->folder, code)) {
      const std::string name = entry.path().filename().string();
      if (name == method::kSmallNetworkFile || (name.starts_with("network") && name.ends_with(".h5")))
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    const std::string title = run->notes.name.empty() ? run->record.title : run->notes.name;
    for (const fs::path& file : files)
      out.push_back({file, title + budget_of(file.filename().string()), fs::file_size(file, code), run});
  }
  std::stable_partition(out.begin(), out.end(), [](const ModelInfo& model) { return model.run->result.has_value(); });
  return out;
}

json to_json(const ModelInfo& model) {
  json out = {{"event", "model"},
              {"file", model.file.string()},
              {"name", model.name},
              {"run", model.run->record.key},
              {"present", model.run->present},
              {"bytes", model.bytes}};
  if (model.run->result) {
    out["method"] = model.run->result->method;
    out["domain"] = model.run->result->domain;
    out["parameters"] = model.run->result->parameters_inference;
    out["test_perplexity"] = model.run->result->perplexity_after;
  }
  return out;
}

}  // namespace

int models_command(const BatchOptions& options) {
  const project::Project project = project::load_project(options.project);
  const std::vector<ModelInfo> models = models_of(project);
  if (options.json) {
    for (const ModelInfo& model : models)
      fmt::print("{}\n", to_json(model).dump(-1, ' ', false, json::error_handler_t::replace));
    return 0;
  }
  for (const ModelInfo& model : models) {
    const auto& result = model.run->result;
    fmt::print("{}{}\n    {}\n", model.name, model.run->present ? "" : "  (earlier settings)", model.file.string());
    if (result) {
      fmt::print("    {} parameters, test perplexity {}, {}\n", format_count(result->parameters_inference),
                 format_perplexity(result->perplexity_after), format_bytes(static_cast<double>(model.bytes)));
    } else {
      fmt::print("    generic, {}\n", format_bytes(static_cast<double>(model.bytes)));
    }
  }
  if (models.empty()) {
    fmt::print("No models yet: pantograph --batch {} makes them.\n", options.project);
  } else {
    fmt::print("{} models. pantograph generate FILE tries one.\n", models.size());
  }
  return 0;
}

}  // namespace pantograph::batch
