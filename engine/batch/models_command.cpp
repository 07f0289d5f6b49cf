// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph models PROJECT: the networks that a project's runs have left, as files for use.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "batch/options.h"
#include "catalog/models.h"
#include "job/project_runs.h"
#include "project/project_file.h"

namespace pantograph::batch {
namespace {

using catalog::ModelInfo;
using nlohmann::json;

/// What there is to use: a finished run's checkpoints are on the way to its networks.
std::vector<ModelInfo> models_of(const project::Project& project) {
  std::vector<ModelInfo> models = catalog::models_of(job::runs_of(project));
  std::erase_if(models, [](const ModelInfo& model) {
    return model.kind == catalog::ModelKind::checkpoint && model.run->record.state == job::RunState::finished;
  });
  return models;
}

json to_json(const ModelInfo& model) {
  json out = {{"event", "model"},    {"kind", catalog::to_string(model.kind)}, {"file", model.file.string()},
              {"name", model.name},  {"run", model.run->record.key},           {"present", model.run->present},
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
      fmt::print("    {}, {}\n", catalog::to_string(model.kind), format_bytes(static_cast<double>(model.bytes)));
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
