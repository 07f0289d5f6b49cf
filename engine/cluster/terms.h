// SPDX-License-Identifier: GPL-3.0-or-later
// Words that tell a cluster from the others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pantograph::cluster {

/// Up to `count` words of each cluster, by p(w|c) · ln(p(w|c) / p(w)) over the windows that hold the word: a word of
/// every window has no lift, a word of one window no weight. Words have a letter, at least 3 bytes, and stand in 2
/// windows of the cluster or more. Ties in alphabetical order.
std::vector<std::vector<std::string>> top_terms(const std::vector<std::string>& texts,
                                                const std::vector<std::uint32_t>& labels, int clusters, int count);

}  // namespace pantograph::cluster
