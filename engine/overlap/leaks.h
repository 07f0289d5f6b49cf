// SPDX-License-Identifier: GPL-3.0-or-later
// Test documents whose text was trained on, by word 13-grams. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "overlap/documents.h"
#include "overlap/near_copies.h"

namespace pantograph::overlap {

/// A set of grams (their hashes) of which it can be marked which were met.
class GramTable {
 public:
  explicit GramTable(std::size_t grams);  ///< at most so many
  void add(std::uint64_t gram);
  void mark(std::uint64_t gram);          ///< if it is there; from any thread
  bool marked(std::uint64_t gram) const;  ///< of one that is there
  void forget_marks();

 private:
  std::size_t slot_of(std::uint64_t gram) const;
  std::size_t filter_bit(std::uint64_t gram) const { return (gram >> 20) & (8 * filter_.size() - 1); }
  std::vector<std::uint64_t> slots_;  // 0: free
  std::vector<std::uint8_t> marks_;
  std::vector<std::uint8_t> filter_;  // bits: most grams of other texts end there, in the cache
};

/// Fills in `overlap.leaks`, for every domain. The train documents of `overlap.dropped` are passed over.
void measure_leaks(const std::vector<OpenCorpus>& corpora, int threads, Progress& progress, Overlap& overlap);

}  // namespace pantograph::overlap
