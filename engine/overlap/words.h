// SPDX-License-Identifier: GPL-3.0-or-later
// A text as words, and its n-grams as hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::overlap {

/// A bijection of 64 bits that spreads them well (the finalizer of SplitMix64: Steele, Lea, Flood 2014).
inline std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// What a thread keeps between texts, so that it need not ask for memory for each.
struct TextScratch {
  std::string lower;
  std::vector<std::uint64_t> words, grams;
};

/// Hashes of the words of a text (UTF-8), in order, into scratch.words. A word is a maximal run of code points that are
/// neither blank nor punctuation, with ASCII letters in lower case; in scripts that are written without blanks (Han,
/// kana, Thai, Lao, Burmese, Khmer) every code point is a word. docs/FORMATS.md says the same.
void find_words(std::string_view text, TextScratch& scratch);

/// use(hash) for each run of `length` words, in order; none in a shorter text. The hash is a polynomial of the words'
/// hashes modulo 2^64, rolled on from one run to the next, and mixed.
template <typename Use>
void each_gram(const std::vector<std::uint64_t>& words, std::size_t length, Use&& use) {
  constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15ULL;
  std::uint64_t leaving = 1;  // factor of the word that drops out
  for (std::size_t i = 0; i < length; ++i) leaving *= kBase;
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    hash = hash * kBase + words[i];
    if (i >= length) hash -= leaving * words[i - length];
    if (i + 1 >= length) use(mix(hash));
  }
}

}  // namespace pantograph::overlap
