// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <sstream>

#include "base/error.h"
#include "batch/batch.h"
#include "job/engine.h"

namespace pantograph {

bool wants_batch(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    for (const char* word : {"--batch", "--status", "--dry-run", "--plugins", "--info", "--help", "-h", "--version"}) {
      const std::size_t length = std::strlen(word);
      if (std::strncmp(argv[i], word, length) == 0 && (argv[i][length] == '\0' || argv[i][length] == '=')) return true;
    }
  }
  return false;
}

BatchOptions parse_options(int argc, char** argv) {
  BatchOptions options;
  bool status = false, dry_run = false, plugins = false, info = false;
  std::string batch_project;
  CLI::App app(
      "Pantograph: a workbench for projected language models.\n"
      "Without --batch it opens the window: pantograph [PROJECT], or pantograph --run PROJECT to start at once.",
      "pantograph");
  app.set_version_flag("--version", std::string("pantograph ") + program_version());
  app.add_option("--batch", batch_project, "Bring everything in PROJECT up to date, without a window")
      ->type_name("PROJECT");
  app.add_option("project", options.project, "Project file (NAME.pantograph)")->type_name("PROJECT");
  app.add_flag("--status", status, "Print which steps are up to date, and do nothing");
  app.add_flag("--dry-run", dry_run, "Print what would be done, with estimates of the time, and do nothing");
  app.add_flag("--plugins", plugins, "List the readers and the plugins that were found");
  app.add_flag("--info", info, "Print what this machine has and how fast it is: processor, memory, BLAS, GPUs");
  app.add_option("--only", options.only,
                 "Only this step (and what it needs): a step's id or its first part, e.g. pretrain/slm")
      ->type_name("STEP");
  app.add_option("--set", options.set, "Change a setting for this run, e.g. method.slm-pn.generic.tokens=2M")
      ->type_name("KEY=VALUE");
  app.add_option("--device", options.device, "cpu, cuda or cuda:N")->capture_default_str();
  app.add_option("--threads", options.threads, "Threads to compute with; 0: all cores")->check(CLI::Range(0, 4096));
  app.add_flag("--json", options.json, "Print one JSON event a line");
  app.add_flag("-q,--quiet", options.quiet, "Print warnings and errors only");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    options.action = BatchOptions::Action::done;
    // CLI11 has its own exit codes; help and version are 0, everything else is a wrong use.
    std::ostringstream text, message;
    options.exit_code = app.exit(e, text, message) == 0 ? 0 : exit_code(ErrorKind::usage);
    std::fputs(text.str().c_str(), stdout);  // whether that could be written is seen at the end
    std::fputs(message.str().c_str(), stderr);
    return options;
  }
  if (!batch_project.empty()) options.project = batch_project;
  if (status) options.action = BatchOptions::Action::status;
  if (dry_run) options.action = BatchOptions::Action::dry_run;
  if (plugins) options.action = BatchOptions::Action::plugins;
  if (info) options.action = BatchOptions::Action::info;
  if (!plugins && !info && options.project.empty()) {
    std::cerr
        << "pantograph: no project was named; expected pantograph --batch NAME.pantograph. --help lists the options.\n";
    options.action = BatchOptions::Action::done;
    options.exit_code = exit_code(ErrorKind::usage);
  }
  return options;
}

}  // namespace pantograph
