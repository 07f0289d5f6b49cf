// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of imports share.
#pragma once

#include <map>

#include "corpus/import.h"
#include "corpus_support.h"

inline pantograph::project::CorpusSpec spec(const std::string& reader, std::vector<std::string> paths) {
  pantograph::project::CorpusSpec out;
  out.name = "sample";
  out.reader = reader;
  out.paths = std::move(paths);
  return out;
}

inline std::map<std::string, pantograph::corpus::Split> splits_of(const std::filesystem::path& folder) {
  std::map<std::string, pantograph::corpus::Split> out;
  const pantograph::corpus::DocumentStore store(folder);
  for (const pantograph::corpus::Split split :
       {pantograph::corpus::Split::train, pantograph::corpus::Split::validation, pantograph::corpus::Split::test}) {
    for (const std::string& text : store.texts(split, 0, store.documents(split))) out.emplace(text, split);
  }
  return out;
}

inline std::map<std::string, std::uint64_t> counts(const pantograph::corpus::ImportSummary& summary) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& [reason, left_out] : summary.dropped) out[reason] = left_out.count;
  return out;
}
