// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <numbers>

#include "base/hash.h"

namespace pantograph {
namespace {

std::uint64_t split_mix(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) word = split_mix(seed);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) {
  const std::uint64_t limit = -bound % bound;  // 2^64 mod bound: values under it would be drawn once too often
  std::uint64_t x = next();
  while (x < limit) x = next();
  return x % bound;
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose) {
  return hash64(purpose, seed);
}

std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t repeat) {
  return derive_seed(seed, repeat > 1 ? fmt::format("{}/{}", purpose, repeat) : std::string(purpose));
}

}  // namespace pantograph
