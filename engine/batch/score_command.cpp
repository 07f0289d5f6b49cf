// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph score MODEL FILE…: how well a model predicts texts, or which of several answers it holds most likely.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "batch/use_model.h"
#include "corpus/import.h"
#include "corpus/intake.h"
#include "infer/scoring.h"

namespace pantograph::batch {
namespace {

using nlohmann::json;

constexpr std::size_t kBytesAtOnce = 4 << 20;

void print_line(const json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// Null where there is nothing to divide by.
json numbers(const char* event, const infer::Score& score) {
  json out = {{"event", event}, {"tokens", score.tokens}, {"bytes", score.bytes}, {"nats", score.nats}};
  out["perplexity"] = score.tokens > 0 ? json(score.perplexity()) : json();
  out["bits_per_byte"] = score.bytes > 0 ? json(score.bits_per_byte()) : json();
  return out;
}

/// Scores documents as they come, many at a time.
class Documents {
 public:
  Documents(const UsedModel& model, const BatchOptions& options, const TaskContext& task)
      : model_(model), options_(options), task_(task) {}

  void add(const corpus::Document& document) {
    sources_.push_back(document.source);
    texts_.push_back(document.text);
    waiting_ += document.text.size();
    if (waiting_ >= kBytesAtOnce) score();
  }

  infer::Score finish() {
    score();
    return all_;
  }

 private:
  void score() {
    const std::vector<infer::Score> scores =
        infer::score_texts(*model_.network, *model_.tokenizer, texts_, options_.use.precision, {task_.control, {}, {}});
    for (std::size_t i = 0; i < scores.size(); ++i) {
      all_ += scores[i];
      if (!options_.json) continue;
      json line = numbers("document", scores[i]);
      line["source"] = printable(sources_[i]);
      print_line(line);
    }
    texts_.clear(), sources_.clear();
    waiting_ = 0;
  }

  const UsedModel& model_;
  const BatchOptions& options_;
  const TaskContext& task_;
  std::vector<std::string> sources_, texts_;
  std::size_t waiting_ = 0;
  infer::Score all_;
};

int score_documents(const UsedModel& model, const BatchOptions& options, const TaskContext& task) {
  const project::CorpusSpec corpus = corpus_of(options.use.texts, "score");
  Documents documents(model, options, task);
  const corpus::ImportSummary summary = corpus::take_documents(
      corpus, corpus::source_files(corpus, ".", task), 0,
      [&](corpus::Split, const corpus::Document& document) { documents.add(document); }, task);
  const infer::Score all = documents.finish();
  if (options.json) {
    json line = numbers("score", all);
    line["documents"] = all.documents;
    line["model"] = model.facts.name;
    line["sentence"] = corpus::import_sentence(summary);
    print_line(line);
  } else {
    fmt::print("{}\n{}.\n", model.facts.name, corpus::import_sentence(summary));
    if (all.tokens > 0) {
      fmt::print("{} tokens, {} bytes: {:.4f} bits per byte, perplexity {} (of tokens of this model's tokenizer)\n",
                 format_grouped(all.tokens), format_grouped(all.bytes), all.bits_per_byte(),
                 format_perplexity(all.perplexity()));
    }
  }
  if (all.tokens > 0) return 0;
  fmt::print(stderr, "pantograph: no document was scored.\n");
  return exit_code(ErrorKind::input);
}

int score_choices(const UsedModel& model, const BatchOptions& options, const TaskContext& task) {
  std::vector<infer::Question> questions;
  std::vector<std::string> places;
  for (const std::string& path : options.use.texts.paths) {
    std::ifstream file(path);
    if (!file) throw Error(ErrorKind::input, {"no such file, or it cannot be read", path, "JSON lines", ""});
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      places.push_back(fmt::format("{}:{}", path, number));
      questions.push_back(infer::question_from_json(line, places.back()));
    }
  }
  if (questions.empty())
    throw Error(ErrorKind::input, {"no questions", options.use.texts.paths.front(), "JSON lines", ""});
  const std::vector<infer::Answered> answers =
      infer::answer(*model.network, *model.tokenizer, questions, options.use.precision, task);
  const infer::Accuracy sum = infer::accuracy(questions, answers);
  if (options.json) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
      print_line({{"event", "question"},
                  {"source", printable(places[i])},
                  {"answer", questions[i].answer},
                  {"most_likely", answers[i].most_likely},
                  {"most_likely_by_bytes", answers[i].most_likely_by_bytes},
                  {"log_likelihoods", answers[i].log_likelihoods}});
    }
    print_line({{"event", "score"},
                {"model", model.facts.name},
                {"questions", sum.questions},
                {"accuracy", sum.accuracy},
                {"accuracy_by_bytes", sum.accuracy_by_bytes},
                {"chance", sum.chance},
                {"standard_error", sum.error}});
    return 0;
  }
  fmt::print("{}\n{} questions: {:.1f} % right (± {:.1f}, one standard error), {:.1f} % by bytes; by chance {:.1f} %\n",
             model.facts.name, format_grouped(sum.questions), 100 * sum.accuracy, 100 * sum.error,
             100 * sum.accuracy_by_bytes, 100 * sum.chance);
  return 0;
}

}  // namespace

int score_command(const BatchOptions& options, StopSignals& signals) {
  const UsedModel model = use_model(options);
  Control control;
  const StopCall on_signal(signals, [&] { control.stop(); });
  TaskContext task;
  task.control = &control;
  task.on_warning = [](const std::string& message) { fmt::print(stderr, "pantograph: warning: {}\n", message); };
  return options.use.choices ? score_choices(model, options, task) : score_documents(model, options, task);
}

}  // namespace pantograph::batch
