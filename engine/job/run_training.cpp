// SPDX-License-Identifier: GPL-3.0-or-later
// The steps that train: the generic phase and the specialization of a method.
#include <fmt/format.h>

#include <algorithm>

#include "job/step_settings.h"
#include "job/step_types.h"
#include "token/tokenizer.h"

namespace pantograph::job {
namespace steps {
namespace {

namespace fs = std::filesystem;

}  // namespace

void run_pretrain(const StepWork& work) {
  const StepKey& key = work.step.key;
  const project::MethodSpec& method = *work.project.method(key.method);
  method::PretrainPart part;
  part.cluster = key.cluster;
  part.domain = key.domain;
  part.specialization = smallest_size(work.project);
  part.seed = key.seed;
  part.window = static_cast<std::uint32_t>(work.project.window());
  if (!method.start.empty()) {
    const project::MethodSpec& start = *work.project.method(method.start);
    part.grown_from = work.graph.at(pretrain_keys(work.project, start, key.seed, "").at(0)).folder();
  }
  method::pretrain(work.project, method, key.seed, part,
                   method_inputs(work.project, work.graph, method, work.hooks.device), work.hooks.picks,
                   work.hooks.train, work.step.folder(), work.task);
}

void run_specialize(const StepWork& work) {
  const StepKey& key = work.step.key;
  const project::MethodSpec& method = *work.project.method(key.method);
  method::Pretrained from;
  from.budget = key.budget;
  for (const StepKey& pretrained : pretrain_keys(work.project, method, key.seed, key.domain)) {
    const auto& inputs = work.step.inputs;
    const bool used = std::find(inputs.begin(), inputs.end(), pretrained.id()) != inputs.end();
    from.folders.push_back(used ? work.graph.at(pretrained).folder() : fs::path());
  }
  if (!method.teacher.empty())
    from.teacher =
        work.graph.at(StepKey::specialize(method.teacher, key.domain, key.tokens, key.seed, 0, key.sample)).folder();
  method::specialize(work.project, method, {key.domain, key.tokens, key.seed, key.sample},
                     method_inputs(work.project, work.graph, method, work.hooks.device), from, work.hooks.train,
                     work.step.folder(), work.task);
  std::error_code ignored;  // of the experts and rates that were tried: small.h5 holds the result
  for (const auto& entry : fs::directory_iterator(work.step.folder(), ignored))
    fs::remove_all(entry.path() / store::kCheckpointsFolder, ignored);
}

}  // namespace steps

method::MethodInputs method_inputs(const project::Project& project, const StepGraph& graph,
                                   const project::MethodSpec& method, const std::string& device) {
  method::MethodInputs inputs;
  inputs.program = program_version();
  inputs.tokenizer = graph.at(StepKey::tokenizer()).artifact.file(token::kTokenizerFile);
  inputs.vocabulary = token::Tokenizer(inputs.tokenizer).vocabulary();
  inputs.clustering = graph.at(clustering_key(project, project.clusters_of(method))).folder();
  inputs.device.name = device;
  for (const auto& corpus : project.corpora) {
    const std::filesystem::path folder = graph.at(StepKey::tokenize(corpus.name)).folder();
    if (corpus.role == project::Role::generic) {
      inputs.generic.emplace_back(corpus.name, folder);
    } else {
      inputs.domains[corpus.name] = folder;
    }
  }
  return inputs;
}

}  // namespace pantograph::job
