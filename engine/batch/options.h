// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of the headless front end. Private to this room.
#pragma once

#include <string>
#include <vector>

namespace pantograph {

struct BatchOptions {
  enum class Action { run, status, dry_run, plugins, info, done } action = Action::run;
  std::string project;
  std::vector<std::string> only, set;
  std::string device = "cpu";
  int threads = 0;
  bool json = false;
  bool quiet = false;
  int exit_code = 0;  ///< for `done`: help and version were printed, or the usage was wrong
};

BatchOptions parse_options(int argc, char** argv);

/// pantograph --info; the exit code.
int print_info(const BatchOptions& options);

}  // namespace pantograph
