// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "corpus/document.h"

namespace pantograph::corpus {

/// One row a document: the columns that the corpus names as its text field, by the names in the first row. A row that
/// is not whole is a fault; Error(input) for a first row that names no columns.
std::unique_ptr<DocumentReader> open_csv(const std::filesystem::path& path, const ReadOptions& options);

/// The names in the first row; none of an empty file. Errors as above.
std::vector<std::string> csv_columns(const std::filesystem::path& path, const std::string& encoding);

}  // namespace pantograph::corpus
