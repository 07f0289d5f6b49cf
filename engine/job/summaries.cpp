// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/summaries.h"

#include "base/error.h"

namespace pantograph {
namespace {

using nlohmann::json;

json by_split(const std::uint64_t (&values)[kSplits]) {
  json out = json::object();
  for (int s = 0; s < kSplits; ++s) out[to_string(static_cast<Split>(s))] = values[s];
  return out;
}

void read_splits(const json& from, std::uint64_t (&values)[kSplits]) {
  for (int s = 0; s < kSplits; ++s) values[s] = from.at(to_string(static_cast<Split>(s)));
}

constexpr const char* kFile = "summary.json";

template <typename Summary, typename Read>
Summary read_summary(const Artifact& artifact, Read&& read) {
  const json from = artifact.read_json(kFile);
  try {
    Summary summary;
    read(from, summary);
    return summary;
  } catch (const json::exception& e) {
    throw Error(ErrorKind::run,
                {std::string("damaged: ") + e.what(), artifact.file(kFile).string(), "the summary of a finished step",
                 "Delete the folder " + artifact.folder().string() + " and run again."});
  }
}

}  // namespace

json to_json(const ImportSummary& summary) {
  return {{"files", summary.files},
          {"documents", by_split(summary.documents)},
          {"bytes", by_split(summary.bytes)},
          {"dropped", summary.dropped},
          {"examples", summary.examples}};
}

json to_json(const TokenSummary& summary) {
  return {{"documents", by_split(summary.documents)}, {"tokens", by_split(summary.tokens)}};
}

ImportSummary read_import_summary(const Artifact& artifact) {
  return read_summary<ImportSummary>(artifact, [](const json& from, ImportSummary& summary) {
    summary.files = from.at("files");
    read_splits(from.at("documents"), summary.documents);
    read_splits(from.at("bytes"), summary.bytes);
    summary.dropped = from.at("dropped").get<std::map<std::string, std::uint64_t>>();
    summary.examples = from.at("examples").get<std::vector<std::string>>();
  });
}

TokenSummary read_token_summary(const Artifact& artifact) {
  return read_summary<TokenSummary>(artifact, [](const json& from, TokenSummary& summary) {
    read_splits(from.at("documents"), summary.documents);
    read_splits(from.at("tokens"), summary.tokens);
  });
}

}  // namespace pantograph
