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
    return std::tie(a.method, a.domain, a.specialization_tokens, budget_a, a.seed, a.sample) <
           std::tie(b.method, b.domain, b.specialization_tokens, budget_b, b.seed, b.sample);
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

/// Of the macro-averaged perplexity: over the seeds' values, and over the test documents that all of them share.
Interval interval_of_average(const std::vector<double>& perplexities,
                             const std::map<std::string, std::vector<TestTerm>>& tests) {
  std::vector<double> losses;
  for (const double value : perplexities) losses.push_back(std::log(value));
  const Moments of_seeds = moments(losses);
  std::vector<Variance> parts;
  const auto seeds = static_cast<double>(losses.size());
  if (seeds > 1) parts.push_back({of_seeds.spread * of_seeds.spread / seeds, seeds - 1});
  if (const std::optional<Variance> documents = over_documents(tests)) parts.push_back(*documents);
  if (parts.empty() || !std::isfinite(of_seeds.mean)) return {};
  const Interval loss = interval_of(of_seeds.mean, sum_of(parts));
  return {perplexity(loss.low), perplexity(loss.high)};
}

}  // namespace

std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records) {
  // size, method, budget → seed → set → record: maps, so that neither order nor repetition changes a digit.
  using Set = std::pair<std::string, std::uint64_t>;  // domain, sample
  using Sets = std::map<Set, const ResultRecord*>;
  std::map<std::tuple<std::uint64_t, std::string, std::uint64_t>, std::map<std::uint64_t, Sets>> groups;
  for (const ResultRecord& r : records)
    groups[{r.specialization_tokens, r.method, budget_of(r)}][r.seed][{r.domain, r.sample}] = &r;

  std::vector<MethodAverage> out;
  for (const auto& [key, every_seed] : groups) {
    // Whole seeds where there are any, so that a seed half done does not throw away the others' sets.
    std::set<Set> all;
    for (const auto& [seed, sets] : every_seed) {
      for (const auto& [set, record] : sets) all.insert(set);
    }
    auto seeds = every_seed;
    std::erase_if(seeds, [&](const auto& seed) { return seed.second.size() < all.size(); });
    std::set<Set> common = all;
    if (seeds.empty()) {
      seeds = every_seed;
      for (const auto& [seed, sets] : seeds) {
        std::erase_if(common, [&s = sets](const Set& set) { return !s.contains(set); });
      }
    }
    if (common.empty()) continue;  // no two seeds share a domain: nothing can be averaged
    std::vector<double> before, after, validation, generic, without_leaks, bits;
    std::map<std::string, std::vector<TestTerm>> tests;  // by domain
    bool leaks = false;
    std::set<std::string> domains;
    std::set<std::uint64_t> samples;
    for (const auto& [domain, sample] : common) domains.insert(domain), samples.insert(sample);
    for (const auto& [seed, sets] : seeds) {
      std::vector<double> b, a, v, w;
      for (const Set& set : common) {
        const ResultRecord& r = *sets.at(set);
        b.push_back(r.perplexity_before);
        a.push_back(r.perplexity_after);
        v.push_back(r.validation_loss > 0 ? perplexity(r.validation_loss) : 0);
        w.push_back(r.perplexity_without_leaks);
        bits.push_back(bits_per_byte(r));
        tests[r.domain].push_back({r.test.get(), 1});
        leaks = leaks || r.leaked_documents > 0;
      }
      without_leaks.push_back(macro_average_perplexity(w));
      before.push_back(macro_average_perplexity(b));
      after.push_back(macro_average_perplexity(a));
      validation.push_back(macro_average_perplexity(v));
      // One network a seed: its records agree.
      if (const double value = sets.at(*common.begin())->generic_perplexity; value > 0) generic.push_back(value);
    }
    MethodAverage average;
    std::tie(average.specialization_tokens, average.method, average.generic_budget) = key;
    const Moments b = moments(before), a = moments(after), g = moments(generic);
    average.before = b.mean, average.before_spread = b.spread;
    average.after = a.mean, average.after_spread = a.spread;
    average.generic = g.mean, average.generic_spread = g.spread;
    for (auto& [domain, terms] : tests) {
      for (TestTerm& term : terms) term.factor = 1.0 / static_cast<double>(terms.size());
    }
    average.after_interval = interval_of_average(after, tests);
    average.validation = moments(validation).mean;
    average.without_leaks = moments(without_leaks).mean;
    average.bits_per_byte = moments(bits).mean;
    average.leaks = leaks;
    average.domains = static_cast<int>(domains.size());
    average.samples = static_cast<int>(samples.size());
    average.seeds = static_cast<int>(seeds.size());
    out.push_back(average);
  }
  return out;
}

}  // namespace pantograph::measure
