// SPDX-License-Identifier: GPL-3.0-or-later
// What source files hold, as hashes. Path, size and time of a file only spare a second reading.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/control.h"
#include "base/file_stamp.h"
#include "corpus/document.h"
#include "corpus/source_files.h"

namespace pantograph::corpus {

class SourceHashes {
 public:
  /// Remembers in `memory` (JSON; a missing or broken one is as an empty one). Paths below `base` are kept relative to
  /// it, so that a project that is moved or copied with its times is not read again.
  SourceHashes(std::filesystem::path memory, std::filesystem::path base);

  /// XXH3-128 of the file's bytes, in hexadecimal. Error(input) when it cannot be read.
  std::string of(const std::filesystem::path& file, const TaskContext& task = {});
  /// What the file held when it was read last, for one that is gone; empty when it never was.
  std::string last_known(const std::filesystem::path& file);
  /// What every file held when it was read last.
  std::set<std::string> last_hashes();
  /// Files below a folder that were read once, whether they are still there or not; sorted.
  std::vector<std::filesystem::path> known_below(const std::filesystem::path& folder);
  /// Writes what was learnt. A folder that cannot be written costs a second reading only.
  void save();
  std::filesystem::path artifacts() const { return memory_.parent_path(); }  ///< the folder that the memory lies in

  /// The one of a project's artifacts folder; the same for every caller in this process.
  static std::shared_ptr<SourceHashes> shared(const std::filesystem::path& artifacts,
                                              const std::filesystem::path& base);

 private:
  struct Entry {
    FileStamp stamp;
    std::string hash;
  };
  std::string name_of(const std::filesystem::path& file) const;

  const std::filesystem::path memory_, base_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  bool changed_ = false;
};

/// What a corpus is imported from, for its key: content and ending of each file, with its split and
/// what is read with it, in the order in which
/// they are read. Neither where they lie nor when they were written is part of it.
std::vector<std::vector<std::string>> source_identity(const ReaderInfo& reader, const std::vector<SourceFile>& files,
                                                      SourceHashes& hashes, const TaskContext& task = {});

}  // namespace pantograph::corpus
