// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace pantograph::infer {
namespace {

void require(bool holds, const char* setting, double found, const char* expected) {
  if (holds) return;
  throw Error(ErrorKind::usage, {fmt::format("{} = {}", setting, found), "sampling", expected, ""});
}

bool more_likely(const Candidate& a, const Candidate& b) {
  return a.log_probability != b.log_probability ? a.log_probability > b.log_probability : a.id < b.id;
}

/// Log-probabilities that sum to 1 over what is there.
void normalise(std::vector<Candidate>& candidates) {
  double highest = -INFINITY, sum = 0;
  for (const Candidate& c : candidates) highest = std::max(highest, c.log_probability);
  for (const Candidate& c : candidates) sum += std::exp(c.log_probability - highest);
  for (Candidate& c : candidates) c.log_probability -= highest + std::log(sum);
}

void penalise(std::vector<Candidate>& candidates, double penalty, std::vector<std::int32_t> seen) {
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (const std::int32_t id : seen) {
    if (id < 0 || static_cast<std::size_t>(id) >= candidates.size()) continue;
    double& logit = candidates[static_cast<std::size_t>(id)].log_probability;
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
}

}  // namespace

void check(const SamplingSettings& s) {
  require(s.temperature >= 0 && s.temperature <= 100, "temperature", s.temperature, "0 (the most likely) to 100");
  require(s.top_k >= 0, "top-k", s.top_k, "0 (all) or more");
  require(s.top_p > 0 && s.top_p <= 1, "top-p", s.top_p, "above 0, at most 1 (all)");
  require(s.min_p >= 0 && s.min_p <= 1, "min-p", s.min_p, "0 (all) to 1");
  require(s.repetition_penalty > 0 && s.repetition_penalty <= 100, "repetition penalty", s.repetition_penalty,
          "above 0; 1 changes nothing");
}

double log_sum_exp(const float* logits, int vocabulary) {
  const double highest = *std::max_element(logits, logits + vocabulary);
  double sum = 0;
  for (int i = 0; i < vocabulary; ++i) sum += std::exp(logits[i] - highest);
  return highest + std::log(sum);
}

std::vector<Candidate> most_likely(const float* logits, int vocabulary, int count) {
  std::vector<Candidate> all(static_cast<std::size_t>(vocabulary));
  const double log_sum = log_sum_exp(logits, vocabulary);
  for (std::int32_t i = 0; i < vocabulary; ++i) all[static_cast<std::size_t>(i)] = {i, logits[i] - log_sum};
  const auto end = all.begin() + std::clamp(count, 0, vocabulary);
  std::partial_sort(all.begin(), end, all.end(), more_likely);
  all.erase(end, all.end());
  return all;
}

std::vector<Candidate> distribution(const float* logits, int vocabulary, const SamplingSettings& settings,
                                    const std::vector<std::int32_t>& history) {
  std::vector<Candidate> all(static_cast<std::size_t>(vocabulary));
  for (std::int32_t i = 0; i < vocabulary; ++i) all[static_cast<std::size_t>(i)] = {i, logits[i]};
  if (settings.repetition_penalty != 1) penalise(all, settings.repetition_penalty, history);
  if (settings.temperature == 0) {
    const Candidate best = *std::min_element(all.begin(), all.end(), more_likely);
    return {{best.id, 0}};
  }
  for (Candidate& c : all) c.log_probability /= settings.temperature;
  if (settings.top_k > 0 && static_cast<std::size_t>(settings.top_k) < all.size()) {
    std::nth_element(all.begin(), all.begin() + settings.top_k, all.end(), more_likely);
    all.resize(static_cast<std::size_t>(settings.top_k));
  }
  std::sort(all.begin(), all.end(), more_likely);
  normalise(all);
  if (settings.top_p < 1) {
    double sum = 0;
    std::size_t kept = 0;
    while (kept < all.size() && sum < settings.top_p) sum += std::exp(all[kept++].log_probability);
    all.resize(std::max<std::size_t>(kept, 1));
    normalise(all);
  }
  if (settings.min_p > 0) {
    const double least = all.front().log_probability + std::log(settings.min_p);
    std::erase_if(all, [&](const Candidate& c) { return c.log_probability < least; });
    normalise(all);
  }
  return all;
}

std::int32_t draw(const float* logits, int vocabulary, const SamplingSettings& settings,
                  const std::vector<std::int32_t>& history, Random& random) {
  if (settings.temperature == 0 && settings.repetition_penalty == 1)
    return static_cast<std::int32_t>(std::max_element(logits, logits + vocabulary) - logits);
  const std::vector<Candidate> candidates = distribution(logits, vocabulary, settings, history);
  if (candidates.size() == 1) return candidates.front().id;
  const double at = random.uniform();
  double sum = 0;
  for (const Candidate& c : candidates) {
    sum += std::exp(c.log_probability);
    if (at < sum) return c.id;
  }
  return candidates.back().id;
}

}  // namespace pantograph::infer
