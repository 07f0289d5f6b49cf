// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/source_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/find_files.h"
#include "base/text.h"
#include "corpus/decompressor.h"
#include "corpus/document.h"
#include "corpus/intake.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

/// ".csv", ".csv" for a compressed one too; "none".
std::string kind_of(const fs::path& path) {
  fs::path name = path.filename();
  if (compression_by_name(name.extension().string()) != nullptr) name = name.stem();
  std::string ending = printable(name.extension().string());
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending.empty() ? "none" : ending;
}

class Exclusions {
 public:
  Exclusions(const std::vector<std::string>& patterns, const fs::path& base) : base_(normal_path(base, "")) {
    for (const std::string& text : patterns) {
      std::string name = text;
      while (name.size() > 1 && name.ends_with('/')) name.pop_back();
      const bool path = name.find('/') != std::string::npos;
      patterns_.push_back({text, path ? normal_path(base, name) : fs::path(name), path, false});
    }
  }

  bool fit(const fs::path& file, const fs::path& named) {
    const fs::path whole = normal_path(base_, file);
    bool any = false;
    for (Pattern& pattern : patterns_) {
      const bool fits = pattern.is_path ? fits_path(whole, pattern.pattern) : fits_name(whole, named, pattern.pattern);
      pattern.used = pattern.used || fits;
      any = any || fits;
    }
    return any;
  }

  std::vector<std::string> unmatched() const {
    std::vector<std::string> out;
    for (const Pattern& pattern : patterns_) {
      if (!pattern.used) out.push_back(pattern.text);
    }
    return out;
  }

 private:
  struct Pattern {
    std::string text;
    fs::path pattern;
    bool is_path = false, used = false;
  };

  static bool fits_path(fs::path path, const fs::path& pattern) {
    for (; path.has_relative_path(); path = path.parent_path()) {
      if (path_fits(path, pattern)) return true;
    }
    return false;
  }

  bool fits_name(const fs::path& path, const fs::path& named, const fs::path& pattern) const {
    fs::path below = path.lexically_relative(base_);
    if (!below.empty() && *below.begin() == "..") below = path.lexically_relative(normal_path(base_, named));
    if (below.empty() || *below.begin() == ".." || below == ".") below = path.filename();
    return std::any_of(below.begin(), below.end(),
                       [&](const fs::path& part) { return name_fits(part.string(), pattern.string()); });
  }

  fs::path base_;
  std::vector<Pattern> patterns_;
};

class Gathering {
 public:
  Gathering(const project::CorpusSpec& corpus, const fs::path& base, const TaskContext& task)
      : corpus_(corpus),
        base_(base),
        task_(task),
        reader_(ReaderRegistry::instance().get(corpus.reader)),
        exclusions_(corpus.exclude, base) {}

  void add(const std::vector<std::string>& patterns, bool has_split, Split split) {
    for (const std::string& pattern : patterns) {
      const fs::path named = fs::path(pattern).is_absolute() ? fs::path(pattern) : base_ / pattern;
      const FoundFiles found = find_files(base_, pattern, [this] { task_.poll(); });
      if (!found.unreadable.empty()) {
        throw Error(ErrorKind::input,
                    {"the folder cannot be listed", found.unreadable.front().string(), "a readable folder",
                     "Change its permissions, or name the files instead of the folder."});
      }
      for (const auto& [why, count] : found.passed_over) sources_.left_out.passed_over[why] += count;
      std::map<std::string, std::uint64_t> other_kinds;
      bool any = false;
      for (const FoundFile& file : found.files) {
        if (file.below_folder && !reader_.patterns.empty() && !ReaderRegistry::fits(reader_, file.path)) {
          if (!exclusions_.fit(file.path, named) && seen_.insert(file.path).second) ++other_kinds[kind_of(file.path)];
          continue;
        }
        any = true;
        if (!seen_.insert(file.path).second) continue;
        if (exclusions_.fit(file.path, named)) {
          ++sources_.left_out.excluded;
        } else if (!read_first(file.path)) {
          ++sources_.left_out.passed_over["other names of files read already"];
        } else {
          sources_.files.push_back({file.path, has_split, split});
        }
      }
      if (!any) fail(named, other_kinds);
      for (const auto& [kind, count] : other_kinds) sources_.left_out.other_kinds[kind] += count;
    }
  }

  Sources take() {
    if (sources_.files.empty()) {
      throw Error(ErrorKind::input, {"no file is left", "corpus \"" + corpus_.name + "\"", "at least one file",
                                     "Correct its paths or what it excludes."});
    }
    sources_.unmatched = exclusions_.unmatched();
    return std::move(sources_);
  }

 private:
  [[noreturn]] void fail(const fs::path& named, const std::map<std::string, std::uint64_t>& other_kinds) const {
    std::error_code code;
    const bool folder = fs::is_directory(named, code) || !other_kinds.empty();
    std::string found = folder ? "the folder holds no file for the reader \"" + reader_.id + "\"" : "no file matches";
    std::string there, wanted;
    for (const auto& [kind, count] : other_kinds)
      there += fmt::format("{}{} {}", there.empty() ? "" : ", ", kind, count);
    if (!there.empty()) found += " (there are: " + there + ")";
    for (const std::string& one : reader_.patterns) wanted += (wanted.empty() ? "" : " ") + one;
    throw Error(ErrorKind::input,
                {found, named.string(), folder ? "files named " + wanted : "at least one file",
                 "Correct the path in corpus \"" + corpus_.name + "\"" +
                     (folder ? ", choose another reader, or name the files by a pattern such as *." : ".")});
  }

  /// False for a link to a file that is read already: manual pages have many.
  bool read_first(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || read_.emplace(status.st_dev, status.st_ino).second;
  }

  const project::CorpusSpec& corpus_;
  const fs::path& base_;
  const TaskContext& task_;
  const ReaderInfo& reader_;
  Exclusions exclusions_;
  std::set<fs::path> seen_;
  std::set<std::pair<dev_t, ino_t>> read_;
  Sources sources_;
};

}  // namespace

const char* to_string(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  return "train";
}

Sources source_files(const project::CorpusSpec& corpus, const fs::path& project_folder) {
  return source_files(corpus, project_folder, {});
}

Sources source_files(const project::CorpusSpec& corpus, const fs::path& project_folder, const TaskContext& task) {
  Gathering gathering(corpus, project_folder, task);
  if (!corpus.paths.empty()) {
    gathering.add(corpus.paths, false, Split::train);
  } else {
    // In the order in which duplicates are resolved; a file named twice belongs to the first.
    gathering.add(corpus.test, true, Split::test);
    gathering.add(corpus.validation, true, Split::validation);
    gathering.add(corpus.train, true, Split::train);
  }
  return gathering.take();
}

}  // namespace pantograph::corpus
