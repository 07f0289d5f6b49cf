// SPDX-License-Identifier: GPL-3.0-or-later
// Dictionaries in the format of dictd: the index has "headword TAB offset TAB length" with numbers in base 64, most
// significant digit first. dictzip is gzip with an extra field, and every entry is wanted, so the file is read straight
// on.
#include <algorithm>
#include <array>
#include <fstream>

#include "base/error.h"
#include "bytes.h"
#include "readers.h"

using pantograph::Error;
using pantograph::ErrorKind;
using pantograph::corpus::Document;

namespace {

struct Entry {
  std::uint64_t offset, length;
  std::string headword;
};

/// False for anything that is not a number in base 64.
bool parse_number(std::string_view text, std::uint64_t& out) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out = 0;
  if (text.empty() || text.size() > 10) return false;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return false;
    out = out * 64 + digit;
  }
  return true;
}

std::filesystem::path index_of(const std::filesystem::path& path) {
  std::filesystem::path base = path;
  if (base.extension() == ".dz") base.replace_extension();
  if (base.extension() == ".dict") base.replace_extension();
  base += ".index";
  return base;
}

std::vector<Entry> read_index(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) {
    throw Error(ErrorKind::input,
                {"the dictionary's index is missing or unreadable", path.string(), "FILE.index beside FILE.dict.dz",
                 "Put it there or install the dictionary's package again."});
  }
  std::vector<Entry> entries;
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string::npos ? first : line.find('\t', first + 1);
    Entry entry;
    const std::size_t end = second == std::string::npos ? second : std::min(line.find('\t', second + 1), line.size());
    if (second == std::string::npos ||
        !parse_number(std::string_view(line).substr(first + 1, second - first - 1), entry.offset) ||
        !parse_number(std::string_view(line).substr(second + 1, end - second - 1), entry.length)) {
      throw Error(ErrorKind::input,
                  {"a broken line of a dictionary's index", path.string() + ":" + std::to_string(number),
                   "headword, offset and length with tabs between, numbers in base 64",
                   "Install the dictionary's package again."});
    }
    entry.headword = line.substr(0, first);
    if (entry.headword.starts_with("00-database") || entry.headword.starts_with("00database")) continue;
    entries.push_back(std::move(entry));
  }
  // Several headwords may lead to one entry.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.length > b.length;
  });
  entries.erase(
      std::unique(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.offset == b.offset; }),
      entries.end());
  return entries;
}

/// U+2500 to U+257F in UTF-8: the lines that tables are drawn with.
bool is_box_drawing(std::string_view text) {
  return text.size() >= 3 && text[0] == '\xE2' && (text[1] == '\x94' || text[1] == '\x95');
}

/// Entries refer to others in {braces} and GCIDE names its sources at the ends of lines; neither is text, and a table's
/// lines and padding are not either: one drawn table of the Jargon File would be a sixth of a test set.
std::string strip_markup(std::string_view text) {
  static constexpr std::array<std::string_view, 8> sources = {
      "[1913 Webster", "[Webster 1913", "[Webster Suppl", "[WordNet", "[PJC", "[Century Dict", "[RP", "[AS"};
  std::string out;
  out.reserve(text.size());
  bool line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (is_box_drawing(text.substr(i))) {
      i += 2;
      c = ' ';
    }
    if (c == ' ' && (line_start || out.ends_with(' '))) continue;
    if (line_start && c == '\t') continue;
    if (c == '{' || c == '}' || c == '\r') continue;
    if (c == '[') {
      constexpr std::size_t kLongest = 60;
      const std::string_view here = text.substr(i, kLongest);
      const std::size_t close = here.find(']');
      const bool source =
          std::any_of(sources.begin(), sources.end(), [&](std::string_view s) { return here.starts_with(s); });
      if (source && close != std::string_view::npos) {
        i += close;
        continue;
      }
    }
    if (c == '\n') {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      if (out.empty() || out.ends_with("\n\n")) continue;
    }
    out += c;
    line_start = c == '\n';
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  if (!out.empty()) out += '\n';
  return out;
}

class DictdReader : public pantograph::corpus::DocumentReader {
 public:
  DictdReader(const std::filesystem::path& path, const pantograph::corpus::ReadOptions& options)
      : path_(path),
        name_(index_of(path).stem().string()),
        entries_(read_index(index_of(path))),
        file_(path, options) {}

  bool next(Document& document) override {
    while (at_ < entries_.size()) {
      const Entry& entry = entries_[at_++];
      if (entry.offset < position_) continue;  // lies inside the one before
      skip(entry.offset - position_, entry);
      std::string raw;
      if (file_.read(raw, entry.length) != entry.length) fail(entry);
      position_ = entry.offset + entry.length;
      document.text = strip_markup(raw);
      document.source = name_ + ": " + entry.headword;
      return true;
    }
    return false;
  }

  std::uint64_t position() const override { return file_.position(); }

 private:
  void skip(std::uint64_t bytes, const Entry& entry) {
    std::string ignored;
    while (bytes > 0) {
      ignored.clear();
      const std::size_t piece = std::min<std::uint64_t>(bytes, 1 << 16);
      if (file_.read(ignored, piece) != piece) fail(entry);
      bytes -= piece;
    }
  }
  [[noreturn]] void fail(const Entry& entry) const {
    throw Error(ErrorKind::input,
                {"the entry \"" + entry.headword + "\" lies beyond the end of the dictionary", path_.string(),
                 "a dictionary and an index that belong together", "Install the dictionary's package again."});
  }

  std::filesystem::path path_;
  std::string name_;
  std::vector<Entry> entries_;
  Bytes file_;
  std::size_t at_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<pantograph::corpus::DocumentReader> open_dictd(const std::filesystem::path& path,
                                                               const pantograph::corpus::ReadOptions& options) {
  return std::make_unique<DictdReader>(path, options);
}

std::vector<std::filesystem::path> dictd_companions(const std::filesystem::path& path) {
  return {index_of(path)};
}
