// SPDX-License-Identifier: GPL-3.0-or-later
// Costs per method from records, and interpolation to equal cost.
#include "measure/ledger.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "project/method_kind.h"

namespace pantograph::measure {

namespace {

struct Place {
  std::string domain;
  std::uint64_t seed, sample;
  auto operator<=>(const Place&) const = default;
};
using Group = std::map<Place, const ResultRecord*>;

class Mean {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  double sum_ = 0;
  int count_ = 0;
};

/// Mean of means: first of the records that share a key, then over the keys.
template <class Key, class Value>
double mean_over(const Group& group, const Key& key, const Value& value) {
  std::map<decltype(key(group.begin()->first)), Mean> inner;
  for (const auto& [at, record] : group) inner[key(at)].add(value(*record));
  Mean outer;
  for (const auto& [k, mean] : inner) outer.add(mean.value());
  return outer.value();
}

/// A mixture whose experts are trained as domains need them: each record holds its own expert's cost alone.
bool pays_by_expert(const ResultRecord& record) {
  return project::kind_of_result(record.kind).per_cluster && record.clusters > 1 && record.parameters_pretraining > 0 &&
         record.parameters_pretraining == record.parameters_inference;
}

/// Sum over the distinct experts of a seed, then the mean over seeds.
template <class Value>
double sum_of_experts(const Group& group, const Value& value) {
  std::map<std::uint64_t, std::map<int, double>> seeds;
  for (const auto& [at, record] : group) seeds[at.seed][record->expert] = value(*record);
  Mean mean;
  for (const auto& [seed, experts] : seeds) {
    double sum = 0;
    for (const auto& [expert, cost] : experts) sum += cost;
    mean.add(sum);
  }
  return mean.value();
}

LedgerEntry entry_of(const Group& group) {
  const bool by_expert = pays_by_expert(*group.begin()->second);
  const auto per_seed = [&](const auto& value) {
    if (by_expert) return sum_of_experts(group, value);
    return mean_over(
        group, [](const auto& at) { return at.seed; }, value);
  };
  const auto per_domain = [&](const auto& value) {
    return mean_over(
        group, [](const auto& at) { return at.domain; }, value);
  };
  const ResultRecord& any = *group.begin()->second;
  using R = ResultRecord;
  LedgerEntry out;
  out.method = any.method;
  out.kind = any.kind;
  out.network = any.network;
  out.budget = budget_of(any);
  out.size = any.specialization_tokens;
  out.generic = {per_seed([](const R& r) { return r.generic_flops; }),
                 per_seed([](const R& r) { return r.generic_seconds; }),
                 per_seed([](const R& r) { return static_cast<double>(r.generic_tokens); })};
  out.specialization = {per_domain([](const R& r) { return r.specialization_flops; }),
                        per_domain([](const R& r) { return r.specialization_seconds; }),
                        per_domain([](const R& r) { return static_cast<double>(r.specialization_tokens_seen); })};
  if (project::kind_of_result(out.kind).per_domain) {  // the resampled pretraining is run for every domain
    out.specialization.tokens += out.generic.tokens;
    out.generic.tokens = 0;
  }
  out.selection = {per_domain([](const R& r) { return r.selection_flops; }),
                   per_domain([](const R& r) { return r.selection_seconds; }), 0};
  out.teacher_generic = {per_seed([](const R& r) { return r.teacher_generic_flops; }),
                         per_seed([](const R& r) { return r.teacher_generic_seconds; }), 0};
  out.teacher_specialization = {per_domain([](const R& r) { return r.teacher_specialization_flops; }),
                                per_domain([](const R& r) { return r.teacher_specialization_seconds; }), 0};
  out.parameters_pretraining = any.parameters_pretraining;
  if (by_expert) {
    std::set<int> experts;
    for (const auto& [at, record] : group) experts.insert(record->expert);
    out.parameters_pretraining *= experts.size();
  }
  out.parameters_inference = any.parameters_inference;
  out.inference_flops_per_token = any.inference_flops_per_token;
  out.clusters = any.clusters;
  out.h = any.h;
  out.m = any.m;
  std::set<std::string> domains;
  std::set<std::uint64_t> seeds;
  for (const auto& [at, record] : group) {
    domains.insert(at.domain);
    seeds.insert(at.seed);
  }
  out.domains = static_cast<int>(domains.size());
  out.seeds = static_cast<int>(seeds.size());
  return out;
}

}  // namespace

Cost operator+(const Cost& a, const Cost& b) {
  return {a.flops + b.flops, a.seconds + b.seconds, a.tokens + b.tokens};
}

Cost operator*(double factor, const Cost& cost) {
  return {factor * cost.flops, factor * cost.seconds, factor * cost.tokens};
}

double amount(const Cost& cost, CostUnit unit) {
  return unit == CostUnit::flops ? cost.flops : unit == CostUnit::seconds ? cost.seconds : cost.tokens;
}

CostUnit cost_unit(const std::vector<ResultRecord>& records) {
  const bool counted = std::all_of(records.begin(), records.end(), [](const ResultRecord& r) {
    return std::isfinite(r.generic_flops) && std::isfinite(r.specialization_flops) && r.specialization_flops > 0;
  });
  return counted || records.empty() ? CostUnit::flops : CostUnit::seconds;
}

std::vector<LedgerEntry> ledger(const std::vector<ResultRecord>& records) {
  std::map<std::tuple<std::string, std::uint64_t, std::uint64_t>, Group> groups;
  for (const ResultRecord& r : records)
    groups[{r.method, budget_of(r), r.specialization_tokens}][{r.domain, r.seed, r.sample}] = &r;
  std::vector<LedgerEntry> out;
  for (const auto& [key, group] : groups) out.push_back(entry_of(group));
  return out;
}

Cost total_cost(const LedgerEntry& entry, double tasks, bool with_teacher) {
  Cost once = entry.generic, each = entry.specialization;
  if (with_teacher) {
    once = once + entry.teacher_generic;
    each = each + entry.teacher_specialization;
  }
  return once + tasks * each;
}

PhaseTime generic_time(const std::vector<ResultRecord>& records, const std::string& method) {
  std::map<std::uint64_t, Mean> seeds;  // a phase that serves several domains stands in a record of each
  for (const ResultRecord& r : records) {
    if (r.method == method) seeds[r.seed].add(r.generic_seconds);
  }
  Mean mean;
  for (const auto& [seed, seconds] : seeds) mean.add(seconds.value());
  PhaseTime out;
  out.mean = mean.value();
  double squares = 0;
  for (const auto& [seed, seconds] : seeds) {
    const double off = seconds.value() - out.mean;
    if (!std::isfinite(off)) continue;
    squares += off * off;
    ++out.seeds;
  }
  if (out.seeds > 1) out.spread = std::sqrt(squares / (out.seeds - 1));
  return out;
}

bool took_longer(const PhaseTime& one, const PhaseTime& other) {
  constexpr double kUnlikeOneRun = 1.25, kUnlike = 1.01;
  if (!(one.mean > 0) || !(other.mean > 0)) return false;
  if (one.seeds < 2 || other.seeds < 2) return one.mean >= kUnlikeOneRun * other.mean;
  return one.mean > kUnlike * other.mean && one.mean - other.mean > std::hypot(one.spread, other.spread);
}

std::optional<double> perplexity_at_cost(const std::vector<CostPoint>& points, double cost) {
  const auto usable = [](double value) { return std::isfinite(value) && value > 0; };
  if (!usable(cost)) return std::nullopt;
  std::map<double, Mean> losses;  // by cost
  for (const CostPoint& p : points) {
    if (usable(p.cost) && usable(p.perplexity)) losses[p.cost].add(std::log(p.perplexity));
  }
  const auto above = losses.lower_bound(cost);
  if (above == losses.end()) return std::nullopt;
  if (above->first == cost) return std::exp(above->second.value());
  if (above == losses.begin()) return std::nullopt;
  const auto below = std::prev(above);
  const double part = std::log(cost / below->first) / std::log(above->first / below->first);
  return std::exp((1 - part) * below->second.value() + part * above->second.value());
}

}  // namespace pantograph::measure
