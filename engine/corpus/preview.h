// SPDX-License-Identifier: GPL-3.0-or-later
// A look at files before a corpus is made of them.
#pragma once

#include <string>
#include <vector>

#include "corpus/document.h"
#include "corpus/import.h"

namespace pantograph::corpus {

struct Preview {
  std::vector<Document> first;  ///< the first documents that would be kept
  ImportSummary summary;        ///< of what was read
  std::uint64_t files = 0;      ///< that would be read in all
  bool whole = false;           ///< nothing was left unread
};

/// The reader whose patterns fit most of the files that the paths name; "text" where none fits.
std::string guess_reader(const std::vector<std::string>& paths, const std::filesystem::path& folder,
                         const TaskContext& task = {});

/// Reads until `documents` are kept or 64 MiB of files were read; of large HTML pages it only says that they are there.
/// Error as import_corpus().
Preview preview_corpus(project::CorpusSpec corpus, const std::filesystem::path& folder, std::uint64_t documents,
                       const TaskContext& task);
/// The same of files that were found already, as source_files() gives them for the corpus.
Preview preview_corpus(project::CorpusSpec corpus, Sources sources, std::uint64_t documents, const TaskContext& task);

}  // namespace pantograph::corpus
