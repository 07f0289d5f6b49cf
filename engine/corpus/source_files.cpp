// SPDX-License-Identifier: GPL-3.0-or-later
// Which files a corpus names.
#include <fnmatch.h>
#include <unistd.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "corpus/document.h"
#include "corpus/import.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

/// A folder that cannot be listed would otherwise drop out of the corpus without a word.
void require_readable_folders(const fs::path& folder) {
  auto check = [](const fs::path& path) {
    if (::eaccess(path.c_str(), R_OK | X_OK) != 0) {
      throw Error(ErrorKind::input, {"the folder cannot be listed", path.string(), "a readable folder",
                                     "Change its permissions, or name the files instead of the folder."});
    }
  };
  check(folder);
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, code), end;
       !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) check(it->path());
  }
}

bool excluded(const fs::path& path, const std::vector<std::string>& patterns, const fs::path& base) {
  for (const std::string& pattern : patterns) {
    // Without a slash a pattern is about the file's name, with one about the whole path.
    const bool whole = pattern.find('/') != std::string::npos;
    const std::string full = whole && !fs::path(pattern).is_absolute() ? (base / pattern).string() : pattern;
    const std::string subject = whole ? path.string() : path.filename().string();
    if (::fnmatch(full.c_str(), subject.c_str(), 0) == 0) return true;
    if (whole && subject.starts_with(full + "/")) return true;
  }
  return false;
}

struct Gathering {
  const project::CorpusSpec& corpus;
  const fs::path& base;
  const ReaderInfo& reader;
  std::set<fs::path> seen;
  std::vector<SourceFile> files;

  void add(const std::vector<std::string>& patterns, bool has_split, Split split) {
    for (const std::string& pattern : patterns) {
      const fs::path named = fs::path(pattern).is_absolute() ? fs::path(pattern) : base / pattern;
      std::error_code code;
      const bool folder = fs::is_directory(named, code);
      if (folder) require_readable_folders(named);
      std::size_t matches = 0;
      for (const fs::path& path : expand_paths(base, pattern)) {
        if (folder && !reader.patterns.empty() && !ReaderRegistry::fits(reader, path)) continue;
        ++matches;
        if (excluded(path, corpus.exclude, base) || !seen.insert(path).second) continue;
        files.push_back({path, has_split, split});
      }
      if (matches > 0) continue;
      std::string wanted;
      for (const std::string& one : reader.patterns) wanted += (wanted.empty() ? "" : " ") + one;
      throw Error(ErrorKind::input,
                  {folder ? "the folder holds no file for the reader \"" + reader.id + "\"" : "no file matches",
                   named.string(), folder ? "files named " + wanted : "at least one file",
                   "Correct the path in corpus \"" + corpus.name + "\"" +
                       (folder ? ", choose another reader, or name the files by a pattern such as *." : ".")});
    }
  }
};

}  // namespace

std::vector<SourceFile> source_files(const project::CorpusSpec& corpus, const fs::path& project_folder) {
  Gathering gathering{corpus, project_folder, ReaderRegistry::instance().get(corpus.reader), {}, {}};
  if (!corpus.paths.empty()) {
    gathering.add(corpus.paths, false, Split::train);
  } else {
    // In the order in which duplicates are resolved; a file named twice belongs to the first.
    gathering.add(corpus.test, true, Split::test);
    gathering.add(corpus.validation, true, Split::validation);
    gathering.add(corpus.train, true, Split::train);
  }
  if (gathering.files.empty()) {
    throw Error(ErrorKind::input, {"no file is left", "corpus \"" + corpus.name + "\"", "at least one file",
                                   "Correct its paths or what it excludes."});
  }
  return std::move(gathering.files);
}

}  // namespace pantograph::corpus
