// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/find_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace pantograph {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 6> kVersionControl = {".git", ".hg", ".svn", ".bzr", "CVS", "_darcs"};

bool is_pattern(std::string_view part) {
  return part.find_first_of("*?") != std::string_view::npos;
}

/// Behind the UTF-8 character that begins at `at`; behind one byte where there is none.
std::size_t behind_character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0xC0) {
    while (end < text.size() && end < at + 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return end;
}

class Search {
 public:
  Search(FoundFiles& found, const std::function<void()>& poll) : found_(found), poll_(poll) {}

  void match(const fs::path& at, fs::path::iterator part, const fs::path::iterator& end) {
    while (part != end && !is_pattern(part->string())) {
      const fs::path next = at / *part;
      std::error_code code;
      if (fs::symlink_status(next, code).type() == fs::file_type::not_found) return;
      if (++part == end) return take(next);
      return match(next, part, end);
    }
    if (part == end) return take(at);
    const std::string pattern = part->string();
    auto rest = part;
    ++rest;
    if (pattern == "**") {
      match(at, rest, end);
      if (!enter(at)) return;
      for (const auto& entry : list(at)) {
        if (is_folder(entry) && !passes_over(entry.filename().string(), true)) match(entry, part, end);
      }
      return;
    }
    for (const auto& entry : list(at)) {
      if (name_fits(entry.filename().string(), pattern)) match(entry, rest, end);
    }
  }

  /// Links to folders come last, so that a folder is found under its own name.
  void finish() {
    while (!links_.empty()) {
      std::vector<fs::path> links = std::exchange(links_, {});
      for (const fs::path& link : links) {
        if (enter(link)) {
          walk(link);
        } else {
          ++found_.passed_over["links to folders read already"];
        }
      }
    }
  }

 private:
  static bool is_folder(const fs::path& path) {
    std::error_code code;
    return fs::is_directory(path, code);
  }

  std::vector<fs::path> list(const fs::path& folder) {
    if (poll_) poll_();
    std::vector<fs::path> entries;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
      entries.push_back(it->path());
    if (code && code != std::errc::not_a_directory) found_.unreadable.push_back(folder);
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  /// False where this folder was read before, under whatever name.
  bool enter(const fs::path& folder) {
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && entered_.emplace(status.st_dev, status.st_ino).second;
  }

  bool passes_over(const std::string& name, bool folder) {
    if (folder && std::find(kVersionControl.begin(), kVersionControl.end(), name) != kVersionControl.end()) {
      ++found_.passed_over["version control"];
      return true;
    }
    if (!name.starts_with('.')) return false;
    ++found_.passed_over["hidden"];
    return true;
  }

  /// What was named: a file whatever it is, or a folder with what it holds.
  void take(const fs::path& path) {
    if (!is_folder(path)) {
      found_.files.push_back({path, false});
    } else if (fs::is_symlink(path)) {
      links_.push_back(path);
    } else if (enter(path)) {
      walk(path);
    }
  }

  void walk(const fs::path& root) {
    std::vector<fs::path> folders = {root};  // a stack: without recursion, however deep
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      for (const fs::path& entry : list(folder)) {
        std::error_code code;
        const fs::file_status itself = fs::symlink_status(entry, code), status = fs::status(entry, code);
        if (code == std::errc::permission_denied) {  // a folder that may be listed but not entered
          found_.unreadable.push_back(folder);
          break;
        }
        if (passes_over(entry.filename().string(), fs::is_directory(status))) continue;
        if (fs::is_directory(status)) {
          if (fs::is_symlink(itself)) {
            links_.push_back(entry);
          } else if (enter(entry)) {
            folders.push_back(entry);
          }
        } else if (fs::is_regular_file(status)) {
          found_.files.push_back({entry, true});
        } else {
          ++found_.passed_over[fs::exists(status) ? "no regular files" : "links to nowhere"];
        }
      }
    }
  }

  FoundFiles& found_;
  const std::function<void()>& poll_;
  std::set<std::pair<dev_t, ino_t>> entered_;
  std::vector<fs::path> links_;
};

bool parts_fit(fs::path::iterator part, const fs::path::iterator& end, fs::path::iterator pattern,
               const fs::path::iterator& pattern_end) {
  // As in name_fits: the last ** takes one part more where what follows it does not fit.
  auto retry_part = end, retry_pattern = pattern_end;
  while (part != end) {
    if (pattern != pattern_end && *pattern == "**") {
      retry_part = part;
      retry_pattern = ++pattern;
    } else if (pattern != pattern_end && name_fits(part->string(), pattern->string())) {
      ++part, ++pattern;
    } else if (retry_part != end) {
      part = ++retry_part;
      pattern = retry_pattern;
    } else {
      return false;
    }
  }
  while (pattern != pattern_end && *pattern == "**") ++pattern;
  return pattern == pattern_end;
}

}  // namespace

bool name_fits(std::string_view name, std::string_view pattern) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  // The last * takes one character more where what follows it does not fit: linear in practice, never exponential.
  std::size_t at = 0, in = 0, star = std::string_view::npos, star_at = 0;
  while (at < name.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      star_at = at;
    } else if (in < pattern.size() && pattern[in] == '?') {
      at = behind_character(name, at);
      ++in;
    } else if (in < pattern.size() && pattern[in] == name[at]) {
      ++at, ++in;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

bool path_fits(const fs::path& path, const fs::path& pattern) {
  return parts_fit(path.begin(), path.end(), pattern.begin(), pattern.end());
}

fs::path normal_path(const fs::path& base, const fs::path& path) {
  const fs::path whole = path.is_absolute() ? path : base / path;
  fs::path normal = fs::absolute(whole.empty() ? fs::path(".") : whole).lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

FoundFiles find_files(const fs::path& base, const std::string& pattern, const std::function<void()>& poll) {
  FoundFiles found;
  std::error_code code;
  const fs::path named = fs::path(pattern).lexically_normal();
  fs::path all = named.has_filename() || named == named.root_path() ? named : named.parent_path();
  if (all == ".") all.clear();
  Search search(found, poll);
  // A name that holds * or ? itself.
  const fs::path literal = all.is_absolute() ? all : base / all;
  if (is_pattern(pattern) && fs::exists(literal, code)) {
    const fs::path name = literal.filename();
    search.match(literal, name.end(), name.end());
  } else {
    const fs::path start = all.is_absolute() ? all.root_path() : base;
    const fs::path parts = all.relative_path();
    search.match(start, parts.begin(), parts.end());
  }
  search.finish();
  std::sort(found.files.begin(), found.files.end(), [](const FoundFile& a, const FoundFile& b) {
    return a.path != b.path ? a.path < b.path : !a.below_folder && b.below_folder;
  });
  const auto same = [](const FoundFile& a, const FoundFile& b) { return a.path == b.path; };
  found.files.erase(std::unique(found.files.begin(), found.files.end(), same), found.files.end());
  return found;
}

std::vector<fs::path> expand_paths(const fs::path& base, const std::string& pattern,
                                   const std::function<void()>& poll) {
  std::vector<fs::path> paths;
  FoundFiles found = find_files(base, pattern, poll);
  for (FoundFile& file : found.files) paths.push_back(std::move(file.path));
  return paths;
}

}  // namespace pantograph
