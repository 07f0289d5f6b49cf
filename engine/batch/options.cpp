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

namespace pantograph::batch {
namespace {

/// Whether the first argument is a command's name.
bool names_command(int argc, char** argv) {
  if (argc < 2) return false;
  for (const char* name : {"runs", "prune", "preview", "models", "generate", "score", "export", "import", "serve"}) {
    if (std::strcmp(argv[1], name) == 0) return true;
  }
  return false;
}

void add_project(CLI::App& app, BatchOptions& options) {
  app.add_option("project", options.project, "Project file (NAME.pantograph)")->type_name("PROJECT");
}

void add_action(CLI::App& runs, BatchOptions& options, const char* name, const char* help, RunsOptions::Action action,
                int count, const std::function<void(CLI::App&)>& more = {}) {
  CLI::App* const command = runs.add_subcommand(name, help);
  auto* const named = command->add_option("run", options.runs.runs,
                                          "A run: its id or the beginning of one, its name, or its step's id");
  named->required()->type_name("RUN");
  if (count > 0) named->expected(count);
  if (more) more(*command);
  command->callback([&options, action] { options.runs.action = action; });
}

void add_runs(CLI::App& app, BatchOptions& options) {
  RunsOptions& o = options.runs;
  CLI::App* const runs =
      app.add_subcommand("runs", "The runs of a project, of its present settings and of earlier ones");
  add_project(*runs, options);
  runs->add_flag("--json", options.json, "One JSON object a line");
  runs->add_option("--search", o.search, "Only runs in whose title, name, tags or note all these words stand");
  runs->add_option("--state", o.state, "Only running, stopped, failed or finished ones")
      ->check(CLI::IsMember({"running", "stopped", "failed", "finished"}));
  runs->add_flag("--present", o.present, "Only runs of the project as it is declared now");
  runs->add_flag("--earlier", o.earlier, "Only runs of earlier settings")->excludes("--present");
  runs->add_flag("--starred", o.starred, "Only starred ones");
  runs->require_subcommand(0, 1)->fallthrough();
  using Action = RunsOptions::Action;
  add_action(*runs, options, "show", "Settings, inputs, times and results of a run", Action::show, 1);
  add_action(*runs, options, "compare", "Two runs: settings that differ, results that can be paired", Action::compare,
             2);
  add_action(*runs, options, "annotate", "Give a run a name, a note, tags, a star", Action::annotate, 1,
             [&o](CLI::App& command) {
               command.add_option("--name", o.name, "Its name; empty takes it away");
               command.add_option("--note", o.note, "Its note; empty takes it away");
               command.add_option("--tag", o.tags, "Add a tag")->expected(1)->take_all();
               command.add_option("--untag", o.untags, "Take a tag away")->expected(1)->take_all();
               command.add_flag("--star", o.star);
               command.add_flag("--unstar", o.unstar)->excludes("--star");
               command.add_flag("--keep", o.keep, "Its checkpoints stay when it is finished");
               command.add_flag("--no-keep", o.forget)->excludes("--keep");
             });
  add_action(*runs, options, "restore", "Write the settings that a run was made with back into the project file",
             Action::restore, 1);
  add_action(*runs, options, "delete", "Delete runs for good; without --yes, only say which", Action::remove, 0,
             [&options](CLI::App& command) { command.add_flag("--yes", options.yes, "Delete them"); });
  runs->callback([&options] { options.action = BatchOptions::Action::runs; });
}

void add_prune(CLI::App& app, BatchOptions& options) {
  CLI::App* const prune = app.add_subcommand(
      "prune", "What of a project's artifacts is of no more use; without --yes, only say what. Runs stay");
  add_project(*prune, options);
  prune->add_flag("--yes", options.yes, "Remove it");
  prune->add_flag("--json", options.json, "One JSON object a line");
  prune->callback([&options] { options.action = BatchOptions::Action::prune; });
}

void add_preview(CLI::App& app, BatchOptions& options) {
  PreviewOptions& o = options.preview;
  CLI::App* const preview = app.add_subcommand(
      "preview", "The first documents of files, folders or patterns, and what of them would be left out");
  preview->add_option("paths", o.texts.paths, "What a corpus would be made of")->required()->type_name("PATH");
  add_text_options(*preview, o.texts);
  preview->add_option("--documents", o.documents, "Show so many")->capture_default_str()->check(CLI::Range(1, 100'000));
  preview->add_flag("--json", options.json, "One JSON object a line");
  preview->callback([&options] { options.action = BatchOptions::Action::preview; });
}

}  // namespace

void add_text_options(CLI::App& command, TextOptions& o) {
  command.add_option("--reader", o.reader, "Id of a reader (--plugins lists them); else by the files' names");
  command.add_option("--text-field", o.text_field, "Of records: a field, or a template of several")
      ->capture_default_str();
  command.add_option("--encoding", o.encoding, "Of text files, as in windows-1252; else found out");
  command.add_option("--exclude", o.exclude, "A pattern to leave out")->expected(1)->take_all();
}

bool wants_batch(int argc, char** argv) {
  if (names_command(argc, argv)) return true;
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
  app.set_version_flag("--version", std::string("pantograph ") + job::program_version());
  app.add_option("--batch", batch_project, "Bring everything in PROJECT up to date, without a window")
      ->type_name("PROJECT");
  const bool command = names_command(argc, argv);
  if (!command) add_project(app, options);
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
  // Commands come first, so that a project called runs can still be named after an option.
  if (command) {
    add_runs(app, options);
    add_prune(app, options);
    add_preview(app, options);
    add_model_commands(app, options);
  } else {
    app.footer(
        "Commands, each with a --help of its own: pantograph runs PROJECT, pantograph prune PROJECT, "
        "pantograph preview PATH…, pantograph models PROJECT, pantograph generate MODEL, "
        "pantograph score MODEL FILE…, pantograph export MODEL OUT, pantograph import MODEL OUT, pantograph serve "
        "MODEL.");
  }
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
  using Action = BatchOptions::Action;
  bool of_project = true;
  for (const Action other :
       {Action::preview, Action::generate, Action::score, Action::export_model, Action::import_model, Action::serve})
    of_project = of_project && options.action != other;
  if (!plugins && !info && of_project && options.project.empty()) {
    std::cerr
        << "pantograph: no project was named; expected pantograph --batch NAME.pantograph. --help lists the options.\n";
    options.action = BatchOptions::Action::done;
    options.exit_code = exit_code(ErrorKind::usage);
  }
  return options;
}

}  // namespace pantograph::batch
