// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/tfidf.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/hash.h"
#include "cluster/parallel.h"

namespace pantograph::cluster {
namespace {

constexpr std::uint64_t kWordSeed =
    0x77f1df;  // part of the embedder's definition: changing it makes stored states useless

std::uint32_t bucket_of(std::uint64_t hash, std::uint32_t features) {
  const std::uint64_t number = hash & 0x7FFFFFFFFFFFFFFFull;
  if ((features & (features - 1)) == 0) return static_cast<std::uint32_t>(number & (features - 1));  // no division
  return static_cast<std::uint32_t>(number % features);
}

float sign_of(std::uint64_t hash) {
  return hash >> 63 ? -1.0f : 1.0f;
}

/// 1 + ln count for small counts.
const std::array<float, 256> kWeights = [] {
  std::array<float, 256> out{};
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = 1.0f + std::log(static_cast<float>(i));
  return out;
}();

float weight_of(std::uint32_t count) {
  return count < kWeights.size() ? kWeights[count] : 1.0f + std::log(static_cast<float>(count));
}

}  // namespace

HashedWord hash_word(std::string_view word, std::uint32_t features) {
  const std::uint64_t hash = hash64(word, kWordSeed);
  return {bucket_of(hash, features), sign_of(hash)};
}

TermCounter::TermCounter(std::uint32_t features) : features_(features), slots_(1024) {}

void TermCounter::add(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].count > 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  Slot& slot = slots_[at];
  if (slot.count++ > 0) return;
  slot.hash = hash;
  used_.push_back(static_cast<std::uint32_t>(at));
  if (2 * used_.size() > slots_.size()) grow();
}

void TermCounter::grow() {
  std::vector<Slot> before(2 * slots_.size());
  before.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t& place : used_) {
    std::size_t at = before[place].hash & mask;
    while (slots_[at].count > 0) at = (at + 1) & mask;
    slots_[at] = before[place];
    place = static_cast<std::uint32_t>(at);
  }
}

void TermCounter::sort_by_bucket() {
  constexpr std::size_t kFew = 64;  // where sorting by comparisons is as fast
  if (order_.size() < kFew || features_ > 1u << 16) {
    std::sort(order_.begin(), order_.end());
    return;
  }
  sorted_.resize(order_.size());
  for (const int shift : {32, 40}) {
    std::array<std::uint32_t, 257> starts{};
    for (const std::uint64_t key : order_) ++starts[(key >> shift & 0xFF) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    for (const std::uint64_t key : order_) sorted_[starts[key >> shift & 0xFF]++] = key;
    order_.swap(sorted_);
  }
}

void TermCounter::count(std::string_view text, TermRow& row) {
  splitter_.for_each(text, [&](std::string_view word) { add(hash64(word, kWordSeed)); });
  order_.clear();
  for (const std::uint32_t at : used_) {
    slots_[at].bucket = bucket_of(slots_[at].hash, features_);
    order_.push_back(static_cast<std::uint64_t>(slots_[at].bucket) << 32 | at);
  }
  sort_by_bucket();
  const auto slot_of = [&](std::uint64_t key) -> Slot& { return slots_[key & 0xFFFFFFFF]; };
  row.buckets.clear();
  row.values.clear();
  for (std::size_t i = 0; i < order_.size();) {
    const std::uint32_t bucket = slot_of(order_[i]).bucket;
    std::size_t end = i + 1;
    while (end < order_.size() && slot_of(order_[end]).bucket == bucket) ++end;
    if (end - i > 1) {  // sums of floats depend on their order
      std::sort(order_.begin() + static_cast<std::ptrdiff_t>(i), order_.begin() + static_cast<std::ptrdiff_t>(end),
                [&](std::uint64_t a, std::uint64_t b) { return slot_of(a).hash < slot_of(b).hash; });
    }
    row.buckets.push_back(bucket);
    float sum = 0;
    for (std::size_t k = i; k < end; ++k) {
      const Slot& slot = slot_of(order_[k]);
      const float value = sign_of(slot.hash) * weight_of(slot.count);
      sum = k == i ? value : sum + value;
    }
    row.values.push_back(sum);
    i = end;
  }
  for (const std::uint32_t at : used_) slots_[at].count = 0;
  used_.clear();
}

void weight_row(const std::uint32_t* buckets, float* values, std::size_t count, const std::vector<float>& idf) {
  double squares = 0;
  for (std::size_t k = 0; k < count; ++k) {
    values[k] *= idf[buckets[k]];
    squares += static_cast<double>(values[k]) * values[k];
  }
  if (squares == 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (std::size_t k = 0; k < count; ++k) values[k] *= scale;
}

SparseMatrix term_frequencies(const std::vector<std::string>& texts, std::uint32_t features, int threads) {
  std::vector<TermRow> rows(texts.size());
  parallel_blocks(texts.size(), 64, threads, [&](std::size_t begin, std::size_t end) {
    TermCounter counter(features);
    for (std::size_t i = begin; i < end; ++i) counter.count(texts[i], rows[i]);
  });
  SparseMatrix out;
  out.rows = texts.size();
  out.columns = features;
  out.starts.push_back(0);
  for (const auto& row : rows) out.starts.push_back(out.starts.back() + row.buckets.size());
  out.indices.reserve(out.starts.back());
  out.values.reserve(out.starts.back());
  for (const auto& row : rows) {
    out.indices.insert(out.indices.end(), row.buckets.begin(), row.buckets.end());
    out.values.insert(out.values.end(), row.values.begin(), row.values.end());
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
    const std::uint64_t start = frequencies.starts[row];
    weight_row(frequencies.indices.data() + start, frequencies.values.data() + start,
               frequencies.starts[row + 1] - start, idf);
  }
}

}  // namespace pantograph::cluster
