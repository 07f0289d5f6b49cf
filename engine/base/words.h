// SPDX-License-Identifier: GPL-3.0-or-later
// Small pieces of English that messages, verdict, advice and notes are put together from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pantograph::words {

std::string plural(std::size_t count, const std::string& word);  ///< "no domains", "one domain", "12 domains"
std::string list(const std::vector<std::string>& names);         ///< "a, b and c"
std::string higher(double ratio);                                ///< of 1.043 "4.3 % higher", of 6 "6.0 times as high"
std::string tokens(std::uint64_t count);                         ///< "100k"
std::string seed_and_sample(std::uint64_t seed, std::uint64_t sample);  ///< "7"; of its second sample "7.2"

}  // namespace pantograph::words
