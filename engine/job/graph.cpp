// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "job/step_planner.h"
#include "job/step_settings.h"

namespace pantograph::job {
namespace {

/// What was imported may be used without its sources where everything else that it was made from is the same.
bool differ_in_sources_only(const nlohmann::json& a, const nlohmann::json& b) {
  nlohmann::json left = a, right = b;
  left.erase("files");
  right.erase("files");
  return left == right;
}

/// Whether each source of an import (source_identity: its content first) is among these contents.
bool made_from(const nlohmann::json& settings, const std::set<std::string>& contents) {
  const auto files = settings.find("files");
  return files != settings.end() && std::all_of(files->begin(), files->end(), [&](const nlohmann::json& file) {
           return file.is_array() && !file.empty() && file[0].is_string() && contents.contains(file[0]);
         });
}

}  // namespace

const char* to_string(StepState state) {
  switch (state) {
    case StepState::missing:
      return "missing";
    case StepState::stale:
      return "stale";
    case StepState::partial:
      return "partial";
    case StepState::up_to_date:
      return "up to date";
    case StepState::running:
      return "running";
    case StepState::failed:
      return "failed";
  }
  return "missing";
}

StepState Step::state() const {
  if (complete()) return StepState::up_to_date;
  std::error_code code;
  if (!artifact.key().empty() && std::filesystem::is_directory(artifact.folder(), code)) {
    // The report lies in one folder whatever its key is.
    const auto found = store::read_manifest(artifact.folder());
    return found != nullptr && found->key != artifact.key() ? StepState::stale : StepState::partial;
  }
  return artifact.others().empty() ? StepState::missing : StepState::stale;
}

StepGraph::StepGraph(const project::Project& project, const TaskContext& task)
    : corpora_(project.corpora),
      folder_(project.folder()),
      sources_(corpus::SourceHashes::shared(project.artifacts(), project.folder())) {
  StepPlanner(*this, project, task).plan();
}

void StepGraph::add(Step step, const TaskContext& task) {
  const std::size_t at = steps_.size();
  for (const StepContent& part : step.content) {
    auto& users = users_[index_.at(part.step)];
    if (users.empty() || users.back() != at) users.push_back(at);
  }
  users_.emplace_back();
  index_.emplace(step.id, at);
  steps_.push_back(std::move(step));
  if (steps_.back().kind() == StepKind::import) {
    resolve_import(steps_.back(), false, task);
  } else {
    resolve(steps_.back());
  }
}

void StepGraph::resolve(Step& step) {
  std::vector<std::string> hashes;
  bool known = true;
  for (const StepContent& part : step.content) {
    const Step& input = at(part.step);
    // A network that is there counts, though others that are wanted of its run may not be.
    const std::string hash = input.there != nullptr ? input.there->content(part.part) : std::string();
    known = known && !hash.empty();
    hashes.push_back(hash);
  }
  const std::filesystem::path root = sources_->artifacts();
  const char* const kind = to_string(step.kind());
  if (step.kind() == StepKind::report) {  // says what there is, complete or not
    step.artifact =
        store::Artifact::fixed(root, step.id, store::artifact_key(kind, kArtifactFormat, step.settings, hashes));
  } else {
    step.artifact = store::Artifact(
        root, step.id, known ? store::artifact_key(kind, kArtifactFormat, step.settings, hashes) : std::string());
  }
  look(step);
}

void StepGraph::look(Step& step) {
  step.there = step.artifact.complete();
  const bool whole =
      step.there != nullptr && std::all_of(step.wanted.begin(), step.wanted.end(),
                                           [&](const std::string& file) { return step.there->files.contains(file); });
  step.manifest = whole ? step.there : nullptr;
}

void StepGraph::resolve_import(Step& step, bool wanted, const TaskContext& task) {
  const std::filesystem::path root = sources_->artifacts();
  step.artifact = store::Artifact(root, step.id, "");
  const auto earlier = step.artifact.others();
  if (earlier.empty() && !wanted) return look(step);
  const auto corpus = std::find_if(corpora_.begin(), corpora_.end(),
                                   [&](const project::CorpusSpec& one) { return one.name == step.key.corpus; });
  step.note.clear();
  try {
    const corpus::ReaderInfo& reader = corpus::ReaderRegistry::instance().get(corpus->reader);
    step.settings["files"] =
        corpus::source_identity(reader, corpus::source_files(*corpus, folder_).files, *sources_, task);
    step.artifact =
        store::Artifact(root, step.id, store::artifact_key(to_string(step.kind()), kArtifactFormat, step.settings, {}));
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& e) {
    // Of several, the one made from what the sources held last; the newest where that is not known.
    const std::set<std::string> known = sources_->last_hashes();
    auto same = earlier.end();
    for (auto one = earlier.begin(); one != earlier.end(); ++one) {
      if (!differ_in_sources_only((*one)->settings, step.settings)) continue;
      const bool last = made_from((*one)->settings, known);
      if (same == earlier.end() || last) same = one;
      if (last) break;
    }
    if (same == earlier.end()) {
      if (wanted) throw;
      return look(step);
    }
    step.note = fmt::format("The sources of {} cannot be read ({}: {}); what was imported on {} is used.",
                            step.key.corpus, e.text().where, e.text().found, (*same)->finished);
    step.settings["files"] = (*same)->settings.value("files", nlohmann::json::array());
    step.artifact = store::Artifact(root, step.id, (*same)->key);
  }
  look(step);
}

void StepGraph::resolve_sources(const std::string& id, const TaskContext& task) {
  Step& step = steps_[index_.at(id)];
  resolve_import(step, true, task);
  pass_on(step);
}

void StepGraph::update(const std::string& id) {
  Step& step = steps_[index_.at(id)];
  if (step.kind() == StepKind::import) {
    resolve_import(step, false, {});
  } else {
    resolve(step);
  }
  pass_on(step);
}

void StepGraph::pass_on(const Step& from) {
  const auto& first = users_[index_of(from)];
  std::set<std::size_t> changed(first.begin(), first.end());
  while (!changed.empty()) {
    const std::size_t i = *changed.begin();
    changed.erase(changed.begin());
    const auto before = steps_[i].there;
    const bool complete = steps_[i].complete();
    resolve(steps_[i]);
    if (steps_[i].there != before || steps_[i].complete() != complete)
      changed.insert(users_[i].begin(), users_[i].end());
  }
}

const Step* StepGraph::find(const std::string& id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : &steps_[found->second];
}

const Step& StepGraph::at(const std::string& id) const {
  const Step* step = find(id);
  if (step == nullptr)
    throw Error(ErrorKind::usage, {fmt::format("no step \"{}\"", id), "", "", "--status lists the steps."});
  return *step;
}

std::vector<std::size_t> StepGraph::pending(const std::vector<std::string>& only) const {
  std::vector<char> wanted(steps_.size(), only.empty() ? 1 : 0);
  for (const auto& part : only) {
    bool any = false;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (is_part_of(steps_[i].id, part)) wanted[i] = 1, any = true;
    }
    if (!any && waits_for_clusters_) {  // it may be one of those that the clusters will show
      for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (steps_[i].kind() == StepKind::cluster) wanted[i] = 1;
      }
    } else if (!any) {
      throw Error(ErrorKind::usage, {fmt::format("no step \"{}\" in this project", part), "",
                                     "a step or the first part of one", "--status lists the steps."});
    }
  }
  const auto missing = [&](std::size_t i) { return wanted[i] != 0 && !steps_[i].complete(); };
  bool any_missing = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) any_missing = any_missing || missing(i);
  std::vector<std::size_t> out;
  for (std::size_t i = steps_.size(); i-- > 0;) {  // backwards: a step's inputs stand before it
    // The report copies its inputs' numbers: it is written again whenever anything else is made.
    const bool again = steps_[i].kind() == StepKind::report && wanted[i] != 0 && any_missing;
    if (!missing(i) && !again) continue;
    out.push_back(i);
    for (const std::string& input : steps_[i].inputs) wanted[index_.at(input)] = 1;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void require_complete(const project::Project& project) {
  const auto generic =
      std::count_if(project.corpora.begin(), project.corpora.end(),
                    [](const project::CorpusSpec& corpus) { return corpus.role == project::Role::generic; });
  if (generic == 0) {
    throw Error(ErrorKind::project,
                {"no generic corpus", project.file.string(), "at least one [[corpus]] with role = \"generic\"",
                 "Add text that networks are pretrained on."});
  }
  if (project.methods.empty()) {
    throw Error(ErrorKind::project,
                {"no method", project.file.string(), "at least one [[method]], e.g. kind = \"slm-pn\"", ""});
  }
}

}  // namespace pantograph::job
