// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/view.h"

#include <spdlog/spdlog.h>

#include "job/runner.h"
#include "job/summaries.h"
#include "token/tokenizer.h"

namespace pantograph {
namespace {

template <typename T, typename Read>
std::optional<T> read_if_complete(const Step* step, Read read) {
  if (step == nullptr || !step->complete()) return std::nullopt;
  try {
    return read(*step);
  } catch (const std::exception& e) {
    spdlog::warn("{}", e.what());
    return std::nullopt;
  }
}

}  // namespace

StepInfo describe(const Step& step, const std::string& running, const std::map<std::string, std::string>& failures) {
  StepInfo info;
  info.id = step.id;
  info.title = step.title;
  info.inputs = step.inputs;
  info.folder = step.folder().string();
  info.state = step.state();
  if (info.state == StepState::up_to_date) {
    info.seconds = read_if_complete<double>(&step, [](const Step& s) {
                     return s.artifact.manifest().value("seconds", 0.0);
                   }).value_or(0);
  } else if (const auto failure = failures.find(step.id); failure != failures.end()) {
    info.state = StepState::failed;
    info.error = failure->second;
  }
  if (step.id == running) info.state = StepState::running;
  return info;
}

std::shared_ptr<const ProjectView> ViewBuilder::build(const Project& project, const StepGraph& graph,
                                                      const std::string& running,
                                                      const std::map<std::string, std::string>& failures) {
  auto view = std::make_shared<ProjectView>();
  for (const auto& step : graph.steps()) view->steps.push_back(describe(step, running, failures));

  for (const auto& corpus : project.corpora) {
    CorpusView entry{corpus.name, {}, {}};
    entry.imported = read_if_complete<ImportSummary>(graph.find("import/" + corpus.name),
                                                     [](const Step& s) { return read_import_summary(s.artifact); });
    entry.tokenized = read_if_complete<TokenSummary>(graph.find("tokenize/" + corpus.name),
                                                     [](const Step& s) { return read_token_summary(s.artifact); });
    view->corpora.push_back(std::move(entry));
  }
  view->clustering = read_if_complete<ClusteringSummary>(
      graph.find("cluster"), [](const Step& s) { return read_clustering_summary(s.folder()); });
  view->vocabulary = read_if_complete<int>(graph.find("tokenizer"), [](const Step& s) {
                       return Tokenizer(s.artifact.file("tokenizer.model")).vocabulary();
                     }).value_or(0);

  for (const auto& step : graph.steps()) {
    if (step.kind != StepKind::pretrain && step.kind != StepKind::specialize) continue;
    std::error_code code;
    const auto bytes = std::filesystem::file_size(step.artifact.file("metrics.jsonl"), code);
    if (code) continue;
    auto& cached = runs_[step.folder().string()];
    if (cached.bytes != bytes) cached = {bytes, read_run(step)};
    view->runs.push_back(cached.run);
    view->runs.back().step = step.id;
  }
  view->laws = read_if_complete<Laws>(graph.find("report"),
                                      [](const Step& s) { return laws_from_json(s.artifact.read_json("laws.json")); });
  const auto or_warn = [](const auto& read) {
    try {
      read();
    } catch (const std::exception& e) {
      spdlog::warn("{}", e.what());
    }
  };
  or_warn([&] { view->clusterings = compared_clusterings(complete_clusterings(graph), clusterings_); });
  or_warn([&] { view->results = complete_results(graph); });
  return view;
}

}  // namespace pantograph
