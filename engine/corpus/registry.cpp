// SPDX-License-Identifier: GPL-3.0-or-later
#include <fnmatch.h>

#include <mutex>

#include "base/error.h"
#include "corpus/csv_reader.h"
#include "corpus/document.h"
#include "corpus/parquet_reader.h"
#include "corpus/readers.h"

namespace pantograph::corpus {
namespace {

/// Each suffix plain and compressed.
std::vector<std::string> patterns_of(std::initializer_list<const char*> suffixes) {
  std::vector<std::string> out;
  for (const char* suffix : suffixes) {
    for (const char* packed : {"", ".gz", ".zst", ".xz", ".bz2"}) out.push_back(std::string("*.") + suffix + packed);
  }
  return out;
}

}  // namespace

ReaderRegistry& ReaderRegistry::instance() {
  static ReaderRegistry registry;
  return registry;
}

void ReaderRegistry::add(ReaderInfo info) {
  if (info.id.empty() || !info.open) {
    throw Error(ErrorKind::run, {"a reader without an id or a function that opens files", info.origin, "both", ""});
  }
  const auto known = readers_.find(info.id);
  if (known != readers_.end()) {
    throw Error(ErrorKind::run, {"the reader id \"" + info.id + "\" is taken by " + known->second.origin, info.origin,
                                 "an id of its own", "Remove one of the two."});
  }
  std::string id = info.id;
  readers_.emplace(std::move(id), std::move(info));
}

const ReaderInfo* ReaderRegistry::find(const std::string& id) const {
  const auto it = readers_.find(id);
  return it == readers_.end() ? nullptr : &it->second;
}

const ReaderInfo& ReaderRegistry::get(const std::string& id) const {
  if (const ReaderInfo* reader = find(id)) return *reader;
  std::string known;
  for (const auto& [name, reader] : readers_) known += (known.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::project, {"unknown reader \"" + id + "\"", "", "one of: " + known,
                                   "If a plugin brings it, look at the list of plugins for an error."});
}

std::vector<const ReaderInfo*> ReaderRegistry::all() const {
  std::vector<const ReaderInfo*> out;
  for (const auto& [id, reader] : readers_) out.push_back(&reader);
  return out;
}

bool ReaderRegistry::fits(const ReaderInfo& reader, const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  for (const std::string& pattern : reader.patterns) {
    if (::fnmatch(pattern.c_str(), name.c_str(), FNM_CASEFOLD) == 0) return true;
  }
  return false;
}

std::string ReaderRegistry::guess(const std::filesystem::path& path) const {
  for (const auto& [id, reader] : readers_) {
    if (fits(reader, path)) return id;
  }
  return "text";
}

void register_built_in_readers() {
  static std::once_flag once;
  std::call_once(once, [] {
    ReaderRegistry& registry = ReaderRegistry::instance();
    registry.add({"text", "Plain text", patterns_of({"txt", "text", "md", "rst"}), open_text, "built in"});
    registry.add({"jsonl", "JSON lines", patterns_of({"jsonl", "ndjson"}), open_jsonl, "built in"});
    registry.add({"json", "JSON", patterns_of({"json"}), open_json, "built in"});
    registry.add({"html", "HTML", patterns_of({"html", "htm", "xhtml"}), open_html, "built in"});
    registry.add({"csv", "CSV and TSV tables", patterns_of({"csv", "tsv"}), open_csv, "built in"});
    registry.add({"parquet", "Parquet", {"*.parquet"}, open_parquet, "built in"});
  });
}

}  // namespace pantograph::corpus
