// SPDX-License-Identifier: GPL-3.0-or-later
// Picks methods by measured perplexity, then by cost.
#include "report/advice.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/words.h"
#include "measure/comparison.h"

namespace pantograph::report {

namespace {

/// Costs that differ by less are one.
constexpr double kSameCost = 1.01;

using Costs = std::map<std::string, measure::LedgerEntry>;  // by method, of one comparison

Costs costs_of(const measure::Comparison& comparison) {
  Costs out;
  for (const measure::LedgerEntry& entry : measure::ledger(comparison.records)) out[entry.method] = entry;
  return out;
}

/// In `unit`; a cost that is not known is higher than any other.
double price(const measure::Cost& cost, measure::CostUnit unit) {
  const double value = measure::amount(cost, unit);
  return std::isfinite(value) ? value : std::numeric_limits<double>::infinity();
}

/// The cheapest of the methods that nothing is decided against and that were measured near the chosen one; of equally
/// cheap ones the better. What a few seeds leave open may be far behind: that alone does not recommend it.
const measure::MethodAverage& cheapest_level(const measure::Comparison& c, const Costs& costs, double tasks,
                                             measure::CostUnit unit) {
  const auto cost = [&](const measure::MethodAverage& a) {
    return price(measure::total_cost(costs.at(a.method), tasks, true), unit);
  };
  const measure::MethodAverage* use = &c.level.front();
  for (std::size_t i = 1; i < c.level.size(); ++i) {
    const measure::MethodAverage& other = c.level[i];
    if (measure::lead(difference_of(c, other.method).loss) < measure::kNarrowLead && cost(other) < cost(*use))
      use = &other;
  }
  return *use;
}

/// From the best on, each that is cheaper than all before it; turned round, cheapest first.
std::vector<Choice> choices(const measure::Comparison& c, const Costs& costs, double tasks, measure::CostUnit unit) {
  std::vector<Choice> out;
  for (const measure::MethodAverage& a : measure::ranked(c)) {
    const Choice choice{a.method, measure::total_cost(costs.at(a.method), tasks, true), a.after};
    if (out.empty() || price(choice.total, unit) * kSameCost < price(out.back().total, unit)) out.push_back(choice);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

DomainAdvice for_domain(const measure::Comparison& c, const std::string& domain, measure::CostUnit unit) {
  DomainAdvice out;
  out.domain = domain;
  out.size = c.size;
  const measure::MethodAverage& use = cheapest_level(c, costs_of(c), 1, unit);
  out.method = use.method;
  out.perplexity = use.after;
  for (const measure::MethodAverage& a : c.level) out.level.push_back(a.method);
  if (!c.rest.empty()) {
    out.next = c.rest.front().method;
    out.next_perplexity = c.rest.front().after;
  }
  return out;
}

/// The lead of the winner at equal generic cost, where both were run at several budgets that allow it to be read off.
std::string at_equal_cost(const std::vector<measure::ResultRecord>& records, const measure::Comparison& c,
                          const Costs& costs, const std::string& winner, const std::string& next,
                          measure::CostUnit unit) {
  measure::PhaseTime time = measure::generic_time(c.records, winner),
                     other_time = measure::generic_time(c.records, next);
  time.mean = costs.at(winner).generic.seconds;  // of all experts, where each domain paid for its own
  other_time.mean = costs.at(next).generic.seconds;
  // Times that differ as those of repeated runs do are no cost: then the operations are compared.
  if (unit == measure::CostUnit::seconds && !measure::took_longer(time, other_time) &&
      !measure::took_longer(other_time, time))
    unit = measure::CostUnit::flops;
  const double cost = measure::amount(costs.at(next).generic, unit),
               own = measure::amount(costs.at(winner).generic, unit);
  if (!(cost > 0) || !(own > 0) || std::max(own, cost) < kSameCost * std::min(own, cost)) return "";
  if (own < cost)
    return fmt::format(" Its generic phase is cheaper too: {:.2f} times {} {}'s.", own / cost,
                       unit == measure::CostUnit::flops ? "the FLOPs of" : "the cost of", next);
  std::vector<measure::ResultRecord> of_winner;
  // The same domains, seeds and samples at every budget.
  std::set<std::tuple<std::string, std::uint64_t, std::uint64_t>> compared;
  for (const measure::ResultRecord& r : c.records) compared.insert({r.domain, r.seed, r.sample});
  std::copy_if(records.begin(), records.end(), std::back_inserter(of_winner), [&](const measure::ResultRecord& r) {
    return r.method == winner && r.specialization_tokens == c.size && compared.contains({r.domain, r.seed, r.sample});
  });
  std::map<std::uint64_t, double> perplexities;
  for (const measure::MethodAverage& a : measure::averages(of_winner)) perplexities[a.generic_budget] = a.after;
  std::vector<measure::CostPoint> points;
  for (const measure::LedgerEntry& e : measure::ledger(of_winner)) {
    if (perplexities.contains(e.budget))
      points.push_back({measure::amount(e.generic, unit), perplexities.at(e.budget)});
  }
  const std::string longer = fmt::format(" Its generic phase costs {:.2f} times {} {}'s", own / cost,
                                         unit == measure::CostUnit::flops ? "the FLOPs of" : "as much as", next);
  const auto perplexity = measure::perplexity_at_cost(points, cost);
  if (!perplexity) return longer + "; what it gives at the same cost was not run.";
  const auto other = std::find_if(c.rest.begin(), c.rest.end(), [&](const auto& a) { return a.method == next; });
  const double ratio = *perplexity / other->after;
  return longer +
         fmt::format("; at the same cost it would have {} (interpolated), {} than {}.", format_perplexity(*perplexity),
                     ratio < 1 ? format_percent(1 - ratio) + " lower" : format_percent(ratio - 1) + " higher", next);
}

/// "3.1 % [1.2, 4.9]"; without an interval where there is one seed.
std::string lead_over(const measure::Comparison& c, const measure::MethodAverage& next) {
  const measure::PairedDifference& d = difference_of(c, next.method);
  const std::string lead = format_percent(measure::lead(d.loss));
  if (!d.interval.known()) return lead;
  return lead + ' ' + format_percent_interval(measure::lead(d.interval.low), measure::lead(d.interval.high));
}

std::string sentence(const std::vector<measure::ResultRecord>& records, const measure::Comparison& c,
                     measure::CostUnit unit) {
  const std::string with = fmt::format("With {} tokens of each domain", words::tokens(c.size));
  if (c.level.empty()) return with + ", no method can be recommended: there is nothing to compare.";
  const Costs costs = costs_of(c);
  const measure::MethodAverage& use = cheapest_level(c, costs, 1, unit);
  const std::string seeds = c.level.front().seeds == 1 ? " One seed only: run more before relying on it." : "";
  if (c.level.size() > 1) {
    std::vector<std::string> others;
    for (const measure::MethodAverage& a : c.level) {
      if (a.method != use.method) others.push_back(fmt::format("{} {}", a.method, format_perplexity(a.after)));
    }
    const bool cheapest = use.method != c.level.front().method;
    return fmt::format("{}, use {}: perplexity {}. Nothing is decided between it and {}{}.{}", with, use.method,
                       format_perplexity(use.after), words::list(others),
                       cheapest ? "; of those measured near the best it costs the least" : "", seeds);
  }
  if (c.rest.empty())
    return fmt::format("{}, {} (perplexity {}) is the only method that was run within the inference limit.{}", with,
                       use.method, format_perplexity(use.after), seeds);
  const measure::MethodAverage& next = c.rest.front();
  return fmt::format("{}, use {}: perplexity {}, {} lower than {} ({}).", with, use.method,
                     format_perplexity(use.after), lead_over(c, next), next.method, format_perplexity(next.after)) +
         at_equal_cost(records, c, costs, use.method, next.method, unit) + seeds;
}

}  // namespace

Advice advice(const std::vector<measure::ResultRecord>& records, const std::vector<double>& tasks) {
  Advice out;
  if (records.empty()) {
    out.sentences = {"There are no results yet: no method has been specialized on a domain."};
    return out;
  }
  out.unit = measure::cost_unit(records);
  for (const measure::Comparison& c : measure::compare(records)) {
    out.sentences.push_back(sentence(records, c, out.unit));
    if (c.level.empty()) continue;
    const Costs costs = costs_of(c);
    for (double n : tasks) {
      const measure::MethodAverage& use = cheapest_level(c, costs, n, out.unit);
      out.tasks.push_back({n, c.size, use.method, measure::total_cost(costs.at(use.method), n, true), use.after,
                           choices(c, costs, n, out.unit)});
    }
  }
  std::map<std::string, std::vector<measure::ResultRecord>> domains;
  for (const measure::ResultRecord& r : records) domains[r.domain].push_back(r);
  for (const auto& [domain, own] : domains) {
    for (const measure::Comparison& c : measure::compare(own)) {
      if (!c.level.empty()) out.domains.push_back(for_domain(c, domain, out.unit));
    }
  }
  std::stable_sort(out.domains.begin(), out.domains.end(),
                   [](const DomainAdvice& a, const DomainAdvice& b) { return a.size < b.size; });
  return out;
}

}  // namespace pantograph::report
