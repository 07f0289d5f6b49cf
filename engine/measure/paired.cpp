// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/paired.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace pantograph::measure {
namespace {

constexpr int kMostSeeds = 1000;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double sum_of_squares(const std::vector<double>& values) {
  const double mean = mean_of(values);
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [&](double sum, double value) { return sum + (value - mean) * (value - mean); });
}

/// Mean losses of some methods, a row a method and a column a seed, over the domains and samples that all have; and
/// what is known of their test sets: for each method by domain, in one order.
struct Losses {
  std::vector<std::vector<double>> rows;
  std::vector<std::map<std::string, std::vector<TestTerm>>> tests;
  int seeds = 0, samples = 0, domains = 0;
};

Losses losses_of(const std::vector<ResultRecord>& records, const std::vector<std::string>& methods) {
  using Place = std::tuple<std::uint64_t, std::string, std::uint64_t>;  // seed, domain, sample
  std::map<Place, std::map<std::string, const ResultRecord*>> places;
  for (const ResultRecord& r : records) {
    if (std::find(methods.begin(), methods.end(), r.method) != methods.end())
      places[{r.seed, r.domain, r.sample}][r.method] = &r;
  }
  std::erase_if(places, [&](const auto& place) { return place.second.size() < methods.size(); });
  std::map<std::uint64_t, std::vector<const std::map<std::string, const ResultRecord*>*>> seeds;
  std::set<std::string> domains;
  std::set<std::uint64_t> samples;
  for (const auto& [place, of_methods] : places) {
    seeds[std::get<0>(place)].push_back(&of_methods);
    domains.insert(std::get<1>(place));
    samples.insert(std::get<2>(place));
  }
  Losses out;
  out.seeds = static_cast<int>(seeds.size());
  out.samples = static_cast<int>(samples.size());
  out.domains = static_cast<int>(domains.size());
  for (const std::string& method : methods) {
    std::vector<double>& row = out.rows.emplace_back();
    auto& tests = out.tests.emplace_back();
    for (const auto& [seed, sets] : seeds) {
      std::vector<double> values;
      for (const auto* set : sets) {
        const ResultRecord& record = *set->at(method);
        values.push_back(std::log(record.perplexity_after));
        tests[record.domain].push_back({record.test.get(), 1});
      }
      row.push_back(mean_of(values));
    }
  }
  return out;
}

/// Of what is left of a table of methods × seeds without the mean of its row and of its column, by its degrees of
/// freedom: the variance of one method's loss beside the others' of the same seed.
double residual_variance(const Losses& losses, double degrees) {
  const std::size_t seeds = losses.rows.front().size();
  double squares = 0;
  std::vector<double> columns(seeds, 0.0);
  for (const auto& row : losses.rows) {
    for (std::size_t s = 0; s < seeds; ++s) columns[s] += row[s] / static_cast<double>(losses.rows.size());
  }
  for (const auto& row : losses.rows) {
    std::vector<double> off(seeds);
    for (std::size_t s = 0; s < seeds; ++s) off[s] = row[s] - columns[s];
    squares += sum_of_squares(off);
  }
  return squares / degrees;
}

/// Variance over test documents of how much larger the one's loss is than the other's.
std::optional<Variance> over_documents(const std::map<std::string, std::vector<TestTerm>>& one,
                                       const std::map<std::string, std::vector<TestTerm>>& other) {
  std::map<std::string, std::vector<TestTerm>> terms;
  for (const auto& [domain, tests] : one) {
    const double factor = 1.0 / static_cast<double>(tests.size());
    for (const TestTerm& test : tests) terms[domain].push_back({test.losses, factor});
    for (const TestTerm& test : other.at(domain)) terms[domain].push_back({test.losses, -factor});
  }
  return measure::over_documents(terms);
}

/// What kPower of designs with this variance find. The usual sum of two quantiles in place of the noncentral t: within
/// a few per cent from three seeds on.
double detectable(const Variance& variance) {
  return (t_quantile(variance.degrees, 0.5 + kConfidence / 2) + t_quantile(variance.degrees, kPower)) *
         std::sqrt(variance.value);
}

