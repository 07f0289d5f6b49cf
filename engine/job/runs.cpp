// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "base/error.h"
#include "base/file_stamp.h"
#include "base/files.h"
#include "base/hash.h"
#include "job/run_json.h"
#include "method/method.h"
#include "project/project_file.h"
#include "store/artifact.h"
#include "store/checkpoint.h"

namespace pantograph::job {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecordFile = "run.json";
constexpr const char* kNotesFile = "notes.json";

void write(const fs::path& file, const nlohmann::json& value) {
  write_atomically(file, value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

/// Sizes of a folder's files, all levels.
void measure_folder(RunInfo& run) {
  std::error_code code;
  for (fs::recursive_directory_iterator it(run.folder, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    const std::uintmax_t bytes = it->file_size(ignored);
    if (ignored) continue;
    run.bytes += bytes;
    if (it->path().parent_path().filename() == store::kCheckpointsFolder) run.checkpoint_bytes += bytes;
  }
}

/// What came out of a finished run; a damaged file of it leaves that part out, and the step that reads it says so.
void read_outcome(RunInfo& run) {
  try {
    if (run.record.step.kind == StepKind::specialize) {
      run.result = measure::result_from_json(nlohmann::json::parse(read_file(run.folder / method::kResultFile)));
    } else {
      const method::PretrainOutcome outcome = method::read_pretrain_summary(run.folder);
      const method::GenericStage& stage = outcome.stage(0);
      if (stage.generic_tokens > 0) run.generic_loss = stage.generic_loss;  // else there was nothing to measure on
    }
  } catch (const std::exception&) {
  }
}

template <typename Take>
void each_folder(const fs::path& folder, Take&& take) {
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) take(it->path());
  }
}

/// Folders that hold a record, below `folder`.
void find_records(const fs::path& folder, std::vector<fs::path>& found) {
  std::error_code code;
  if (fs::exists(folder / kRecordFile, code)) {
    found.push_back(folder);
    return;
  }
  each_folder(folder, [&](const fs::path& inner) { find_records(inner, found); });
}

/// A finished run changes only by what its user says of it.
bool is_as_it_was(const RunInfo& run) {
  return run.record.state == RunState::finished && run.record_file == file_stamp(run.folder / kRecordFile) &&
         run.notes_file == file_stamp(run.folder / kNotesFile);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

const char* to_string(RunState state) {
  switch (state) {
    case RunState::running:
      return "running";
    case RunState::stopped:
      return "stopped";
    case RunState::failed:
      return "failed";
    case RunState::finished:
      return "finished";
  }
  return "stopped";
}

void write_run_record(const project::Project& declared, const fs::path& folder, RunRecord record) {
  const std::string text = project::format_project(declared);
  record.declaration = hash128(text).hex().substr(0, 16);
  const fs::path kept = declared.artifacts() / kDeclarationsFolder / (record.declaration + ".toml");
  std::error_code code;
  if (!fs::exists(kept, code)) {
    make_directories(kept.parent_path());
    write_atomically(kept, text);
  }
  write(folder / kRecordFile, to_json(record));
}

void write_run_notes(const fs::path& folder, const RunNotes& notes) {
  write(folder / kNotesFile, to_json(notes));
}

std::shared_ptr<const RunInfo> read_run_info(const fs::path& folder) {
  auto run = std::make_shared<RunInfo>();
  run->folder = folder;
  run->record_file = file_stamp(folder / kRecordFile);
  run->notes_file = file_stamp(folder / kNotesFile);
  try {
    run->record = run_record_from_json(nlohmann::json::parse(read_file(folder / kRecordFile)));
  } catch (const std::exception&) {
    return nullptr;  // no record, or one that a crash or another program broke
  }
  try {
    run->notes = run_notes_from_json(nlohmann::json::parse(read_file(folder / kNotesFile)));
  } catch (const std::exception&) {  // none yet
  }
  if (run->record.state == RunState::finished) read_outcome(*run);
  measure_folder(*run);
  return run;
}

RunList read_runs(const fs::path& artifacts, const RunList& known) {
  std::vector<fs::path> folders;
  for (const char* kind : {to_string(StepKind::pretrain), to_string(StepKind::specialize)})
    find_records(artifacts / kind, folders);
  std::unordered_map<std::string, std::shared_ptr<const RunInfo>> before;
  for (const auto& run : known) before.emplace(run->folder.string(), run);
  const bool in_use = store::ProjectLock::held(artifacts);
  RunList runs;
  for (const fs::path& folder : folders) {
    const auto found = before.find(folder.string());
    auto run = found != before.end() && is_as_it_was(*found->second) ? found->second : read_run_info(folder);
    if (run == nullptr) continue;
    if (run->record.state == RunState::running && !in_use) {
      auto stopped = std::make_shared<RunInfo>(*run);
      stopped->record.state = RunState::stopped;
      run = stopped;
    }
    runs.push_back(std::move(run));
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) {
    return std::tie(b->record.started, a->record.step) < std::tie(a->record.started, b->record.step);
  });
  return runs;
}

project::Project declaration_of(const project::Project& now, const RunInfo& run) {
  const fs::path kept = now.artifacts() / kDeclarationsFolder / (run.record.declaration + ".toml");
  try {
    return project::parse_project(read_file(kept), now.file);
  } catch (const Error& e) {
    throw Error(ErrorKind::run, {"the settings of run " + run.record.key + " cannot be read: " + e.text().found,
                                 kept.string(), "the project as it was when the run was started",
                                 "run.json in " + run.folder.string() + " has the settings of the run itself."});
  }
}

std::shared_ptr<const RunInfo> find_run(const RunList& runs, const std::string& named) {
  RunList fits;
  for (const auto& run : runs) {
    if (run->record.key == named) return run;
    const bool by_step = run->present && run->record.step.id() == named;
    if (by_step || run->notes.name == named || (named.size() >= 4 && run->record.key.starts_with(named)))
      fits.push_back(run);
  }
  if (fits.size() == 1) return fits.front();
  if (fits.empty()) {
    throw Error(ErrorKind::usage, {fmt::format("no run \"{}\"", named), "", "an id, the beginning of one, or a name",
                                   "pantograph runs PROJECT lists them."});
  }
  std::string all;
  for (const auto& run : fits) all += (all.empty() ? "" : ", ") + run->record.key;
  throw Error(ErrorKind::usage, {fmt::format("{} runs fit \"{}\"", fits.size(), named), "", "one of " + all, ""});
}

bool matches(const RunInfo& run, const std::string& search) {
  std::string all = run.record.title + '\n' + run.record.step.id() + '\n' + run.record.key + '\n' + run.notes.name +
                    '\n' + run.notes.note + '\n' + to_string(run.record.state);
  for (const std::string& tag : run.notes.tags) all += '\n' + tag;
  all = lower(std::move(all));
  const std::string words = lower(search);
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    if (all.find(words.substr(begin, end - begin)) == std::string::npos) return false;
    begin = end + 1;
  }
  return true;
}

void delete_run(const RunInfo& run) {
  if (run.record.state == RunState::running) {
    throw Error(ErrorKind::run,
                {"the run is going on", run.folder.string(), "a run that is not running", "Stop it first."});
  }
  std::error_code code;
  fs::remove_all(run.folder, code);
  if (code) {
    throw Error(ErrorKind::run,
                {"cannot be deleted: " + code.message(), run.folder.string(), "", "Check the folder's permissions."});
  }
}

}  // namespace pantograph::job
