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
#include "project/project.h"

namespace pantograph::corpus {

enum class Split { train, validation, test };
inline constexpr int kSplits = 3;
inline constexpr const char* kDocumentsFile = "documents.h5";  ///< what an import leaves
const char* to_string(Split split);

struct ImportSummary {
  std::uint64_t files = 0;
  std::uint64_t documents[kSplits] = {};  ///< kept
  std::uint64_t bytes[kSplits] = {};      ///< of text kept
  std::map<std::string, std::uint64_t>
      dropped;                        ///< reason ("duplicate", "invalid UTF-8", "too short", "empty") to count
  std::vector<std::string> examples;  ///< up to 20 messages about what was dropped, with its source
};

/// Writes `documents.h5` into `folder`: per split a growing u8 set text/<split> and u64 end offsets ends/<split>.
/// Duplicates are exact (hash of the text) over all splits; with the user's own files the first of test, validation,
/// train keeps it, so that no test document is also trained on. The split of a document depends on seed and text only.
/// Error(input) for: no file matches, unreadable file, broken content (from the reader), nothing left.
ImportSummary import_corpus(const project::CorpusSpec& corpus, const std::filesystem::path& project_folder,
                            std::uint64_t seed, const std::filesystem::path& folder, const TaskContext& task);

/// Files that the corpus names, with their split (null pattern lists give `split by seed`, marked by has_split =
/// false).
struct SourceFile {
  std::filesystem::path path;
  bool has_split = false;
  Split split = Split::train;
};
std::vector<SourceFile> source_files(const project::CorpusSpec& corpus, const std::filesystem::path& project_folder);

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
