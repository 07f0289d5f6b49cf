// SPDX-License-Identifier: GPL-3.0-or-later
// A file's bytes, as the program decompresses them, by counts and by lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "corpus/document.h"

class Bytes {
 public:
  Bytes(const std::filesystem::path& path, const pantograph::corpus::ReadOptions& options)
      : source_(options.open_bytes(path)) {}

  /// Appends up to `count` bytes and says how many there were; fewer only at the end.
  std::size_t read(std::string& out, std::size_t count) {
    std::size_t got = 0;
    while (got < count && more()) {
      const std::string_view piece = ahead_.substr(0, count - got);
      out.append(piece);
      ahead_.remove_prefix(piece.size());
      got += piece.size();
    }
    return got;
  }

  /// The next line without its end; false when there is none.
  bool line(std::string& out) {
    out.clear();
    bool any = false;
    while (more()) {
      any = true;
      const std::size_t end = std::min(ahead_.find('\n'), ahead_.size());
      out.append(ahead_.substr(0, end));
      const bool whole = end < ahead_.size();
      ahead_.remove_prefix(whole ? end + 1 : end);
      if (whole) break;
    }
    return any;
  }

  std::uint64_t position() const { return source_->position(); }

 private:
  bool more() {
    if (ahead_.empty()) ahead_ = source_->read();
    return !ahead_.empty();
  }

  std::unique_ptr<pantograph::corpus::ByteSource> source_;
  std::string_view ahead_;
};
