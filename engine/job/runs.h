// SPDX-License-Identifier: GPL-3.0-or-later
// Runs: a generic phase or a specialization that was started, with what it was made from and what came out. A run stays
// until its user deletes it, whatever the project declares by now. It is a folder of the artifacts: run.json is its
// record, notes.json what the user says of it, declarations/HASH.toml the project as it was declared then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file_stamp.h"
#include "job/step_key.h"
#include "measure/results.h"
#include "project/project.h"

namespace pantograph::job {

inline constexpr const char* kDeclarationsFolder = "declarations";

/// What its user says of a run.
struct RunNotes {
  std::string name, note;
  std::vector<std::string> tags;
  bool star = false;
  bool keep = false;  ///< its checkpoints stay when it is finished
  bool operator==(const RunNotes&) const = default;
};

enum class RunState { running, stopped, failed, finished };
const char* to_string(RunState state);

/// The record that is written when a run begins and when it ends.
struct RunRecord {
  StepKey step;
  std::string key;    ///< of its artifact: 16 hexadecimal digits, the run's id
  std::string title;  ///< "Pretrain slm-pn (seed 7)"
  RunState state = RunState::running;
  std::string error;                          ///< of a failed one
  nlohmann::json settings;                    ///< all that its result depends on, frozen, besides the inputs
  std::map<std::string, std::string> inputs;  ///< "STEP PART" to the hash of that content
  std::string declaration;                    ///< name of the project's text in declarations/
  std::string program, machine;
  std::string started, finished;  ///< ISO 8601, UTC; of the last session, finished empty before its end
  double seconds = 0;             ///< of work, over all sessions
};

/// One run of a project, as lists show it.
struct RunInfo {
  RunRecord record;
  RunNotes notes;
  std::filesystem::path folder;
  bool present = false;                           ///< of the project as it is declared now
  std::optional<measure::ResultRecord> result;    ///< of a finished specialization
  std::optional<double> generic_loss;             ///< of a finished generic phase, nats per token on its validation set
  std::uint64_t bytes = 0, checkpoint_bytes = 0;  ///< on disk, checkpoints included in the first
  std::optional<FileStamp> record_file, notes_file;  ///< as they were when this was read
};
using RunList = std::vector<std::shared_ptr<const RunInfo>>;

/// Writes run.json; `declaration` of the record is filled in from the project's text, which is kept once.
void write_run_record(const project::Project& declared, const std::filesystem::path& folder, RunRecord record);
/// Writes notes.json. Error(run) when it cannot.
void write_run_notes(const std::filesystem::path& folder, const RunNotes& notes);

/// Every run of a project's artifacts, the last started first. A run whose record says that it is running, but which no
/// process works on, was stopped. `known` are runs read before: those whose files did not change are taken from it.
RunList read_runs(const std::filesystem::path& artifacts, const RunList& known = {});
/// The run in a folder; null when there is none.
std::shared_ptr<const RunInfo> read_run_info(const std::filesystem::path& folder);

/// The project as it was declared when the run was last started, at the place of `now`. Error(run) when the text is
/// gone.
project::Project declaration_of(const project::Project& now, const RunInfo& run);

/// The run that a user names: by its id or the beginning of one, its name, or its step's id (then the present one).
/// Error(usage) when none or several fit.
std::shared_ptr<const RunInfo> find_run(const RunList& runs, const std::string& named);

/// Whether every word of `search` stands in the run's title, name, tags, note, id or state; case does not matter.
bool matches(const RunInfo& run, const std::string& search);

/// Removes the run's folder. Error(run) when it is running or cannot be removed.
void delete_run(const RunInfo& run);

}  // namespace pantograph::job
