// SPDX-License-Identifier: GPL-3.0-or-later
// A sample of windows that stands for a set's tokens.
#pragma once

#include <cstdint>
#include <vector>

namespace pantograph::cluster {

/// Indices of `count` of the lengths (all above 0; all of them, if there are no more), rising. Drawn one after the
/// other without replacement, each time in proportion to what is left: weighted reservoir sampling (Efraimidis and
/// Spirakis 2006, algorithm A).
std::vector<std::size_t> sample_by_length(const std::vector<std::uint32_t>& lengths, std::size_t count,
                                          std::uint64_t seed);

}  // namespace pantograph::cluster
