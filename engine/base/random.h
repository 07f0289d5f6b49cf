// SPDX-License-Identifier: GPL-3.0-or-later
// Random numbers whose stream is the same on every machine and whose state is four integers that can be saved.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace pantograph {

/// xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Random(std::uint64_t seed);
  explicit Random(const State& state) : state_(state) {}

  std::uint64_t next();
  double uniform();                          ///< in [0, 1)
  std::uint64_t below(std::uint64_t bound);  ///< in [0, bound), unbiased; bound > 0
  double normal();                           ///< standard normal (Box-Muller, one value a call: no hidden state)
  const State& state() const { return state_; }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  State state_;
};

/// A seed for one purpose, so that streams do not overlap: derive_seed(7, "split/law").
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose);
/// Of one of several repeats with that seed, counted from 1; the first has the stream of the seed alone.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t repeat);

}  // namespace pantograph
