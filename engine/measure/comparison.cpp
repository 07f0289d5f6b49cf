// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts records down to what every method has, ranks the methods, and holds them against the first.
#include "measure/comparison.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace pantograph::measure {

namespace {

/// Presets of one size differ by a few biases.
constexpr double kSameSize = 1.01;

bool within_limit(const ResultRecord& record, std::uint64_t limit) {
  return static_cast<double>(record.parameters_inference) <= kSameSize * static_cast<double>(limit);
}

using Budgets = std::map<std::string, std::set<std::uint64_t>>;  // by method

Budgets budgets_of(const std::vector<ResultRecord>& records) {
  Budgets out;
  for (const ResultRecord& r : records) out[r.method].insert(budget_of(r));
  return out;
}

/// The largest budget that all competitors with a generic phase have; 0 when there is none.
std::uint64_t common_budget(const std::vector<ResultRecord>& records, std::uint64_t limit) {
  Budgets have;
  for (const ResultRecord& r : records) {
    if (within_limit(r, limit) && budget_of(r) > 0) have[r.method].insert(budget_of(r));
  }
  if (have.empty()) return 0;
  std::uint64_t common = 0;
  for (std::uint64_t budget : have.begin()->second) {
    if (std::all_of(have.begin(), have.end(), [&](const auto& method) { return method.second.contains(budget); }))
      common = budget;  // ascending: the last is the largest
  }
  return common;
}

/// Each method's records at `budget` where it has it, else at its own largest.
std::vector<ResultRecord> at_budget(const std::vector<ResultRecord>& records, std::uint64_t budget) {
  const Budgets have = budgets_of(records);
  std::vector<ResultRecord> out;
  for (const ResultRecord& r : records) {
    const std::set<std::uint64_t>& own = have.at(r.method);
    if (budget_of(r) == (own.contains(budget) ? budget : *own.rbegin())) out.push_back(r);
  }
  return out;
}

/// Keeps the domains, seeds and samples that every competitor has. A method above the limit that lacks one of them is
/// dropped rather than narrowing the comparison.
bool keep_common(std::vector<ResultRecord>& records, std::uint64_t limit) {
  using Runs = std::set<std::tuple<std::string, std::uint64_t, std::uint64_t>>;
  std::map<std::string, Runs> have;
  std::set<std::string> competitors;
  for (const ResultRecord& r : records) {
    have[r.method].insert({r.domain, r.seed, r.sample});
    if (within_limit(r, limit)) competitors.insert(r.method);
  }
  Runs common = have.at(*competitors.begin());
  for (const std::string& method : competitors)
    std::erase_if(common, [&](const auto& key) { return !have.at(method).contains(key); });
  return std::erase_if(records, [&](const ResultRecord& r) {
           const Runs& own = have.at(r.method);
           return !common.contains({r.domain, r.seed, r.sample}) ||
                  !std::includes(own.begin(), own.end(), common.begin(), common.end());
         }) > 0;
}

/// Whether the method stands with the chosen one.
bool level_with(const PairedDifference& d) {
  if (d.decision == Decision::one_seed)
    return d.loss < -std::log1p(-kNarrowLead) || (d.over_documents.known() && d.over_documents.low <= 0);
  return d.decision != Decision::behind;
}

Comparison of_one_size(const std::vector<ResultRecord>& records, std::uint64_t size) {
  Comparison out;
  out.size = size;
  std::vector<ResultRecord> mine;
  std::copy_if(records.begin(), records.end(), std::back_inserter(mine),
               [&](const ResultRecord& r) { return r.specialization_tokens == size; });
  out.inference_limit = mine.front().parameters_inference;
  for (const ResultRecord& r : mine) out.inference_limit = std::min(out.inference_limit, r.parameters_inference);
  const std::uint64_t budget = common_budget(mine, out.inference_limit);
  out.records = at_budget(mine, budget);
  out.left_out = keep_common(out.records, out.inference_limit);

  std::set<std::string> competes;
  std::set<std::uint64_t> compared;
  for (const ResultRecord& r : out.records) {
    if (within_limit(r, out.inference_limit)) competes.insert(r.method);
    if (budget_of(r) > 0) compared.insert(budget_of(r));
  }
  for (const auto& [method, budgets] : budgets_of(mine))
    out.larger_budgets = out.larger_budgets || (budget > 0 && *budgets.rbegin() > budget);
  out.one_budget = compared.size() == 1;

  std::vector<MethodAverage> order = averages(out.records);
  std::erase_if(order, [&](const MethodAverage& a) {
    const bool finite = std::isfinite(a.after) && a.after > 0;
    if (!finite) out.diverged.push_back(a.method);
    return !finite;
  });
  out.by_validation = std::all_of(order.begin(), order.end(), [&](const MethodAverage& a) {
    return !competes.contains(a.method) || std::isfinite(a.validation);
  });
  std::stable_sort(order.begin(), order.end(), [&](const MethodAverage& a, const MethodAverage& b) {
    return out.by_validation ? a.validation < b.validation : a.after < b.after;
  });
  std::vector<MethodAverage> competitors;
  std::partition_copy(order.begin(), order.end(), std::back_inserter(competitors), std::back_inserter(out.references),
                      [&](const MethodAverage& a) { return competes.contains(a.method); });
  if (competitors.empty()) return out;
  std::vector<std::string> others;
  for (std::size_t i = 1; i < competitors.size(); ++i) others.push_back(competitors[i].method);
  out.differences = paired_differences(out.records, competitors[0].method, others);
  out.level.push_back(competitors[0]);
  for (std::size_t i = 1; i < competitors.size(); ++i)
    (level_with(out.differences[i - 1]) ? out.level : out.rest).push_back(competitors[i]);
  return out;
}

}  // namespace

std::vector<Comparison> compare(const std::vector<ResultRecord>& records) {
  std::set<std::uint64_t> sizes;
  for (const ResultRecord& r : records) sizes.insert(r.specialization_tokens);
  std::vector<Comparison> out;
  for (std::uint64_t size : sizes) out.push_back(of_one_size(records, size));
  return out;
}

std::vector<MethodAverage> ranked(const Comparison& comparison) {
  std::vector<MethodAverage> out;
  if (comparison.level.empty()) return out;
  out.push_back(comparison.level.front());
  for (const PairedDifference& d : comparison.differences) {
    for (const auto* group : {&comparison.level, &comparison.rest})
      std::copy_if(group->begin(), group->end(), std::back_inserter(out),
                   [&](const MethodAverage& a) { return a.method == d.method; });
  }
  return out;
}

const PairedDifference& difference_of(const Comparison& comparison, const std::string& method) {
  return *std::find_if(comparison.differences.begin(), comparison.differences.end(),
                       [&](const PairedDifference& d) { return d.method == method; });
}

std::vector<ResultRecord> at_largest_budget(const std::vector<ResultRecord>& records) {
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> largest;
  for (const ResultRecord& r : records) {
    std::uint64_t& budget = largest[{r.method, r.specialization_tokens}];
    budget = std::max(budget, budget_of(r));
  }
  std::vector<ResultRecord> out;
  std::copy_if(records.begin(), records.end(), std::back_inserter(out), [&](const ResultRecord& r) {
    return budget_of(r) == largest.at({r.method, r.specialization_tokens});
  });
  return out;
}

}  // namespace pantograph::measure
