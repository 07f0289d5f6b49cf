// SPDX-License-Identifier: GPL-3.0-or-later
// Hashed TF-IDF: each word adds ±(1 + ln count) to one of `features` buckets (signed hashing), the bucket is weighted
// with idf = ln((1 + n) / (1/2 + df)), and each row is scaled to length 1. A word of every text weighs next to nothing:
// with the usual 1 + ln(...), the words of plain prose outweigh what a text is about, and gather it in one big cluster.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/sparse.h"
#include "cluster/words.h"

namespace pantograph::cluster {

/// Bucket and sign of a word.
struct HashedWord {
  std::uint32_t bucket;
  float sign;
};
HashedWord hash_word(std::string_view word, std::uint32_t features);

/// One text's row, its buckets rising.
struct TermRow {
  std::vector<std::uint32_t> buckets;
  std::vector<float> values;
};

/// Makes rows one after the other, on one thread.
class TermCounter {
 public:
  explicit TermCounter(std::uint32_t features);
  /// The sums of ±(1 + ln count), those of words in one bucket in the order of their hashes.
  void count(std::string_view text, TermRow& row);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t count = 0, bucket = 0;
  };
  void add(std::uint64_t hash);
  void grow();
  void sort_by_bucket();

  std::uint32_t features_;
  WordSplitter splitter_;
  std::vector<Slot> slots_;  // a power of two of them, at most half in use; count 0: free
  std::vector<std::uint32_t> used_;
  std::vector<std::uint64_t> order_, sorted_;  // bucket << 32 | slot
};

/// Weights a row with its columns' idf and scales it to length 1; one without words stays 0.
void weight_row(const std::uint32_t* buckets, float* values, std::size_t count, const std::vector<float>& idf);

/// [texts, features] without idf.
SparseMatrix term_frequencies(const std::vector<std::string>& texts, std::uint32_t features, int threads);

/// [features] from the rows that hold a bucket.
std::vector<float> inverse_document_frequencies(const SparseMatrix& frequencies);

/// weight_row() for each row.
void weight_rows(SparseMatrix& frequencies, const std::vector<float>& idf);

}  // namespace pantograph::cluster
