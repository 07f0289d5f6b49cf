// SPDX-License-Identifier: GPL-3.0-or-later
// The steps that compare the corpora, and that leave near-copies out of one.
#include "base/hash.h"
#include "corpus/distinct.h"
#include "job/step_types.h"
#include "job/summaries.h"
#include "overlap/overlap_json.h"

namespace pantograph::job {
namespace {

/// {corpus: [train documents]}, of those whose near-copies are dropped.
constexpr const char* kDroppedFile = "dropped.json";

}  // namespace

std::string dropped_part(const std::string& corpus) {
  return "dropped/" + corpus;
}

namespace steps {

void run_overlap(const StepWork& work) {
  std::vector<overlap::OverlapInput> inputs;
  for (const auto& corpus : work.project.corpora) {
    inputs.push_back({corpus.name, corpus.role == project::Role::generic, corpus.near_duplicates,
                      work.graph.at(StepKey::import(corpus.name)).folder()});
  }
  const overlap::Overlap found = overlap::find_overlap(inputs, work.hooks.threads, work.task);
  work.step.artifact.write_json(kDroppedFile, found.dropped);
  work.step.artifact.write_json(overlap::kOverlapFile, overlap::to_json(found));
  for (const auto& [domain, leaks] : found.leaks) {
    for (const std::string& sentence : overlap::leak_sentences(domain, leaks)) work.task.warn(sentence + ".");
  }
  if (work.hooks.say) work.hooks.say(overlap::overlap_sentence(found));
}

std::map<std::string, std::string> overlap_parts(const StepWork& work) {
  std::map<std::string, std::string> parts;
  const nlohmann::json dropped = work.step.artifact.read_json(kDroppedFile);
  for (const auto& [corpus, documents] : dropped.items()) parts[dropped_part(corpus)] = hash128(documents.dump()).hex();
  return parts;
}

void run_distinct(const StepWork& work) {
  const std::string& corpus = work.step.key.corpus;
  const nlohmann::json dropped = work.graph.at(StepKey::overlap()).artifact.read_json(kDroppedFile);
  const corpus::ImportSummary left =
      corpus::copy_without(work.graph.at(StepKey::import(corpus)).folder(),
                           dropped.at(corpus).get<std::vector<std::uint64_t>>(), work.step.folder(), work.task);
  work.step.artifact.write_json("summary.json", to_json(left));
}

}  // namespace steps
}  // namespace pantograph::job
