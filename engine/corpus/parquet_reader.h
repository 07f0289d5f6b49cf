// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "corpus/document.h"

namespace pantograph::corpus {

/// One row a document: the columns of strings that the corpus names as its text field. A row with a null in one of them
/// is a fault; Error(input) for a damaged file, and for a field that is no such column.
std::unique_ptr<DocumentReader> open_parquet(const std::filesystem::path& path, const ReadOptions& options);

/// The names of the columns of strings. Error(input) for a damaged file.
std::vector<std::string> parquet_columns(const std::filesystem::path& path);

}  // namespace pantograph::corpus
