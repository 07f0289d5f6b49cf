// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/summaries.h"

#include "base/error.h"
#include "corpus/distinct.h"
#include "overlap/overlap_json.h"

namespace pantograph::job {
namespace {

using nlohmann::json;

json by_split(const std::uint64_t (&values)[corpus::kSplits]) {
  json out = json::object();
  for (int s = 0; s < corpus::kSplits; ++s) out[corpus::to_string(static_cast<corpus::Split>(s))] = values[s];
  return out;
}

void read_splits(const json& from, std::uint64_t (&values)[corpus::kSplits]) {
  for (int s = 0; s < corpus::kSplits; ++s) values[s] = from.at(corpus::to_string(static_cast<corpus::Split>(s)));
}

constexpr const char* kFile = "summary.json";

template <typename Summary, typename Read>
Summary read_summary(const store::Artifact& artifact, Read&& read, const char* file = kFile) {
  const json from = artifact.read_json(file);
  try {
    Summary summary;
    read(from, summary);
    return summary;
  } catch (const json::exception& e) {
    throw Error(ErrorKind::run,
                {std::string("damaged: ") + e.what(), artifact.file(file).string(), "the summary of a finished step",
                 "Delete the folder " + artifact.folder().string() + " and run again."});
  }
}

}  // namespace

json to_json(const corpus::ImportSummary& summary) {
  json dropped = json::object();
  for (const auto& [reason, left_out] : summary.dropped)
    dropped[reason] = {{"count", left_out.count}, {"first", left_out.first}};
  return {{"files", summary.files},
          {"documents", by_split(summary.documents)},
          {"bytes", by_split(summary.bytes)},
          {"dropped", std::move(dropped)},
          {"cut", summary.cut},
          {"encodings", summary.encodings},
          {"other_kinds", summary.sources.other_kinds},
          {"passed_over", summary.sources.passed_over},
          {"excluded", summary.sources.excluded}};
}

json to_json(const token::TokenSummary& summary) {
  return {{"documents", by_split(summary.documents)}, {"tokens", by_split(summary.tokens)}};
}

corpus::ImportSummary read_import_summary(const store::Artifact& artifact) {
  return read_summary<corpus::ImportSummary>(artifact, [](const json& from, corpus::ImportSummary& summary) {
    summary.files = from.at("files");
    read_splits(from.at("documents"), summary.documents);
    read_splits(from.at("bytes"), summary.bytes);
    for (const auto& [reason, left_out] : from.at("dropped").items()) {
      summary.dropped[reason] = {left_out.at("count").get<std::uint64_t>(),
                                 left_out.at("first").get<std::vector<std::string>>()};
    }
    from.at("cut").get_to(summary.cut);
    from.at("encodings").get_to(summary.encodings);
    from.at("other_kinds").get_to(summary.sources.other_kinds);
    from.at("passed_over").get_to(summary.sources.passed_over);
    from.at("excluded").get_to(summary.sources.excluded);
  });
}

overlap::Overlap read_overlap(const store::Artifact& artifact) {
  return read_summary<overlap::Overlap>(
      artifact, [](const json& from, overlap::Overlap& found) { found = overlap::overlap_from_json(from); },
      overlap::kOverlapFile);
}

corpus::ImportSummary read_corpus_summary(const StepGraph& graph, const std::string& corpus) {
  corpus::ImportSummary imported = read_import_summary(graph.at(StepKey::import(corpus)).artifact);
  const Step* distinct = graph.find(StepKey::distinct(corpus));
  if (distinct == nullptr || !distinct->complete()) return imported;
  return corpus::after_leaving_out(std::move(imported), read_import_summary(distinct->artifact));
}

token::TokenSummary read_token_summary(const store::Artifact& artifact) {
  return read_summary<token::TokenSummary>(artifact, [](const json& from, token::TokenSummary& summary) {
    read_splits(from.at("documents"), summary.documents);
    read_splits(from.at("tokens"), summary.tokens);
  });
}

}  // namespace pantograph::job
