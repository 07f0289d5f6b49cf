// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/view.h"

#include <spdlog/spdlog.h>

#include <set>

#include "job/prune.h"
#include "job/summaries.h"
#include "token/tokenizer.h"

namespace pantograph::job {
namespace {

namespace fs = std::filesystem;

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

template <typename Read>
void or_warn(const Read& read) {
  try {
    read();
  } catch (const std::exception& e) {
    spdlog::warn("{}", e.what());
  }
}

FormerArtifacts count_former(const PrunePlan& plan) {
  FormerArtifacts former;
  for (const PruneItem& item : plan.items) {
    if (item.kind != PruneItem::former) continue;
    ++former.folders;
    former.bytes += item.bytes;
  }
  return former;
}

}  // namespace

StepInfo describe(const Step& step, const StepNews& news) {
  StepInfo info;
  info.key = step.key;
  info.id = step.id;
  info.title = step.title;
  info.inputs = step.inputs;
  info.folder = step.folder().string();
  info.note = step.note;
  info.state = step.state();
  if (info.state == StepState::up_to_date) {
    info.seconds = step.manifest->seconds;
  } else if (const auto failure = news.failures.find(step.id); failure != news.failures.end()) {
    info.state = StepState::failed;
    info.error = failure->second;
  } else if (const auto waits = news.waiting.find(step.id); waits != news.waiting.end()) {
    info.note = waits->second;
  }
  if (step.id == news.running) info.state = StepState::running;
  return info;
}

void Inspector::look(const project::Project& project) {
  const bool first = graph_ == nullptr || project_.file != project.file;
  if (first) *this = Inspector();
  project_ = project;
  graph_ = std::make_unique<StepGraph>(project_);
  runs_changed();
  if (first) artifacts_pruned();
}

void Inspector::artifacts_pruned() {
  former_ = count_former(plan_prune(project_.artifacts(), *graph_, runs_));
}

void Inspector::step_changed(const Step& step) {
  if (graph_ == nullptr) return;
  if (graph_->find(step.id) != nullptr) graph_->update(step.id);
  if (!step.key.trains()) return;
  std::erase_if(runs_, [&](const auto& run) { return run->folder == step.folder(); });
  if (auto run = read_run_info(step.folder())) runs_.insert(runs_.begin(), std::move(run));
  mark_runs();
}

void Inspector::runs_changed() {
  runs_ = read_runs(project_.artifacts(), runs_);
  mark_runs();
}

void Inspector::mark_runs() {
  std::set<fs::path> present;
  for (const Step& step : graph_->steps()) {
    if (step.key.trains()) present.insert(step.folder());
  }
  for (auto& run : runs_) {
    const bool is_present = present.contains(run->folder);
    if (run->present == is_present) continue;
    auto marked = std::make_shared<RunInfo>(*run);
    marked->present = is_present;
    run = std::move(marked);
  }
}

void Inspector::read_corpora(ProjectView& view) const {
  for (const auto& corpus : project_.corpora) {
    CorpusView entry{corpus.name, {}, {}};
    entry.imported =
        read_if_complete<corpus::ImportSummary>(graph_->find(StepKey::import(corpus.name)),
                                                [&](const Step&) { return read_corpus_summary(*graph_, corpus.name); });
    entry.tokenized = read_if_complete<token::TokenSummary>(
        graph_->find(StepKey::tokenize(corpus.name)), [](const Step& s) { return read_token_summary(s.artifact); });
    view.corpora.push_back(std::move(entry));
  }
}

void Inspector::read_curves(ProjectView& view) {
  for (const Step& step : graph_->steps()) {
    if (!step.key.trains() || step.artifact.key().empty()) continue;
    std::error_code code;
    const auto bytes = fs::file_size(step.artifact.file(kCurveFile), code);
    if (code) continue;
    KnownCurve& known = curves_[step.folder().string()];
    if (known.bytes != bytes) or_warn([&] { known = {bytes, read_curve(step)}; });
    view.runs.push_back({step.key, known.points});
  }
}

std::shared_ptr<const ProjectView> Inspector::view(const StepNews& news) {
  auto view = std::make_shared<ProjectView>();
  view->steps.reserve(graph_->steps().size());
  for (const auto& step : graph_->steps()) view->steps.push_back(describe(step, news));
  read_corpora(*view);
  if (const Step* step = graph_->find(StepKey::overlap()); step != nullptr && step->complete()) {
    if (overlap_.first != step->manifest) {
      const auto read = [](const Step& s) { return read_overlap(s.artifact); };
      overlap_ = {step->manifest, read_if_complete<overlap::Overlap>(step, read)};
    }
    view->overlap = overlap_.second;
  }
  view->clustering = read_if_complete<cluster::ClusteringSummary>(
      graph_->find(StepKey::clustering()), [](const Step& s) { return cluster::read_clustering_summary(s.folder()); });
  if (const Step* tokenizer = graph_->find(StepKey::tokenizer()); tokenizer != nullptr && tokenizer->complete()) {
    if (vocabulary_.first != tokenizer->folder().string() || vocabulary_.second == 0) {
      const auto read = [](const Step& s) {
        return token::Tokenizer(s.artifact.file(token::kTokenizerFile)).vocabulary();
      };
      vocabulary_ = {tokenizer->folder().string(), read_if_complete<int>(tokenizer, read).value_or(0)};
    }
    view->vocabulary = vocabulary_.second;
  }
  read_curves(*view);
  if (const Step* report = graph_->find(StepKey::report()); report != nullptr && report->complete()) {
    if (laws_.first != report->manifest) {
      const auto read = [](const Step& s) { return report::laws_from_json(s.artifact.read_json("laws.json")); };
      laws_ = {report->manifest, read_if_complete<report::Laws>(report, read)};
    }
    view->laws = laws_.second;
  }
  or_warn([&] { view->clusterings = report::compared_clusterings(complete_clusterings(*graph_), clusterings_); });
  or_warn([&] { view->results = complete_results(*graph_, results_); });
  view->history = runs_;
  view->former = former_;
  return view;
}

}  // namespace pantograph::job
