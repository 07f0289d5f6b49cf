// SPDX-License-Identifier: GPL-3.0-or-later
// Import: files through a reader, UTF-8 check, exact duplicates dropped, split by document; streaming, into
// documents.h5.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "corpus/source_files.h"
#include "project/project.h"

namespace pantograph::corpus {

inline constexpr const char* kDocumentsFile = "documents.h5";  ///< what an import leaves

/// Documents that were left out for one reason.
struct LeftOut {
  std::uint64_t count = 0;
  std::vector<std::string> first;  ///< up to kShownPlaces: where, and more of the reason
};
inline constexpr std::size_t kShownPlaces = 5;

struct ImportSummary {
  std::uint64_t files = 0;                 ///< read
  std::uint64_t documents[kSplits] = {};   ///< kept
  std::uint64_t bytes[kSplits] = {};       ///< of text kept
  std::map<std::string, LeftOut> dropped;  ///< documents by reason: "duplicate", "not UTF-8", "too short", "empty", …
  SourcesLeftOut sources;
  std::map<std::string, std::uint64_t> encodings;  ///< files that are not UTF-8, by the encoding they were taken as
  std::vector<std::string> cut;  ///< documents that max_bytes ended in, and where; several where the user splits
};

/// "2,310 documents of 12 files; left out 12: 7 not UTF-8 (a.txt, …), 5 duplicate; 20 files that this reader does not
/// take (.csv 12, .pdf 8)": all that was read, and all that was not.
std::string import_sentence(const ImportSummary& summary);

/// Writes `documents.h5` into `folder`: per split a growing u8 set text/<split> and u64 end offsets ends/<split>.
/// Duplicates are exact (hash of the text) over all splits; with the user's own files the first of test, validation,
/// train keeps it, so that no test document is also trained on. The split of a document depends on seed and text only.
/// The document that goes beyond max_bytes is cut there, at a line's end if it has one, else at a character's.
/// Error(input) for: no file matches, unreadable file, broken content (from the reader), nothing left.
ImportSummary import_corpus(const project::CorpusSpec& corpus, const std::filesystem::path& project_folder,
                            std::uint64_t seed, const std::filesystem::path& folder, const TaskContext& task);

/// Reads documents back, in order.
class DocumentStore {
 public:
  explicit DocumentStore(const std::filesystem::path& folder);
  ~DocumentStore();
  DocumentStore(DocumentStore&&) noexcept;
  std::uint64_t documents(Split split) const;
  std::uint64_t bytes(Split split) const;
  std::string text(Split split, std::uint64_t index) const;
  /// Documents [begin, end) as texts, read in one go.
  std::vector<std::string> texts(Split split, std::uint64_t begin, std::uint64_t end) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pantograph::corpus
