// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of the headless front end. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pantograph::batch {

/// What `pantograph runs PROJECT …` is asked for.
struct RunsOptions {
  enum class Action { list, show, compare, annotate, restore, remove } action = Action::list;
  std::vector<std::string> runs;  ///< as find_run() takes them
  std::string search, state;      ///< of the list
  bool present = false, earlier = false, starred = false;
  std::optional<std::string> name, note;  ///< to annotate
  std::vector<std::string> tags, untags;
  bool star = false, unstar = false, keep = false, forget = false;
};

/// What `pantograph preview PATH…` is asked for.
struct PreviewOptions {
  std::vector<std::string> paths, exclude;
  std::string reader;  ///< empty: guessed
  std::string text_field = "text", encoding;
  std::uint64_t documents = 5;
};

struct BatchOptions {
  enum class Action { run, status, dry_run, plugins, info, runs, prune, preview, done } action = Action::run;
  std::string project;
  std::vector<std::string> only, set;
  std::string device = "cpu";
  int threads = 0;
  bool json = false;
  bool quiet = false;
  bool yes = false;  ///< runs delete, prune: do it
  RunsOptions runs;
  PreviewOptions preview;
  int exit_code = 0;  ///< for `done`: help and version were printed, or the usage was wrong
};

BatchOptions parse_options(int argc, char** argv);

/// pantograph --info; the exit code.
int print_info(const BatchOptions& options);
/// pantograph runs, pantograph prune, pantograph preview; the exit code.
int runs_command(const BatchOptions& options);
int prune_command(const BatchOptions& options);
int preview_command(const BatchOptions& options);

}  // namespace pantograph::batch
