// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in readers, one factory each; made known by register_built_in_readers().
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "corpus/document.h"

namespace pantograph::corpus {

/// One document a file. A file of more than 16 MiB is handed over in parts that end at a line's end, so that memory
/// stays bounded. UTF-16 and UTF-32 are decoded; a part that is not UTF-8 is a fault unless the options name its
/// encoding.
std::unique_ptr<DocumentReader> open_text(const std::filesystem::path& path, const ReadOptions& options);

/// One JSON object a line, of which options.text_field is the document; empty lines are skipped. A line that gives none
/// is a fault.
std::unique_ptr<DocumentReader> open_jsonl(const std::filesystem::path& path, const ReadOptions& options);

/// An array of such objects, objects one behind the other, or one object. Error(input) for an array without its end.
std::unique_ptr<DocumentReader> open_json(const std::filesystem::path& path, const ReadOptions& options);

/// One document a file: the readable text. The encoding is what a mark, the options or a declaration says; valid UTF-8
/// is taken as such whatever the page declares; windows-1252 otherwise.
std::unique_ptr<DocumentReader> open_html(const std::filesystem::path& path, const ReadOptions& options);

/// Readable text of an HTML page: scripts, styles and navigation dropped, entities decoded, blocks on lines of their
/// own.
std::string html_to_text(std::string_view html);

}  // namespace pantograph::corpus
