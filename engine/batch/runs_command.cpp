// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph runs PROJECT: lists runs, shows and compares them, and keeps what the user says of them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/numbers.h"
#include "base/words.h"
#include "batch/options.h"
#include "job/project_runs.h"
#include "job/run_compare.h"
#include "job/run_json.h"
#include "project/project_file.h"

namespace pantograph::batch {
namespace {

using nlohmann::json;
using Action = RunsOptions::Action;

void print_line(const json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
}

bool wanted(const job::RunInfo& run, const RunsOptions& options) {
  if (options.present && !run.present) return false;
  if (options.earlier && run.present) return false;
  if (options.starred && !run.notes.star) return false;
  if (!options.state.empty() && options.state != job::to_string(run.record.state)) return false;
  return job::matches(run, options.search);
}

/// The number that a run is judged by.
std::string outcome(const job::RunInfo& run) {
  if (run.result) {
    return fmt::format("{} → {}", format_perplexity(run.result->perplexity_before),
                       format_perplexity(run.result->perplexity_after));
  }
  return run.generic_loss ? format_perplexity(measure::perplexity(*run.generic_loss)) : std::string();
}

std::string marks(const job::RunInfo& run) {
  std::string out = run.notes.name;
  for (const std::string& tag : run.notes.tags) out += (out.empty() ? "#" : " #") + tag;
  return out;
}

void list(const job::RunList& runs, const BatchOptions& options) {
  job::RunList shown;
  for (const auto& run : runs) {
    if (wanted(*run, options.runs)) shown.push_back(run);
  }
  if (options.json) {
    for (const auto& run : shown) print_line(job::to_json(*run));
    return;
  }
  std::uint64_t bytes = 0;
  if (!shown.empty()) {
    fmt::print("{:<10}{:<9}{:<9}{:<21}{:>12}{:>10}  {:<18}{}\n", "run", "state", "settings", "started", "worked",
               "disk", "perplexity", "what");
  }
  for (const auto& run : shown) {
    bytes += run->bytes;
    fmt::print("{:<10}{:<9}{:<9}{:<21}{:>12}{:>10}  {:<18}{}{}{}\n", run->record.key.substr(0, 8),
               job::to_string(run->record.state), run->present ? "present" : "earlier", run->record.started,
               format_duration(run->record.seconds), format_bytes(static_cast<double>(run->bytes)), outcome(*run),
               run->notes.star ? "* " : "", run->record.title, marks(*run).empty() ? "" : "  [" + marks(*run) + "]");
    if (!run->record.error.empty()) fmt::print("          {}\n", run->record.error);
  }
  fmt::print("{} of {} runs, {}.\n", shown.size(), runs.size(), format_bytes(static_cast<double>(bytes)));
}

void show(const job::RunInfo& run, const BatchOptions& options) {
  if (options.json) return print_line(job::to_json(run));
  const job::RunRecord& r = run.record;
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) fmt::print("{:<12}{}\n", name, value);
  };
  line("run", r.key);
  line("what", r.title);
  line("step", r.step.id());
  line("state", job::to_string(r.state));
  line("error", r.error);
  line("settings", run.present ? "of the project as it is declared now" : "earlier than the project's present ones");
  line("started", r.started);
  line("finished", r.finished);
  line("worked", format_duration(r.seconds));
  line("program", r.program);
  line("machine", r.machine);
  line("perplexity", outcome(run));
  line("folder", run.folder.string());
  line("disk", format_bytes(static_cast<double>(run.bytes)));
  line("name", run.notes.name);
  line("note", run.notes.note);
  std::string tags;
  for (const std::string& tag : run.notes.tags) tags += (tags.empty() ? "" : ", ") + tag;
  line("tags", tags);
  fmt::print("\n{}\n", r.settings.dump(2, ' ', false, json::error_handler_t::replace));
}

