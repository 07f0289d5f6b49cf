// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/record_fields.h"

#include "corpus/csv_reader.h"
#include "corpus/json_items.h"
#include "corpus/json_record.h"
#include "corpus/parquet_reader.h"

namespace pantograph::corpus {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr int kRecords = 20;                // that are looked at
constexpr std::uint64_t kBytes = 16 << 20;  // of the file, at most

Names names_of(JsonItems& items) {
  Names names;
  std::string item, source;
  for (int i = 0; i < kRecords && items.position() < kBytes && items.next(item, source); ++i)
    add_json_fields(item, names);
  return names;
}

struct Traits {
  const char* reader;
  bool encodings;
  Names (*fields)(const fs::path& file, const std::string& encoding);  ///< null: its documents are no records
};

constexpr Traits kTraits[] = {
    {"text", true, nullptr},
    {"html", true, nullptr},
    {"jsonl", true, [](const fs::path& file, const std::string& label) { return names_of(*json_lines(file, label)); }},
    {"json", true, [](const fs::path& file, const std::string& label) { return names_of(*json_values(file, label)); }},
    {"csv", true, csv_columns},
    {"parquet", false, [](const fs::path& file, const std::string&) { return parquet_columns(file); }},
};

const Traits* traits_of(const std::string& reader) {
  for (const Traits& traits : kTraits) {
    if (traits.reader == reader) return &traits;
  }
  return nullptr;
}

}  // namespace

bool reads_fields(const std::string& reader) {
  const Traits* const traits = traits_of(reader);
  return traits == nullptr || traits->fields != nullptr;
}

bool reads_encodings(const std::string& reader) {
  const Traits* const traits = traits_of(reader);
  return traits == nullptr || traits->encodings;
}

std::vector<std::string> record_fields(const std::string& reader, const fs::path& file, const std::string& encoding) {
  const Traits* const traits = traits_of(reader);
  if (traits == nullptr || traits->fields == nullptr) return {};
  Names names = traits->fields(file, encoding);
  // Braces make a template of a name.
  std::erase_if(names, [](const std::string& name) { return name.empty() || name.find_first_of("{}") != name.npos; });
  return names;
}

}  // namespace pantograph::corpus
