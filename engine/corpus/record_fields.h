// SPDX-License-Identifier: GPL-3.0-or-later
// What the records of a file consist of: the fields that a corpus' text_field can name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pantograph::corpus {

/// Whether a reader takes its documents out of records by `text_field`, and whether it reads text by `encoding`. Both
/// are true of a plugin's reader, which may.
bool reads_fields(const std::string& reader);
bool reads_encodings(const std::string& reader);

/// Fields that hold text, in the order in which they come up: of JSON the strings of the first records, one within
/// another as in "article.body"; of CSV all columns; of Parquet those of strings. None that a text_field cannot name,
/// and none of other readers. Error(input) as the reader.
std::vector<std::string> record_fields(const std::string& reader, const std::filesystem::path& file,
                                       const std::string& encoding = "");

}  // namespace pantograph::corpus
