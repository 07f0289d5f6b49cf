// SPDX-License-Identifier: GPL-3.0-or-later
// Hashed TF-IDF: each word adds ±(1 + ln count) to one of `features` buckets (signed hashing), the bucket is weighted
// with idf = ln((1 + n) / (1/2 + df)), and each row is scaled to length 1. A word of every text weighs next to nothing:
// with the usual 1 + ln(...), the words of plain prose outweigh what a text is about, and gather it in one big cluster.
#pragma once

#include <string>
#include <vector>

#include "cluster/sparse.h"

namespace pantograph::cluster {

/// Bucket and sign of a word.
struct HashedWord {
  std::uint32_t bucket;
  float sign;
};
HashedWord hash_word(std::string_view word, std::uint32_t features);

/// [texts, features] without idf: the sums of ±(1 + ln count).
SparseMatrix term_frequencies(const std::vector<std::string>& texts, std::uint32_t features, int threads);

/// [features] from the rows that hold a bucket.
std::vector<float> inverse_document_frequencies(const SparseMatrix& frequencies);

/// Weights the columns and scales the rows to length 1; a row without words stays 0.
void weight_rows(SparseMatrix& frequencies, const std::vector<float>& idf);

}  // namespace pantograph::cluster
