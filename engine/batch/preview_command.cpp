// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph preview PATH…: the first documents of files, and what would be left out, before a corpus is made of them.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "batch/options.h"
#include "corpus/preview.h"

namespace pantograph::batch {
namespace {

constexpr std::size_t kShownBytes = 400;

/// The beginning of a text, cut at a character.
std::string beginning(const std::string& text) {
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

void print_json(const nlohmann::json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_as_json(const corpus::Preview& preview, const std::string& reader) {
  for (const corpus::Document& document : preview.first)
    print_json({{"event", "document"}, {"source", printable(document.source)}, {"text", document.text}});
  nlohmann::json left_out = nlohmann::json::object();
  for (const auto& [reason, one] : preview.summary.dropped)
    left_out[reason] = {{"count", one.count}, {"first", one.first}};
  print_json({{"event", "preview"},
              {"reader", reader},
              {"files", preview.files},
              {"files_read", preview.summary.files},
              {"whole", preview.whole},
              {"left_out", left_out},
              {"other_kinds", preview.summary.sources.other_kinds},
              {"passed_over", preview.summary.sources.passed_over},
              {"sentence", corpus::import_sentence(preview.summary)}});
}

void print_as_text(const corpus::Preview& preview, const std::string& reader) {
  for (const corpus::Document& document : preview.first) {
    fmt::print("--- {} ({})\n{}\n", printable(document.source), format_bytes(static_cast<double>(document.text.size())),
               beginning(document.text));
  }
  fmt::print("\nReader: {}. {}{}.\n", reader,
             preview.whole ? "" : "Of what was read: ", corpus::import_sentence(preview.summary));
  if (!preview.whole) fmt::print("{} of {} files were looked into.\n", preview.summary.files, preview.files);
  for (const auto& [reason, one] : preview.summary.dropped) {
    for (const std::string& place : one.first) fmt::print("  {}: {}\n", reason, place);
  }
}

}  // namespace

project::CorpusSpec corpus_of(const TextOptions& options, const std::string& name) {
  project::CorpusSpec corpus;
  corpus.name = name;
  corpus.paths = options.paths;
  corpus.exclude = options.exclude;
  corpus.text_field = options.text_field;
  corpus.encoding = options.encoding;
  corpus.reader = options.reader.empty() ? corpus::guess_reader(corpus.paths, ".") : options.reader;
  return corpus;
}

int preview_command(const BatchOptions& options) {
  const project::CorpusSpec corpus = corpus_of(options.preview.texts, "preview");
  TaskContext task;
  task.on_warning = [](const std::string& message) { fmt::print(stderr, "pantograph: warning: {}\n", message); };
  const corpus::Preview preview = corpus::preview_corpus(corpus, ".", options.preview.documents, task);
  options.json ? print_as_json(preview, corpus.reader) : print_as_text(preview, corpus.reader);
  if (!preview.first.empty()) return 0;
  if (!options.json) {
    fmt::print(stderr, "pantograph: no document {}.\n", preview.whole ? "would be taken" : "in what was looked into");
  }
  return exit_code(ErrorKind::input);
}

}  // namespace pantograph::batch
