// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of the commands about models.
#include <CLI/CLI.hpp>

#include "batch/options.h"
#include "exchange/exporter.h"
#include "exchange/importer.h"

namespace pantograph::batch {
namespace {

void add_model(CLI::App& command, BatchOptions& options, bool computes) {
  UseOptions& o = options.use;
  command.add_option("model", o.model, "A model's file: pantograph models PROJECT lists them")
      ->required()
      ->type_name("MODEL");
  command.add_option("--expert", o.experts, "Of a projected network: an expert, or a mixture, as in 0:0.5,3:0.5");
  command
      .add_option("--expert-for", o.expert_for,
                  "Of a projected network: the expert that predicts the texts of this file or folder best")
      ->expected(1)
      ->take_all()
      ->type_name("FILE")
      ->excludes("--expert");
  command.add_flag("--json", options.json, "One JSON object a line");
  if (!computes) return;
  command.add_option("--precision", o.precision)->capture_default_str()->check(CLI::IsMember({"fp32", "bf16"}));
  command.add_option("--threads", options.threads, "Threads to compute with; 0: all cores")->check(CLI::Range(0, 4096));
}

void add_models(CLI::App& app, BatchOptions& options) {
  CLI::App* const models = app.add_subcommand("models", "The models of a project: finished networks, by file");
  models->add_option("project", options.project, "Project file (NAME.pantograph)")->type_name("PROJECT");
  models->add_flag("--json", options.json, "One JSON object a line");
  models->callback([&options] { options.action = BatchOptions::Action::models; });
}

void add_generate(CLI::App& app, BatchOptions& options) {
  infer::GenerateSettings& g = options.use.generate;
  infer::SamplingSettings& s = g.sampling;
  CLI::App* const generate = app.add_subcommand("generate", "What a model goes on with after a prompt");
  add_model(*generate, options, true);
  generate
      ->add_option("--prompt", options.use.prompts,
                   "Text to go on from; several are answered side by side. None: "
                   "standard input")
      ->expected(1)
      ->take_all();
  generate->add_option("--max-tokens", g.max_tokens, "Longest answer, in tokens")->capture_default_str();
  generate->add_option("--temperature", s.temperature, "0: the most likely token, always")->capture_default_str();
  generate->add_option("--top-k", s.top_k, "Draw among so many of the most likely; 0: all")->capture_default_str();
  generate->add_option("--top-p", s.top_p, "Draw among the most likely that have this probability together")
      ->capture_default_str();
  generate->add_option("--min-p", s.min_p, "Draw among those with this share of the most likely one's probability")
      ->capture_default_str();
  generate->add_option("--repetition-penalty", s.repetition_penalty, "Above 1: less likely what stands there already")
      ->capture_default_str();
  generate->add_option("--seed", s.seed, "The same seed, the same answer")->capture_default_str();
  generate->add_option("--stop", g.stop, "End before this text")->expected(1)->take_all();
  generate->add_option("--candidates", g.candidates, "With --json: so many of the likeliest tokens for each")
      ->check(CLI::Range(0, 1000));
  generate->add_flag("--prompt-tokens", g.prompts, "With --json: the prompt's own tokens with their log-probabilities");
  generate->callback([&options] { options.action = BatchOptions::Action::generate; });
}

void add_score(CLI::App& app, BatchOptions& options) {
  UseOptions& o = options.use;
  CLI::App* const score = app.add_subcommand(
      "score", "How well a model predicts texts: bits per byte, perplexity; or which answers it picks");
  add_model(*score, options, true);
  score->add_option("--device", options.device, "cpu, cuda or cuda:N")->capture_default_str();
  score->add_option("paths", o.texts.paths, "Files, folders or patterns")->required()->type_name("FILE");
  score->add_flag(
      "--choices", o.choices,
      "The files are JSON lines of questions: {\"context\", \"choices\", \"answer\"} or {\"sentence_good\", "
      "\"sentence_bad\"}");
  add_text_options(*score, o.texts);
  score->callback([&options] { options.action = BatchOptions::Action::score; });
}

void add_export(CLI::App& app, BatchOptions& options) {
  UseOptions& o = options.use;
  CLI::App* const command = app.add_subcommand("export", "A model in another program's format");
  add_model(*command, options, false);
  std::string formats, numbers;
  for (const exchange::Exporter& one : exchange::exporters()) {
    formats += (formats.empty() ? "" : "; ") + one.id + ": " + one.title;
    for (const std::string& number : one.numbers) {
      if (numbers.find(number) == std::string::npos) numbers += (numbers.empty() ? "" : ", ") + number;
    }
  }
  command->add_option("out", o.out, "File or folder to write: it is not there yet")->required()->type_name("OUT");
  command->add_option("--format", o.format, formats)->required();
  command->add_option("--number", o.number,
                      "How matrices are written: " + numbers + " (not all formats have all); else f32");
  command->callback([&options] { options.action = BatchOptions::Action::export_model; });
}

void add_import(CLI::App& app, BatchOptions& options) {
  UseOptions& o = options.use;
  CLI::App* const command =
      app.add_subcommand("import", "Another program's model as one of this program, to answer, to score and to export");
  std::string formats;
  for (const exchange::Importer& one : exchange::importers()) formats += (formats.empty() ? "" : "; ") + one.title;
  command->add_option("from", o.model, formats)->required()->type_name("MODEL");
  command->add_option("out", o.out, "File to write: it is not there yet")->required()->type_name("OUT.h5");
  command->add_flag("--json", options.json, "One JSON object a line");
  command->callback([&options] { options.action = BatchOptions::Action::import_model; });
}

void add_serve(CLI::App& app, BatchOptions& options) {
  UseOptions& o = options.use;
  CLI::App* const command =
      app.add_subcommand("serve", "Answer over HTTP as OpenAI's completions do: POST /v1/completions, GET /v1/models");
  add_model(*command, options, true);
  command->add_option("--host", o.host, "Address to listen on; another than this one lets other machines in")
      ->capture_default_str();
  command->add_option("--port", o.port, "0: one that is free")->capture_default_str()->check(CLI::Range(0, 65535));
  command->callback([&options] { options.action = BatchOptions::Action::serve; });
}

}  // namespace

void add_model_commands(CLI::App& app, BatchOptions& options) {
  add_models(app, options);
  add_generate(app, options);
  add_score(app, options);
  add_export(app, options);
  add_import(app, options);
  add_serve(app, options);
}

}  // namespace pantograph::batch
