// SPDX-License-Identifier: GPL-3.0-or-later
// Perplexities and their averages.
#include "measure/results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace pantograph::measure {

double perplexity(double loss) {
  return std::exp(loss);
}

double macro_average_perplexity(const std::vector<double>& perplexities) {
  if (perplexities.empty()) return std::numeric_limits<double>::quiet_NaN();
  double loss = 0;
  for (double value : perplexities) {
    if (!std::isfinite(value) || value <= 0) return std::numeric_limits<double>::quiet_NaN();
    loss += std::log(value);
  }
  return std::exp(loss / static_cast<double>(perplexities.size()));
}

std::uint64_t budget_of(const ResultRecord& record) {
  return record.generic_budget ? record.generic_budget : record.generic_tokens;
}

void sort_results(std::vector<ResultRecord>& records) {
  std::stable_sort(records.begin(), records.end(), [](const ResultRecord& a, const ResultRecord& b) {
    const std::uint64_t budget_a = budget_of(a), budget_b = budget_of(b);
    return std::tie(a.method, a.domain, a.specialization_tokens, budget_a, a.seed) <
           std::tie(b.method, b.domain, b.specialization_tokens, budget_b, b.seed);
  });
}

namespace {

struct Moments {
  double mean = std::numeric_limits<double>::quiet_NaN(), spread = 0;
};

Moments moments(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (double value : values) sum += value;
  for (double value : values) squares += (value - sum / n) * (value - sum / n);
  return {sum / n, values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

}  // namespace

std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records) {
  // size, method, budget → seed → domain → record: maps, so that neither order nor repetition changes a digit.
  using Domains = std::map<std::string, const ResultRecord*>;
  std::map<std::tuple<std::uint64_t, std::string, std::uint64_t>, std::map<std::uint64_t, Domains>> groups;
  for (const ResultRecord& r : records)
    groups[{r.specialization_tokens, r.method, budget_of(r)}][r.seed][r.domain] = &r;

  std::vector<MethodAverage> out;
  for (const auto& [key, every_seed] : groups) {
    // Whole seeds where there are any, so that a seed half done does not throw away the others' domains.
    std::set<std::string> all;
    for (const auto& [seed, domains] : every_seed) {
      for (const auto& [domain, record] : domains) all.insert(domain);
    }
    auto seeds = every_seed;
    std::erase_if(seeds, [&](const auto& seed) { return seed.second.size() < all.size(); });
    std::set<std::string> common = all;
    if (seeds.empty()) {
      seeds = every_seed;
      for (const auto& [seed, domains] : seeds) {
        std::erase_if(common, [&d = domains](const std::string& domain) { return !d.contains(domain); });
      }
    }
    if (common.empty()) continue;  // no two seeds share a domain: nothing can be averaged
    std::vector<double> before, after, generic;
    for (const auto& [seed, domains] : seeds) {
      std::vector<double> b, a;
      for (const std::string& domain : common) {
        b.push_back(domains.at(domain)->perplexity_before);
        a.push_back(domains.at(domain)->perplexity_after);
      }
      before.push_back(macro_average_perplexity(b));
      after.push_back(macro_average_perplexity(a));
      // One network a seed: its records agree.
      if (const double value = domains.at(*common.begin())->generic_perplexity; value > 0) generic.push_back(value);
    }
    MethodAverage average;
    std::tie(average.specialization_tokens, average.method, average.generic_budget) = key;
    const Moments b = moments(before), a = moments(after), g = moments(generic);
    average.before = b.mean, average.before_spread = b.spread;
    average.after = a.mean, average.after_spread = a.spread;
    average.generic = g.mean, average.generic_spread = g.spread;
    average.domains = static_cast<int>(common.size());
    average.seeds = static_cast<int>(seeds.size());
    out.push_back(average);
  }
  return out;
}

}  // namespace pantograph::measure
