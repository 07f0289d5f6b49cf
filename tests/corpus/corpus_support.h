// SPDX-License-Identifier: GPL-3.0-or-later
// What the corpus tests share: files written by hand, and the error that a call throws.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "corpus/byte_stream.h"
#include "corpus/document.h"

inline void put(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// Compressed with libarchive: ARCHIVE_FILTER_GZIP or ARCHIVE_FILTER_ZSTD.
inline void put_compressed(const std::filesystem::path& path, std::string_view content, int filter) {
  archive* writer = archive_write_new();
  archive_write_add_filter(writer, filter);
  archive_write_set_format_raw(writer);
  archive_write_open_filename(writer, path.c_str());
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, content.data(), content.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
}

inline void cut_file(const std::filesystem::path& path, double fraction) {
  std::filesystem::resize_file(
      path, static_cast<std::uintmax_t>(static_cast<double>(std::filesystem::file_size(path)) * fraction));
}

template <typename Call>
std::optional<pantograph::Error> error_of(Call&& call) {
  try {
    call();
  } catch (const pantograph::Error& e) {
    return e;
  }
  return std::nullopt;
}

inline pantograph::corpus::ReadOptions read_options(const std::string& text_field = "text") {
  pantograph::corpus::ReadOptions options;
  options.text_field = text_field;
  options.open_bytes = pantograph::corpus::open_bytes;
  return options;
}

inline std::vector<pantograph::corpus::Document> read_documents(const std::string& reader,
                                                                const std::filesystem::path& path,
                                                                const std::string& text_field = "text") {
  std::vector<pantograph::corpus::Document> out;
  const auto documents =
      pantograph::corpus::ReaderRegistry::instance().get(reader).open(path, read_options(text_field));
  for (pantograph::corpus::Document document; documents->next(document); document = {}) out.push_back(document);
  return out;
}

inline std::string noise(std::size_t bytes, unsigned seed) {
  std::string out;
  for (unsigned state = seed; out.size() < bytes;) {
    state = state * 1664525u + 1013904223u;
    out += static_cast<char>('a' + (state >> 24) % 26);
    if ((state >> 16) % 7 == 0) out += ' ';
  }
  return out;
}