/// With another number of seeds.
Variance variance_with(const PairedDifference& d, int seeds) {
  std::vector<Variance> parts = {
      {d.of_seeds.value * d.seeds / seeds, (seeds - 1) * static_cast<double>(d.methods - 1)}};
  if (d.of_test.degrees > 0) parts.push_back(d.of_test);
  return sum_of(parts);
}

/// The k-th smallest p is held against (1 − kConfidence) / (pairs − k + 1); from the first that is larger on, that
/// level stays, so that an interval excludes 0 exactly where the correction decides.
void decide(std::vector<PairedDifference>& all) {
  const std::size_t methods = all.size() + 1;
  std::vector<PairedDifference*> order;
  for (PairedDifference& d : all) order.push_back(&d);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->p < b->p; });
  std::size_t left = methods * (methods - 1) / 2;
  bool decided = true;
  for (PairedDifference* d : order) {
    const double level = (1 - kConfidence) / static_cast<double>(left);
    decided = decided && d->p <= level;
    if (decided && left > 1) --left;
    d->confidence = 1 - level;
    d->interval = interval_of(d->loss, {d->error * d->error, d->degrees}, d->confidence);
    d->decision = !decided ? Decision::open : d->loss > 0 ? Decision::behind : Decision::ahead;
  }
}

}  // namespace

std::vector<PairedDifference> paired_differences(const std::vector<ResultRecord>& records, const std::string& chosen,
                                                 const std::vector<std::string>& others) {
  std::vector<std::string> methods = {chosen};
  methods.insert(methods.end(), others.begin(), others.end());
  const Losses losses = losses_of(records, methods);
  const double degrees = (losses.seeds - 1) * static_cast<double>(others.size());
  const double residual = degrees > 0 ? residual_variance(losses, degrees) : 0;
  std::vector<PairedDifference> all;
  for (std::size_t i = 0; i < others.size(); ++i) {
    PairedDifference d;
    d.method = others[i];
    d.seeds = losses.seeds, d.samples = losses.samples, d.domains = losses.domains;
    d.methods = static_cast<int>(methods.size());
    std::vector<double> by_seed;
    for (std::size_t s = 0; s < losses.rows[0].size(); ++s)
      by_seed.push_back(losses.rows[i + 1][s] - losses.rows[0][s]);
    d.loss = by_seed.empty() ? std::numeric_limits<double>::quiet_NaN() : mean_of(by_seed);
    if (const auto documents = over_documents(losses.tests[i + 1], losses.tests[0])) {
      d.of_test = *documents;
      d.over_documents = interval_of(d.loss, d.of_test);
    }
    if (d.seeds > 1) {
      d.of_seeds = {std::max(sum_of_squares(by_seed) / (d.seeds - 1), 2 * residual) / d.seeds, degrees};
      const Variance both = variance_with(d, d.seeds);
      d.error = std::sqrt(both.value);
      d.degrees = both.degrees;
      d.p = d.error > 0 ? t_two_sided(d.degrees, d.loss / d.error) : d.loss == 0 ? 1 : 0;
    }
    all.push_back(d);
  }
  if (degrees > 0) decide(all);
  return all;
}

const char* to_string(Decision decision) {
  switch (decision) {
    case Decision::behind:
      return "worse";
    case Decision::ahead:
      return "better";
    case Decision::open:
      return "not decided";
    case Decision::one_seed:
      break;
  }
  return "not decided by seeds";
}

double detectable(const PairedDifference& d) {
  if (d.seeds < 2) return std::numeric_limits<double>::quiet_NaN();
  return detectable(variance_with(d, d.seeds));
}

int seeds_needed(const PairedDifference& d) {
  if (d.seeds < 2) return 0;
  const auto decides = [&](int seeds) { return detectable(variance_with(d, seeds)) <= std::abs(d.loss); };
  if (!decides(kMostSeeds)) return 0;
  int low = 1, high = kMostSeeds;  // the more seeds, the less can be detected
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (decides(middle) ? high : low) = middle;
  }
  return high;
}

bool test_sets_too_small(const PairedDifference& d) {
  return d.of_test.degrees > 0 && detectable(d.of_test) > std::abs(d.loss);
}

double lead(double loss) {
  return -std::expm1(-loss);
}

}  // namespace pantograph::measure
