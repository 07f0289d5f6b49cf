// SPDX-License-Identifier: GPL-3.0-or-later
// summary.json of a generic phase.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "method/recipe.h"

namespace pantograph::method {
namespace {

nlohmann::json stage_to_json(const GenericStage& stage) {
  return {{"budget", stage.budget},   {"tokens", stage.tokens},     {"flops", stage.flops},
          {"seconds", stage.seconds}, {"loss", stage.generic_loss}, {"loss_tokens", stage.generic_tokens}};
}

GenericStage stage_from_json(const nlohmann::json& json) {
  const auto& loss = json.at("loss");  // null: an expert whose cluster has no validation text
  return {json.at("budget"),
          json.at("tokens"),
          json.at("flops"),
          json.at("seconds"),
          loss.is_null() ? 0.0 : loss.get<double>(),
          json.at("loss_tokens")};
}

[[noreturn]] void damaged(const std::string& found, const std::filesystem::path& folder) {
  throw Error(ErrorKind::run, {"damaged: " + found, (folder / "summary.json").string(), "the summary of a finished run",
                               "Delete the folder " + folder.string() + " and run again."});
}

}  // namespace

const GenericStage& PretrainOutcome::stage(std::uint64_t budget) const {
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const GenericStage& stage) { return stage.budget == budget; });
  if (found == stages.end()) {
    throw Error(ErrorKind::run, {fmt::format("no network of a budget of {} tokens", budget), "the generic phase",
                                 "the budgets that it was run with", "Delete its folder and run again."});
  }
  return *found;
}

void recipe::write_pretrain_summary(const PretrainOutcome& outcome, const std::filesystem::path& folder) {
  const train::TrainResult& train = outcome.train;
  nlohmann::json stages = nlohmann::json::array();
  for (const GenericStage& stage : outcome.stages) stages.push_back(stage_to_json(stage));
  const nlohmann::json json = {{"config", network::to_json(outcome.config)},
                               {"steps", train.steps},
                               {"tokens", train.tokens},
                               {"seconds", train.seconds},
                               {"evaluation_seconds", train.evaluation_seconds},
                               {"final_loss", train.final_loss},
                               {"stages", stages},
                               {"clusters", outcome.clusters},
                               {"effective_windows", outcome.resampling.effective_windows},
                               {"windows", outcome.resampling.windows},
                               {"repetition", outcome.resampling.repetition},
                               {"memory_estimated", outcome.memory.estimated},
                               {"memory_peak", outcome.memory.peak}};
  write_atomically(folder / "summary.json", json.dump(2) + "\n");
}

PretrainOutcome read_pretrain_summary(const std::filesystem::path& folder) {
  const auto file = folder / "summary.json";
  try {
    const nlohmann::json json = nlohmann::json::parse(read_file(file));
    PretrainOutcome outcome;
    outcome.config = network::network_config_from_json(json.at("config"));
    outcome.train.steps = json.at("steps");
    outcome.train.tokens = json.at("tokens");
    outcome.train.seconds = json.at("seconds");
    outcome.train.evaluation_seconds = json.at("evaluation_seconds");
    outcome.train.final_loss = json.at("final_loss");
    if (json.contains("stages")) {
      for (const auto& stage : json.at("stages")) outcome.stages.push_back(stage_from_json(stage));
    } else {  // written before there were budgets
      outcome.stages.push_back(
          {0, outcome.train.tokens, json.at("flops"), outcome.train.seconds, json.at("generic_loss"), 1});
    }
    outcome.clusters = json.at("clusters");
    outcome.resampling = {json.value("effective_windows", 0.0), json.value("windows", 0.0),
                          json.value("repetition", 0.0)};
    outcome.memory.estimated = json.value("memory_estimated", std::uint64_t{0});
    outcome.memory.peak = json.value("memory_peak", std::uint64_t{0});
    return outcome;
  } catch (const nlohmann::json::exception& e) {
    damaged(e.what(), folder);
  } catch (const Error& e) {  // of the network's configuration
    damaged(e.text().found, folder);
  }
}

}  // namespace pantograph::method
