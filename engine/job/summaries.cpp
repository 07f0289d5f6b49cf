// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/summaries.h"

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

}  // namespace

json to_json(const ImportSummary& summary) {
  return {{"files", summary.files},
          {"documents", by_split(summary.documents)},
          {"bytes", by_split(summary.bytes)},
          {"dropped", summary.dropped},
          {"examples", summary.examples}};
}

ImportSummary import_summary_from_json(const json& from) {
  ImportSummary summary;
  summary.files = from.at("files");
  read_splits(from.at("documents"), summary.documents);
  read_splits(from.at("bytes"), summary.bytes);
  summary.dropped = from.at("dropped").get<std::map<std::string, std::uint64_t>>();
  summary.examples = from.at("examples").get<std::vector<std::string>>();
  return summary;
}

json to_json(const TokenSummary& summary) {
  return {{"documents", by_split(summary.documents)}, {"tokens", by_split(summary.tokens)}};
}

TokenSummary token_summary_from_json(const json& from) {
  TokenSummary summary;
  read_splits(from.at("documents"), summary.documents);
  read_splits(from.at("tokens"), summary.tokens);
  return summary;
}

}  // namespace pantograph
