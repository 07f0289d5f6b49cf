// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/paired.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
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

double quantile(double degrees, double probability) {
  return boost::math::quantile(boost::math::students_t(degrees), probability);
}

double two_sided(double degrees, double t) {
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), t));
}

/// Mean losses of some methods, a row a method and a column a seed, over the domains and samples that all have.
struct Losses {
  std::vector<std::vector<double>> rows;
  int seeds = 0, samples = 0, domains = 0;
};

Losses losses_of(const std::vector<ResultRecord>& records, const std::vector<std::string>& methods) {
  using Place = std::tuple<std::uint64_t, std::string, std::uint64_t>;  // seed, domain, sample
  std::map<Place, std::map<std::string, double>> places;
  for (const ResultRecord& r : records) {
    if (std::find(methods.begin(), methods.end(), r.method) != methods.end())
      places[{r.seed, r.domain, r.sample}][r.method] = std::log(r.perplexity_after);
  }
  std::erase_if(places, [&](const auto& place) { return place.second.size() < methods.size(); });
  std::map<std::uint64_t, std::vector<const std::map<std::string, double>*>> seeds;
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
    for (const auto& [seed, sets] : seeds) {
      std::vector<double> values;
      for (const auto* set : sets) values.push_back(set->at(method));
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

/// What kPower of designs with these seeds find, where the difference of one seed spreads by `deviation`. The usual sum
/// of two quantiles in place of the noncentral t: within a few per cent from three seeds on.
double detectable(int seeds, int methods, double deviation) {
  const double degrees = (seeds - 1) * static_cast<double>(methods - 1);
  return (quantile(degrees, 0.5 + kConfidence / 2) + quantile(degrees, kPower)) * deviation / std::sqrt(seeds);
}

/// The k-th smallest p is held against (1 − kConfidence) / (pairs − k + 1); from the first that is larger on, that
/// level stays, so that an interval excludes 0 exactly where the correction decides.
void decide(std::vector<PairedDifference>& all, double degrees) {
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
    const double half = quantile(degrees, 1 - level / 2) * d->error;
    d->interval = {d->loss - half, d->loss + half};
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
    if (d.seeds > 1) {
      const double deviation = std::sqrt(std::max(sum_of_squares(by_seed) / (d.seeds - 1), 2 * residual));
      d.error = deviation / std::sqrt(d.seeds);
      d.p = d.error > 0 ? two_sided(degrees, std::abs(d.loss) / d.error) : d.loss == 0 ? 1 : 0;
    }
    all.push_back(d);
  }
  if (degrees > 0) decide(all, degrees);
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
  return detectable(d.seeds, d.methods, d.error * std::sqrt(d.seeds));
}

int seeds_needed(const PairedDifference& d) {
  if (d.seeds < 2) return 0;
  const auto decides = [&](int seeds) {
    return detectable(seeds, d.methods, d.error * std::sqrt(d.seeds)) <= std::abs(d.loss);
  };
  if (!decides(kMostSeeds)) return 0;
  int low = 1, high = kMostSeeds;  // the more seeds, the less can be detected
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (decides(middle) ? high : low) = middle;
  }
  return high;
}

double lead(double loss) {
  return -std::expm1(-loss);
}

}  // namespace pantograph::measure
