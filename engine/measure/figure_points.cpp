// SPDX-License-Identifier: GPL-3.0-or-later
// Joins what a method gave with what it cost, and makes series of it.
#include "measure/figure_points.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/words.h"

namespace pantograph::measure {

namespace {

/// From here on, device time is told in hours.
constexpr double kHoursFrom = 7200;

bool usable(double value) {
  return std::isfinite(value) && value > 0;
}

bool takes_hours(const std::vector<RunPoint>& points) {
  return std::any_of(points.begin(), points.end(),
                     [](const RunPoint& p) { return total_cost(p.cost, 1, true).seconds > kHoursFrom; });
}

}  // namespace

std::vector<RunPoint> run_points(const std::vector<ResultRecord>& records) {
  using Key = std::tuple<std::string, std::uint64_t, std::uint64_t>;
  std::map<Key, MethodAverage> measured;
  for (const MethodAverage& a : averages(records)) measured[{a.method, a.generic_budget, a.specialization_tokens}] = a;
  std::vector<RunPoint> out;
  for (const LedgerEntry& entry : ledger(records)) {
    const auto found = measured.find({entry.method, entry.budget, entry.size});
    if (found != measured.end()) out.push_back({found->second, entry});
  }
  return out;
}

Study::Study(const std::vector<ResultRecord>& records, CostUnit unit) : Study(records, unit, false) {
  hours_ = unit == CostUnit::seconds && takes_hours(points_);
}

Study::Study(const std::vector<ResultRecord>& records, CostUnit unit, bool hours)
    : records_(records), points_(run_points(records)), unit_(unit), hours_(hours) {
  std::set<std::uint64_t> sizes;
  for (const ResultRecord& r : records) {
    sizes.insert(r.specialization_tokens);
    domains_.insert(r.domain);
  }
  sizes_.assign(sizes.begin(), sizes.end());
}

Study Study::of_domain(const std::string& domain) const {
  std::vector<ResultRecord> own;
  std::copy_if(records_.begin(), records_.end(), std::back_inserter(own),
               [&](const ResultRecord& r) { return r.domain == domain; });
  return Study(own, unit_, hours_);
}

std::string Study::unit_name() const {
  if (unit_ == CostUnit::seconds) return hours_ ? "hours" : "seconds";
  return unit_ == CostUnit::flops ? "FLOP" : "tokens";
}

std::string Study::suffix() const {
  return unit_ == CostUnit::flops ? "-flops" : unit_ == CostUnit::seconds ? "-time" : "-tokens";
}

double Study::generic(const RunPoint& point) const {
  return amount(point.cost.generic, unit_) / (hours_ ? 3600 : 1);
}

double Study::specialization(const RunPoint& point) const {
  return amount(point.cost.specialization, unit_) / (hours_ ? 3600 : 1);
}

double Study::total(const RunPoint& point, double tasks, bool with_teacher) const {
  return amount(total_cost(point.cost, tasks, with_teacher), unit_) / (hours_ ? 3600 : 1);
}

Study::Points Study::of_size(std::uint64_t size) const {
  Points out;
  for (const RunPoint& p : points_) {
    if (p.cost.size == size) out.push_back(&p);
  }
  return out;
}

Study::Points Study::once_a_budget() const {
  std::map<std::pair<std::string, std::uint64_t>, const RunPoint*> best;
  for (const RunPoint& p : points_) {
    const RunPoint*& held = best[{p.cost.method, p.cost.budget}];
    if (!held || p.average.domains >= held->average.domains) held = &p;  // sizes are ascending
  }
  Points out;
  for (const auto& [key, point] : best) out.push_back(point);
  return out;
}

bool Study::has(const project::KindTrait& trait) const {
  return std::any_of(points_.begin(), points_.end(),
                     [&](const RunPoint& p) { return trait(project::kind_of_result(p.cost.kind)); });
}

std::set<int> Study::cluster_counts(const project::MethodKind& kind) const {
  std::set<int> out;
  for (const RunPoint& p : points_) {
    if (p.cost.kind == kind.id && p.cost.clusters > 0) out.insert(p.cost.clusters);
  }
  return out;
}

std::vector<FigureSeries> Study::series(const Points& points, const std::function<bool(const RunPoint&)>& select,
                                        const Number& x, const Measured& y, bool name_experts) const {
  std::map<std::string, FigureSeries> methods;
  for (const RunPoint* p : points) {
    if (!select(*p)) continue;
    const Value value = y(*p);
    const double at = x(*p);
    if (!usable(at) || !usable(value.mean)) continue;
    FigureSeries& series = methods[p->cost.method];
    series.method = p->cost.method;
    series.name = name_experts ? fmt::format("{} ({} experts)", p->cost.method, p->cost.clusters) : p->cost.method;
    series.points.push_back({at, value.mean, std::isfinite(value.spread) ? value.spread : 0, p->average.seeds});
  }
  std::vector<FigureSeries> out;
  for (auto& [method, series] : methods) out.push_back(sorted(std::move(series)));
  return out;
}

FigureSeries Study::sorted(FigureSeries series) {
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const FigurePoint& a, const FigurePoint& b) { return a.x < b.x; });
  return series;
}

std::string Study::values(const Points& points, const std::function<bool(const RunPoint&)>& select,
                          const Measured& y) const {
  std::map<std::string, double> found;  // points are ascending in their budget: the last is the largest
  for (const RunPoint* p : points) {
    if (const double value = y(*p).mean; select(*p) && usable(value)) found[p->cost.method] = value;
  }
  std::vector<std::string> said;
  for (const auto& [method, value] : found) said.push_back(method + " " + format_perplexity(value));
  return words::list(said);
}

std::string Study::without_cost(const Points& points, const Measured& y) const {
  const std::string said = values(
      points, [&](const RunPoint& p) { return !usable(generic(p)); }, y);
  return said.empty() ? said : "Without a shared generic phase: " + said + ".";
}

std::string Study::unique_id(const std::string& wanted) {
  std::string id = wanted;
  for (int n = 2; !ids_.insert(id).second; ++n) id = fmt::format("{}-{}", wanted, n);
  return id;
}

}  // namespace pantograph::measure
