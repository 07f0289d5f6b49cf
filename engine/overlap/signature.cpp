// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/signature.h"

#include <algorithm>
#include <bit>

namespace pantograph::overlap {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
constexpr int kBinBits = 7;
constexpr int kRoundBits = 8;  // in the upper bits of a value: an earlier round is smaller
constexpr std::uint64_t kRest = (std::uint64_t{1} << (64 - kRoundBits)) - 1;
static_assert(kSignatureSize == std::size_t{1} << kBinBits);
static_assert(2 * kSignatureSize == std::size_t{1} << kRoundBits);

}  // namespace

bool make_signature(TextScratch& scratch, Signature& signature) {
  if (scratch.words.empty()) return false;
  std::vector<std::uint64_t>& grams = scratch.grams;
  grams.clear();
  each_gram(scratch.words, std::min(kShingle, scratch.words.size()),
            [&](std::uint64_t gram) { grams.push_back(gram); });

  std::array<std::uint64_t, kSignatureSize> minima;
  minima.fill(kEmpty);
  const auto full = [&] { return std::find(minima.begin(), minima.end(), kEmpty) == minima.end(); };
  // First each shingle goes to a bin by its hash, over and over with other hashes; then, for the few bins that are
  // still empty, all shingles to one bin after the other.
  for (std::uint64_t round = 0; round < 2 * kSignatureSize && (round == 0 || !full()); ++round) {
    const std::uint64_t salt = round * 0x9e3779b97f4a7c15ULL;
    for (const std::uint64_t gram : grams) {
      const std::uint64_t hash = round == 0 ? gram : mix(gram + salt);
      const std::size_t bin = round < kSignatureSize ? hash >> (64 - kBinBits) : round - kSignatureSize;
      minima[bin] = std::min(minima[bin], (round << (64 - kRoundBits)) | (hash & kRest));
    }
  }
  for (std::size_t band = 0; band < kBands; ++band) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) word = (word << 8) | (minima[8 * band + i] & 0xff);
    signature[band] = word;
  }
  return true;
}

double similarity(const Signature& a, const Signature& b) {
  constexpr std::uint64_t kLow = 0x7f7f7f7f7f7f7f7fULL;
  int differ = 0;
  for (std::size_t band = 0; band < kBands; ++band) {
    const std::uint64_t x = a[band] ^ b[band];
    differ += std::popcount((((x & kLow) + kLow) | x) & ~kLow);  // bytes that are not zero
  }
  constexpr double kByChance = 1.0 / 256;  // different minima end in the same byte
  const double same = 1 - differ / static_cast<double>(kSignatureSize);
  return std::max(0.0, (same - kByChance) / (1 - kByChance));
}

}  // namespace pantograph::overlap
