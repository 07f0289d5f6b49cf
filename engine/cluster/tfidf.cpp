// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/tfidf.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "cluster/parallel.h"
#include "cluster/words.h"

namespace pantograph::cluster {
namespace {

constexpr std::uint64_t kWordSeed =
    0x77f1df;  // part of the embedder's definition: changing it makes stored states useless

struct Entry {
  std::uint32_t bucket;
  float value;
};

HashedWord place(std::uint64_t hash, std::uint32_t features) {
  return {static_cast<std::uint32_t>((hash & 0x7FFFFFFFFFFFFFFFull) % features), hash >> 63 ? -1.0f : 1.0f};
}

void row_of(const std::string& text, std::uint32_t features, std::vector<std::uint64_t>& words,
            std::vector<Entry>& row) {
  words.clear();
  for_each_word(text, [&](std::string_view word) { words.push_back(hash64(word, kWordSeed)); });
  std::sort(words.begin(), words.end());
  row.clear();
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && words[end] == words[i]) ++end;
    const HashedWord at = place(words[i], features);
    row.push_back({at.bucket, at.sign * (1.0f + std::log(static_cast<float>(end - i)))});
    i = end;
  }
  std::stable_sort(row.begin(), row.end(), [](const Entry& a, const Entry& b) { return a.bucket < b.bucket; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (kept > 0 && row[kept - 1].bucket == row[i].bucket) {
      row[kept - 1].value += row[i].value;
    } else {
      row[kept++] = row[i];
    }
  }
  row.resize(kept);
}

}  // namespace

HashedWord hash_word(std::string_view word, std::uint32_t features) {
  return place(hash64(word, kWordSeed), features);
}

SparseMatrix term_frequencies(const std::vector<std::string>& texts, std::uint32_t features, int threads) {
  std::vector<std::vector<Entry>> rows(texts.size());
  parallel_blocks(texts.size(), 64, threads, [&](std::size_t begin, std::size_t end) {
    std::vector<std::uint64_t> words;
    std::vector<Entry> row;
    for (std::size_t i = begin; i < end; ++i) {
      row_of(texts[i], features, words, row);
      rows[i].assign(row.begin(), row.end());
    }
  });
  SparseMatrix out;
  out.rows = texts.size();
  out.columns = features;
  out.starts.push_back(0);
  for (const auto& row : rows) out.starts.push_back(out.starts.back() + row.size());
  out.indices.reserve(out.starts.back());
  out.values.reserve(out.starts.back());
  for (const auto& row : rows) {
    for (const auto& entry : row) {
      out.indices.push_back(entry.bucket);
      out.values.push_back(entry.value);
    }
  }
  return out;
}

std::vector<float> inverse_document_frequencies(const SparseMatrix& frequencies) {
  std::vector<std::uint64_t> holding(frequencies.columns, 0);
  for (const auto bucket : frequencies.indices) ++holding[bucket];
  std::vector<float> idf(frequencies.columns);
  for (std::size_t i = 0; i < idf.size(); ++i) {
    const double ratio = (1.0 + static_cast<double>(frequencies.rows)) / (0.5 + static_cast<double>(holding[i]));
    idf[i] = static_cast<float>(std::log(ratio));
  }
  return idf;
}

void weight_rows(SparseMatrix& frequencies, const std::vector<float>& idf) {
  for (std::size_t row = 0; row < frequencies.rows; ++row) {
    double squares = 0;
    for (std::uint64_t k = frequencies.starts[row]; k < frequencies.starts[row + 1]; ++k) {
      frequencies.values[k] *= idf[frequencies.indices[k]];
      squares += static_cast<double>(frequencies.values[k]) * frequencies.values[k];
    }
    if (squares == 0) continue;
    const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
    for (std::uint64_t k = frequencies.starts[row]; k < frequencies.starts[row + 1]; ++k)
      frequencies.values[k] *= scale;
  }
}

}  // namespace pantograph::cluster
