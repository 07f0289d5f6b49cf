// SPDX-License-Identifier: GPL-3.0-or-later
// MinHash: a document as 128 bytes whose agreement estimates how alike two documents are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "overlap/words.h"

namespace pantograph::overlap {

inline constexpr std::size_t kShingle = 5;          ///< words of a shingle
inline constexpr std::size_t kBands = 16;           ///< of eight values each
inline constexpr std::size_t kSignatureSize = 128;  ///< values
/// Documents are near-copies from this similarity on. With it a pair of similarity s shares a band with the probability
/// 1 − (1 − s^8)^16: 0.95 at 0.8, 0.9999999 at 0.95, 0.06 at 0.5 (which the estimate then refuses).
inline constexpr double kNearCopy = 0.8;

/// One byte of each of 128 minima; a word is a band, eight of them.
using Signature = std::array<std::uint64_t, kBands>;

/// Of the set of shingles of scratch.words (of a shorter text all its words are the one shingle); false for a text
/// without a word. Minima over a partition that is filled up in rounds, so that they count as much for short texts as
/// for long ones: Broder 1997; Dahlgaard, Knudsen, Thorup 2017 ("Fast similarity sketching"); of each the last byte, Li
/// and König 2010 ("b-bit minwise hashing"). Uses scratch.grams.
bool make_signature(TextScratch& scratch, Signature& signature);

/// Estimate of the Jaccard similarity of the sets of shingles, without bias; its standard deviation is
/// sqrt(s (1 − s) / 128): 0.035 at 0.8.
double similarity(const Signature& a, const Signature& b);

}  // namespace pantograph::overlap
