// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/run_json.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "measure/results_json.h"

namespace pantograph::job {
namespace {

using nlohmann::json;

constexpr std::array kKinds = {StepKind::import,    StepKind::overlap,    StepKind::distinct,
                               StepKind::tokenizer, StepKind::tokenize,   StepKind::cluster,
                               StepKind::pretrain,  StepKind::specialize, StepKind::report};
constexpr std::array kStates = {RunState::running, RunState::stopped, RunState::failed, RunState::finished};

template <typename Values>
auto by_name(const Values& values, const std::string& name) {
  for (const auto value : values) {
    if (name == to_string(value)) return value;
  }
  throw json::other_error::create(501, "unknown word \"" + name + '"', nullptr);
}

}  // namespace

json to_json(const StepKey& key) {
  json out = {{"kind", to_string(key.kind)}};
  if (!key.corpus.empty()) out["corpus"] = key.corpus;
  if (!key.method.empty()) out["method"] = key.method;
  if (key.trains()) out["seed"] = key.seed;
  if (!key.domain.empty()) out["domain"] = key.domain;
  if (key.cluster >= 0) out["cluster"] = key.cluster;
  if (key.tokens > 0) out["tokens"] = key.tokens;
  if (key.sample > 1) out["sample"] = key.sample;
  if (key.budget > 0) out["budget"] = key.budget;
  if (key.clusters > 0) out["clusters"] = key.clusters;
  return out;
}

StepKey step_key_from_json(const json& from) {
  StepKey key(by_name(kKinds, from.at("kind")));
  key.corpus = from.value("corpus", std::string());
  key.method = from.value("method", std::string());
  key.seed = from.value("seed", std::uint64_t{0});
  key.domain = from.value("domain", std::string());
  key.cluster = from.value("cluster", -1);
  key.tokens = from.value("tokens", std::uint64_t{0});
  key.sample = from.value("sample", std::uint64_t{1});
  key.budget = from.value("budget", std::uint64_t{0});
  key.clusters = from.value("clusters", 0);
  return key;
}

json to_json(const RunRecord& record) {
  return {{"format", 1},
          {"run", record.key},
          {"step", to_json(record.step)},
          {"title", record.title},
          {"state", to_string(record.state)},
          {"error", record.error},
          {"settings", record.settings},
          {"inputs", record.inputs},
          {"declaration", record.declaration},
          {"program", record.program},
          {"machine", record.machine},
          {"started", record.started},
          {"finished", record.finished},
          {"seconds", record.seconds}};
}

RunRecord run_record_from_json(const json& from) {
  RunRecord record;
  record.key = from.at("run");
  record.step = step_key_from_json(from.at("step"));
  record.title = from.at("title");
  record.state = by_name(kStates, from.at("state"));
  record.error = from.at("error");
  record.settings = from.at("settings");
  record.inputs = from.at("inputs").get<std::map<std::string, std::string>>();
  record.declaration = from.at("declaration");
  record.program = from.at("program");
  record.machine = from.at("machine");
  record.started = from.at("started");
  record.finished = from.at("finished");
  record.seconds = from.at("seconds");
  return record;
}

json to_json(const RunNotes& notes) {
  return {{"name", notes.name}, {"note", notes.note}, {"tags", notes.tags}, {"star", notes.star}, {"keep", notes.keep}};
}

RunNotes run_notes_from_json(const json& from) {
  RunNotes notes;
  notes.name = from.value("name", std::string());
  notes.note = from.value("note", std::string());
  notes.tags = from.value("tags", std::vector<std::string>{});
  notes.star = from.value("star", false);
  notes.keep = from.value("keep", false);
  return notes;
}

json to_json(const RunInfo& run) {
  json out = to_json(run.record);
  out.erase("format");
  out["id"] = run.record.step.id();
  out["notes"] = to_json(run.notes);
  out["folder"] = run.folder.string();
  out["present"] = run.present;
  out["bytes"] = run.bytes;
  out["checkpoint_bytes"] = run.checkpoint_bytes;
  if (run.result) out["result"] = measure::to_json(*run.result);
  if (run.generic_loss) out["generic_loss"] = *run.generic_loss;
  return out;
}

}  // namespace pantograph::job
