// SPDX-License-Identifier: GPL-3.0-or-later
// From logits to the next token.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace pantograph::infer {

/// In this order: repetition penalty, temperature, top-k, top-p, min-p, draw.
struct SamplingSettings {
  double temperature = 1;         ///< 0: the most likely token, always
  int top_k = 0;                  ///< only so many of the most likely; 0: all
  double top_p = 1;               ///< only the most likely that together have this probability (Holtzman et al. 2020)
  double min_p = 0;               ///< only those with this share of the most likely one's (Nguyen et al. 2024)
  double repetition_penalty = 1;  ///< logits of tokens that stand there already: ÷ where positive, × where negative
                                  ///< (CTRL, Keskar et al. 2019)
  std::uint64_t seed = 0;
};

/// Error(usage) naming the setting that is out of range.
void check(const SamplingSettings& settings);

struct Candidate {
  std::int32_t id = 0;
  double log_probability = 0;  ///< nats
};

/// log Σ exp(logits), for log-probabilities: logits[i] − log_sum.
double log_sum_exp(const float* logits, int vocabulary);

/// The `count` most likely tokens, falling; of equals the lower id first.
std::vector<Candidate> most_likely(const float* logits, int vocabulary, int count);

/// What a token may be drawn from under the settings, falling, with probabilities that sum to 1 (their logarithms).
/// `history`: tokens that stand there already.
std::vector<Candidate> distribution(const float* logits, int vocabulary, const SamplingSettings& settings,
                                    const std::vector<std::int32_t>& history);

/// Draws from distribution().
std::int32_t draw(const float* logits, int vocabulary, const SamplingSettings& settings,
                  const std::vector<std::int32_t>& history, Random& random);

}  // namespace pantograph::infer
