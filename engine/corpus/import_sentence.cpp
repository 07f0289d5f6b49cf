// SPDX-License-Identifier: GPL-3.0-or-later
// What an import took and what it left out, for people.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/numbers.h"
#include "corpus/distinct.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kMostKinds = 12;

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;

/// The most frequent first.
Counts sorted(const std::map<std::string, std::uint64_t>& counts) {
  Counts out(counts.begin(), counts.end());
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", format_grouped(count), what, count == 1 ? "" : "s");
}

/// The most frequent ones, and how many more there are: a folder may hold files of a hundred kinds.
std::string list(const std::map<std::string, std::uint64_t>& counts) {
  std::string out;
  std::size_t named = 0;
  for (const auto& [what, count] : sorted(counts)) {
    if (named++ == kMostKinds && counts.size() > kMostKinds + 1)
      return fmt::format("{}, {} other kinds", out, format_grouped(counts.size() - kMostKinds));
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", what, format_grouped(count));
  }
  return out;
}

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t all = 0;
  for (const auto& entry : counts) all += entry.second;
  return all;
}

std::string dropped_part(const std::map<std::string, LeftOut>& dropped) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [reason, left_out] : dropped) counts[reason] = left_out.count;
  if (counts.empty()) return {};
  std::string out;
  for (const auto& [reason, count] : sorted(counts)) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", format_grouped(count), reason);
    const auto& first = dropped.at(reason).first;
    if (reason == "duplicate" || reason == kNearCopyReason || first.empty()) continue;  // there is nothing to mend
    out += fmt::format(" ({}{})", std::filesystem::path(first.front()).filename().string(), count > 1 ? ", …" : "");
  }
  return fmt::format("; left out {}: {}", format_grouped(sum(counts)), out);
}

}  // namespace

std::string import_sentence(const ImportSummary& summary) {
  std::uint64_t documents = 0;
  for (const std::uint64_t of_split : summary.documents) documents += of_split;
  std::string out = fmt::format("{} of {}", counted(documents, "document"), counted(summary.files, "file"));
  if (!summary.encodings.empty()) out += fmt::format("; not in UTF-8: {}", list(summary.encodings));
  out += dropped_part(summary.dropped);
  for (const std::string& where : summary.cut) out += fmt::format("; cut by max_bytes: {}", where);
  const SourcesLeftOut& sources = summary.sources;
  if (!sources.other_kinds.empty()) {
    out += fmt::format("; {} that this reader does not take ({})", counted(sum(sources.other_kinds), "file"),
                       list(sources.other_kinds));
  }
  if (!sources.passed_over.empty()) out += fmt::format("; passed over: {}", list(sources.passed_over));
  if (sources.excluded > 0) out += fmt::format("; excluded: {}", counted(sources.excluded, "file"));
  return out;
}

}  // namespace pantograph::corpus
