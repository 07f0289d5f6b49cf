// SPDX-License-Identifier: GPL-3.0-or-later
// Perplexities and their averages.
#include "measure/results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace pantograph {

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

std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records) {
  // size, method → seed → domain → record: a map, so that neither order nor repetition of records changes a digit.
  std::map<std::pair<std::uint64_t, std::string>, std::map<std::uint64_t, std::map<std::string, const ResultRecord*>>>
      groups;
  for (const ResultRecord& r : records) groups[{r.specialization_tokens, r.method}][r.seed][r.domain] = &r;

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
    std::vector<double> before, after;
    for (const auto& [seed, domains] : seeds) {
      std::vector<double> b, a;
      for (const std::string& domain : common) {
        b.push_back(domains.at(domain)->perplexity_before);
        a.push_back(domains.at(domain)->perplexity_after);
      }
      before.push_back(macro_average_perplexity(b));
      after.push_back(macro_average_perplexity(a));
    }
    const auto mean = [](const std::vector<double>& values) {
      double sum = 0;
      for (double value : values) sum += value;
      return sum / static_cast<double>(values.size());
    };
    MethodAverage average;
    average.specialization_tokens = key.first;
    average.method = key.second;
    average.before = mean(before);
    average.after = mean(after);
    if (after.size() > 1) {
      double squares = 0;
      for (double value : after) squares += (value - average.after) * (value - average.after);
      average.after_spread = std::sqrt(squares / static_cast<double>(after.size() - 1));
    }
    average.domains = static_cast<int>(common.size());
    average.seeds = static_cast<int>(seeds.size());
    out.push_back(average);
  }
  return out;
}

}  // namespace pantograph
