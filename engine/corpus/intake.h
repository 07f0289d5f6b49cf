// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of a corpus as an import takes them: checked, each once, with their split, up to the corpus' limits.
#pragma once

#include <functional>

#include "corpus/document.h"
#include "corpus/import.h"

namespace pantograph::corpus {

/// As source_files() without a task, which is polled while folders are listed.
Sources source_files(const project::CorpusSpec& corpus, const std::filesystem::path& project_folder,
                     const TaskContext& task);

using TakeDocument = std::function<void(Split split, const Document& document)>;

/// Hands what is kept to `take`, in the order of the files, and says what was left out. Ends early when some
/// `most_bytes` of the files (0: all) were read. Error(input) as import_corpus(), but for a corpus of which nothing is
/// left.
ImportSummary take_documents(const project::CorpusSpec& corpus, Sources sources, std::uint64_t seed,
                             const TakeDocument& take, const TaskContext& task, std::uint64_t most_bytes = 0);

}  // namespace pantograph::corpus
