// SPDX-License-Identifier: GPL-3.0-or-later
// A document, a reader of documents, and the registry that readers are found in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::corpus {

/// What a reader gives for each piece of a file that is meant to be a document: all of its text, or why it is left out.
struct Document {
  std::string text;    ///< UTF-8, unchecked until the importer has seen it
  std::string source;  ///< for messages: "law.jsonl:12", "gcide: Abacus"
  /// Not empty: why the reader cannot give the whole text ("broken JSON", "not UTF-8"), a few words that counts are
  /// kept by; the importer leaves the document out, counts it and shows the first ones.
  std::string fault;
  std::string detail;  ///< of the fault, for the messages: "at column 25"
};

/// A file's bytes, decompressed on the way.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Next piece, valid until the next call; empty at the end. Error(input) for a damaged or truncated container.
  virtual std::string_view read() = 0;
  virtual std::uint64_t position() const = 0;  ///< bytes of the file on disk consumed so far
};

/// How a corpus wants its files to be read.
struct ReadOptions {
  std::string text_field = "text";  ///< of records: corpus/text_field.h
  std::string encoding;             ///< of text, as in "windows-1252"; empty: found out
  /// Opens a file, decompressed by its content (.gz, .zst, .xz, .bz2); what plugins read files with. Error(input).
  std::function<std::unique_ptr<ByteSource>(const std::filesystem::path&)> open_bytes;
};

/// Reads one file's documents, one after the other, without holding the file in memory.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  /// False at the end; `document` comes in empty. Throws Error(input) naming file and place for a container that cannot
  /// be read on: what is wrong with one document alone is its `fault`.
  virtual bool next(Document& document) = 0;
  /// Bytes of the file (as it lies on disk) consumed so far, for progress; 0 when not known.
  virtual std::uint64_t position() const { return 0; }
  /// What the file's text was decoded from, at its end: "UTF-16LE", "windows-1252"; empty: UTF-8.
  virtual std::string encoding() const { return {}; }
};

struct ReaderInfo {
  std::string id;                     ///< "jsonl"
  std::string name;                   ///< for the window: "JSON lines"
  std::vector<std::string> patterns;  ///< "*.jsonl", "*.jsonl.gz": which files of a folder it takes, and for guessing;
                                      ///< empty: every file of a folder, never guessed
  std::function<std::unique_ptr<DocumentReader>(const std::filesystem::path&, const ReadOptions&)> open;
  std::string origin = "built in";  ///< or the plugin's path
  /// Files beside the one that is named that are read with it, such as an index; null: none. They count as sources.
  std::function<std::vector<std::filesystem::path>(const std::filesystem::path&)> companions = {};
};

/// All readers of the program, by id. Filled once at start (built-ins, then plugins); read-only afterwards, from any
/// thread.
class ReaderRegistry {
 public:
  static ReaderRegistry& instance();
  void add(ReaderInfo info);  ///< Error(run) when the id is taken
  const ReaderInfo* find(const std::string& id) const;
  const ReaderInfo& get(const std::string& id) const;  ///< Error(project) listing the known ids
  std::vector<const ReaderInfo*> all() const;
  /// Reader whose patterns fit, "text" otherwise.
  std::string guess(const std::filesystem::path& path) const;
  /// Whether one of the reader's patterns fits the file's name.
  static bool fits(const ReaderInfo& reader, const std::filesystem::path& path);

 private:
  std::map<std::string, ReaderInfo> readers_;
};

void register_built_in_readers();  ///< those of corpus/readers.h, tables; idempotent

}  // namespace pantograph::corpus
