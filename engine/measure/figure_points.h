// SPDX-License-Identifier: GPL-3.0-or-later
// Records as points of perplexity and cost, and series of such points: what figures and tables are made from.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "measure/figures.h"
#include "measure/ledger.h"
#include "measure/results.h"
#include "project/method_kind.h"

namespace pantograph::measure {

/// A method at one budget and one specialization size: what it gave and what it cost.
struct RunPoint {
  MethodAverage average;
  LedgerEntry cost;
};
/// Of every method, budget and size that can be averaged; by method, budget, size.
std::vector<RunPoint> run_points(const std::vector<ResultRecord>& records);

class Study {
 public:
  struct Value {
    double mean = 0, spread = 0;
  };
  using Number = std::function<double(const RunPoint&)>;
  using Measured = std::function<Value(const RunPoint&)>;
  using Points = std::vector<const RunPoint*>;

  Study(const std::vector<ResultRecord>& records, CostUnit unit);
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;
  Study(Study&&) = default;
  /// The records of one domain, in the same unit.
  Study of_domain(const std::string& domain) const;

  CostUnit unit() const { return unit_; }
  std::string unit_name() const;                ///< "FLOP", "seconds", "hours", "tokens"
  std::string suffix() const;                   ///< of a figure's id: "-flops", "-time", "-tokens"
  double generic(const RunPoint& point) const;  ///< costs in that unit
  double specialization(const RunPoint& point) const;
  double total(const RunPoint& point, double tasks, bool with_teacher) const;

  Points of_size(std::uint64_t size) const;
  /// One point for every method and budget: that of the most domains, then of the largest size.
  Points once_a_budget() const;
  const std::vector<std::uint64_t>& sizes() const { return sizes_; }
  const std::set<std::string>& domains() const { return domains_; }
  bool has(const project::KindTrait& trait) const;  ///< a method whose kind has it
  std::set<int> cluster_counts(const project::MethodKind& kind) const;

  /// A series a method, sorted by x. Points whose x or y is not positive and finite are left out.
  std::vector<FigureSeries> series(const Points& points, const std::function<bool(const RunPoint&)>& select,
                                   const Number& x, const Measured& y, bool name_experts = false) const;
  static FigureSeries sorted(FigureSeries series);
  /// "slm-is 26.00 and slm-nopt 120.0" of the selected points, each method at its largest budget; may be empty.
  std::string values(const Points& points, const std::function<bool(const RunPoint&)>& select, const Measured& y) const;
  /// "Without a shared generic phase: …" of the points that an axis of generic cost cannot show; may be empty.
  std::string without_cost(const Points& points, const Measured& y) const;

  static Value generic_value(const RunPoint& p) { return {p.average.generic, p.average.generic_spread}; }
  static Value before_value(const RunPoint& p) { return {p.average.before, p.average.before_spread}; }
  static Value after_value(const RunPoint& p) { return {p.average.after, p.average.after_spread}; }

  /// `wanted`, or with a number behind it when it was given out before.
  std::string unique_id(const std::string& wanted);

 private:
  Study(const std::vector<ResultRecord>& records, CostUnit unit, bool hours);

  std::vector<ResultRecord> records_;
  std::vector<RunPoint> points_;
  std::vector<std::uint64_t> sizes_;
  std::set<std::string> domains_, ids_;
  CostUnit unit_;
  bool hours_ = false;
};

}  // namespace pantograph::measure
