// SPDX-License-Identifier: GPL-3.0-or-later
// Writes documents.h5, a few megabytes at a time. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/source_files.h"
#include "store/hdf5.h"

namespace pantograph::corpus {

class DocumentWriter {
 public:
  explicit DocumentWriter(const std::filesystem::path& path) : file_(store::Hdf5File::create(path)) {
    for (int split = 0; split < kSplits; ++split) {
      file_.create_growing(name("text", split), store::DataType::u8);
      file_.create_growing(name("ends", split), store::DataType::u64);
    }
  }
  void add(Split split, std::string_view text) {
    Pile& pile = piles_[static_cast<int>(split)];
    pile.text.append(text);
    pile.ends.push_back(pile.written + pile.text.size());
    if (pile.text.size() >= kFlushBytes || pile.ends.size() >= kFlushDocuments) flush(static_cast<int>(split));
  }
  void close() {
    for (int split = 0; split < kSplits; ++split) flush(split);
    file_.close();
  }
  /// Of a data set: "text/train".
  static std::string name(const char* set, int split) {
    return std::string(set) + "/" + to_string(static_cast<Split>(split));
  }

 private:
  static constexpr std::size_t kFlushBytes = 4 << 20;
  static constexpr std::size_t kFlushDocuments = 1 << 16;

  /// Where the documents of one split pile up until they are worth a write.
  struct Pile {
    std::string text;
    std::vector<std::uint64_t> ends;
    std::uint64_t written = 0;
  };

  void flush(int split) {
    Pile& pile = piles_[split];
    if (pile.ends.empty()) return;
    file_.append(name("text", split), store::DataType::u8, pile.text.data(), pile.text.size());
    file_.append(name("ends", split), store::DataType::u64, pile.ends.data(), pile.ends.size());
    pile.written += pile.text.size();
    pile.text.clear();
    pile.ends.clear();
  }
  store::Hdf5File file_;
  Pile piles_[kSplits];
};

}  // namespace pantograph::corpus
