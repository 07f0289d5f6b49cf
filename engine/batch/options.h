// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of the headless front end. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batch/signals.h"
#include "infer/session.h"
#include "project/project.h"

namespace CLI {
class App;
}

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

/// Texts that a command reads as an import would.
struct TextOptions {
  std::vector<std::string> paths, exclude;
  std::string reader;  ///< empty: guessed
  std::string text_field = "text", encoding;
};
/// As a corpus, with its reader.
project::CorpusSpec corpus_of(const TextOptions& options, const std::string& name);

/// What `pantograph preview PATH…` is asked for.
struct PreviewOptions {
  TextOptions texts;
  std::uint64_t documents = 5;
};

/// What `pantograph generate MODEL` and `pantograph score MODEL FILE…` are asked for.
struct UseOptions {
  std::string model;
  std::string experts;  ///< of a projected network: "3", or "0:0.5,3:0.5"
  std::vector<std::string> expert_for;  ///< texts of which the expert that predicts them best is taken
  std::string precision = "fp32";
  std::vector<std::string> prompts;  ///< to answer; none: standard input
  infer::GenerateSettings generate;
  TextOptions texts;                ///< to score
  bool choices = false;             ///< the files hold questions
  std::string format, number, out;  ///< to export; to import: model, out
  std::string host = "127.0.0.1";   ///< to serve
  int port = 8080;
};

struct BatchOptions {
  enum class Action {
    run,
    status,
    dry_run,
    plugins,
    info,
    runs,
    prune,
    preview,
    models,
    generate,
    score,
    export_model,
    import_model,
    serve,
    done
  } action = Action::run;
  std::string project;
  std::vector<std::string> only, set;
  std::string device = "cpu";
  int threads = 0;
  bool json = false;
  bool quiet = false;
  bool yes = false;  ///< runs delete, prune: do it
  RunsOptions runs;
  PreviewOptions preview;
  UseOptions use;
  int exit_code = 0;  ///< for `done`: help and version were printed, or the usage was wrong
};

BatchOptions parse_options(int argc, char** argv);

/// pantograph --info; the exit code.
int print_info(const BatchOptions& options);
/// pantograph runs, pantograph prune, pantograph preview; the exit code.
int runs_command(const BatchOptions& options);
int prune_command(const BatchOptions& options);
int preview_command(const BatchOptions& options);

/// Reader, text field, encoding and what is left out.
void add_text_options(CLI::App& command, TextOptions& options);
/// The commands about models: their options, and what they do. 130 after a signal.
void add_model_commands(CLI::App& app, BatchOptions& options);
int models_command(const BatchOptions& options);
int generate_command(const BatchOptions& options, StopSignals& signals);
int score_command(const BatchOptions& options, StopSignals& signals);
int export_command(const BatchOptions& options);
int import_command(const BatchOptions& options, StopSignals& signals);
int serve_command(const BatchOptions& options, StopSignals& signals);

}  // namespace pantograph::batch