void compare(const job::RunList& all, const job::RunInfo& a, const job::RunInfo& b, const BatchOptions& options) {
  const job::RunComparison compared = job::compare_runs(all, a, b);
  if (options.json) {
    json differences = json::array(), results = json::array();
    for (const auto& d : compared.differences) differences.push_back({{"setting", d.setting}, {"a", d.a}, {"b", d.b}});
    for (const auto& r : compared.results) {
      results.push_back({{"domain", r.domain},
                         {"tokens", r.tokens},
                         {"budget", r.budget},
                         {"seed", r.seed},
                         {"sample", r.sample},
                         {"a", r.a},
                         {"b", r.b}});
    }
    return print_line({{"a", a.record.key}, {"b", b.record.key}, {"differences", differences}, {"results", results}});
  }
  fmt::print("A  {}  {}\nB  {}  {}\n\n", a.record.key, a.record.title, b.record.key, b.record.title);
  if (compared.differences.empty()) fmt::print("No setting and no input differs.\n");
  for (const auto& d : compared.differences) {
    fmt::print("{:<44} {:<26} {}\n", d.setting, d.a.empty() ? "–" : d.a, d.b.empty() ? "–" : d.b);
  }
  if (compared.results.empty()) return;
  fmt::print("\nTest perplexity after fine-tuning\n{:<20} {:>8} {:>6} {:>10} {:>10} {:>9}\n", "domain", "tokens",
             "seed", "A", "B", "B to A");
  for (const auto& r : compared.results) {
    fmt::print("{:<20} {:>8} {:>6} {:>10} {:>10} {:>+8.1f} %\n", r.domain, format_count(r.tokens),
               words::seed_and_sample(r.seed, r.sample), format_perplexity(r.a), format_perplexity(r.b),
               100 * (r.b / r.a - 1));
  }
}

void annotate(const job::RunInfo& run, const RunsOptions& options) {
  job::RunNotes notes = run.notes;
  if (options.name) notes.name = *options.name;
  if (options.note) notes.note = *options.note;
  for (const std::string& tag : options.untags) std::erase(notes.tags, tag);
  for (const std::string& tag : options.tags) {
    if (std::find(notes.tags.begin(), notes.tags.end(), tag) == notes.tags.end()) notes.tags.push_back(tag);
  }
  if (options.star || options.unstar) notes.star = options.star;
  if (options.keep || options.forget) notes.keep = options.keep;
  job::write_run_notes(run.folder, notes);
}

int remove(const project::Project& project, const job::RunList& chosen, bool yes) {
  for (const auto& run : chosen) {
    fmt::print("{}  {}  {}\n", run->record.key.substr(0, 8), run->record.title,
               format_bytes(static_cast<double>(run->bytes)));
  }
  if (!yes) {
    fmt::print("Nothing was deleted. With --yes these {} runs go for good.\n", chosen.size());
    return 0;
  }
  job::delete_runs(project, chosen);
  fmt::print("{} runs deleted.\n", chosen.size());
  return 0;
}

}  // namespace

int runs_command(const BatchOptions& options) {
  const project::Project project = project::load_project(options.project);
  const job::RunList runs = job::runs_of(project);
  job::RunList chosen;
  for (const std::string& named : options.runs.runs) chosen.push_back(job::find_run(runs, named));
  switch (options.runs.action) {
    case Action::list:
      list(runs, options);
      break;
    case Action::show:
      show(*chosen.at(0), options);
      break;
    case Action::compare:
      compare(runs, *chosen.at(0), *chosen.at(1), options);
      break;
    case Action::annotate:
      annotate(*chosen.at(0), options.runs);
      break;
    case Action::restore:
      project::save_project(job::declaration_of(project, *chosen.at(0)), project.file);
      fmt::print("{} has the settings of run {} again.\n", project.file.string(), chosen.at(0)->record.key);
      break;
    case Action::remove:
      return remove(project, chosen, options.yes);
  }
  return 0;
}

}  // namespace pantograph::batch
