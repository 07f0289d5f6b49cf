// SPDX-License-Identifier: GPL-3.0-or-later
// Words of a text: runs of letters and digits, ASCII in lower case, other letters as their UTF-8 bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace pantograph::cluster {

/// Longer runs (base64 and the like) are cut here.
inline constexpr std::size_t kLongestWord = 40;

/// Turns texts into words, one after the other, on one thread.
class WordSplitter {
 public:
  /// Calls use(std::string_view word) for each word in order; the views hold until the next text.
  template <typename Use>
  void for_each(std::string_view text, const Use& use) {
    mark(text);
    // What does not belong to a word is NUL now, and so is the byte behind the last one.
    const char* at = lower_.data();
    const char* const end = at + text.size();
    while (at < end) {
      if (*at == 0) {
        ++at;
        continue;
      }
      const std::size_t size = std::strlen(at);
      use(std::string_view(at, std::min(size, kLongestWord)));
      at += size + 1;
    }
  }

 private:
  void mark(std::string_view text);
  std::string lower_;
};

}  // namespace pantograph::cluster
