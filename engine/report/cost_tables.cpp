// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of parameters, throughput and cost.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/words.h"
#include "measure/comparison.h"
#include "measure/figure_points.h"
#include "measure/ledger.h"
#include "project/method_kind.h"
#include "report/table_cells.h"
#include "report/tables.h"

namespace pantograph::report {

namespace {

constexpr double kBillion = 1e9;

/// The dearest run that was seen.
struct Highest {
  double flops = 0, seconds = 0;
  void add(double f, double s) {
    if (std::isfinite(f)) flops = std::max(flops, f);
    if (std::isfinite(s)) seconds = std::max(seconds, s);
  }
};

/// Sum of cost over sum of tokens, so that long runs count for more than short ones.
struct Rate {
  double cost = 0, tokens = 0;
  void add(double c, double t) {
    if (!std::isfinite(c) || !(c > 0) || !(t > 0)) return;
    cost += c;
    tokens += t;
  }
  double per_billion() const { return tokens > 0 ? cost / tokens * kBillion : 0; }
};

std::set<std::uint64_t> sizes_in(const std::vector<measure::ResultRecord>& records) {
  std::set<std::uint64_t> out;
  for (const measure::ResultRecord& r : records) out.insert(r.specialization_tokens);
  return out;
}

/// Costs and perplexities of one method, by budget.
struct MethodRuns {
  std::vector<measure::RunPoint> points;
  /// Perplexity at `cost`, where `cost_of` says what each budget cost.
  template <class CostOf>
  std::optional<double> at(double cost, const CostOf& cost_of) const {
    std::vector<measure::CostPoint> known;
    for (const measure::RunPoint& p : points) known.push_back({cost_of(p), p.average.after});
    return measure::perplexity_at_cost(known, cost);
  }
};

/// The method whose budgets set the costs: the first of the baseline's kind, else the first with a generic phase.
std::string reference_of(const std::map<std::string, MethodRuns>& methods) {
  std::string out;
  for (const auto& [name, runs] : methods) {
    if (!(runs.points.front().cost.generic.flops > 0) && !(runs.points.front().cost.generic.seconds > 0)) continue;
    if (project::kind_of_result(runs.points.front().cost.kind).baseline) return name;
    if (out.empty()) out = name;
  }
  return out;
}

}  // namespace

Table parameters_table(const std::vector<measure::ResultRecord>& records) {
  Table out{"parameters", "Parameters", "Overall while pretraining, and of the network that is used."};
  out.columns = {{"method", false},
                 {"network", false},
                 {"experts"},
                 {"h"},
                 {"m"},
                 {"overall"},
                 {"inference"},
                 {"FLOPs per token at inference"}};
  std::map<std::string, measure::LedgerEntry> methods;
  for (const measure::LedgerEntry& entry : measure::ledger(records)) methods[entry.method] = entry;
  for (const auto& [method, e] : methods) {
    const auto whole = [](int count) { return cells::positive(count, std::to_string(count)); };
    out.rows.push_back({cells::text(method), cells::text(e.network),
                        whole(project::kind_of_result(e.kind).per_domain ? 0 : e.clusters), whole(e.h), whole(e.m),
                        cells::size(e.parameters_pretraining), cells::size(e.parameters_inference),
                        cells::flops(e.inference_flops_per_token)});
  }
  return out;
}

Table throughput_table(const std::vector<measure::ResultRecord>& records) {
  Table out{"throughput", "Throughput",
            "Cost of 1B tokens: training in the generic phase and in the specialization (without passes over the "
            "validation set), and one forward pass at inference. Times are of this run's device."};
  out.columns = {{"method", false},        {"generic, time"},         {"generic, FLOPs"},
                 {"specialization, time"}, {"specialization, FLOPs"}, {"inference, FLOPs"}};
  struct Rates {
    Rate generic_time, generic_flops, time, flops;
    double inference = 0;
  };
  std::map<std::string, Rates> methods;
  std::set<std::tuple<std::string, std::uint64_t, std::uint64_t>> counted;  // a generic phase once, not once a domain
  for (const measure::ResultRecord& r : records) {
    Rates& rates = methods[r.method];
    if (counted.insert({r.method, measure::budget_of(r), r.seed}).second) {
      rates.generic_time.add(r.generic_seconds, static_cast<double>(r.generic_tokens));
      rates.generic_flops.add(r.generic_flops, static_cast<double>(r.generic_tokens));
    }
    // A specialization with a generic phase of its own holds that one's cost and tokens.
    const std::uint64_t pretraining = project::kind_of_result(r.kind).per_domain ? r.generic_tokens : 0;
    const auto seen = static_cast<double>(r.specialization_tokens_seen + pretraining);
    rates.time.add(r.specialization_seconds - r.validation_seconds, seen);
    rates.flops.add(r.specialization_flops - r.validation_flops, seen);
    if (std::isfinite(r.inference_flops_per_token)) rates.inference = r.inference_flops_per_token * kBillion;
  }
  for (const auto& [method, r] : methods) {
    out.rows.push_back({cells::text(method), cells::duration(r.generic_time.per_billion()),
                        cells::flops(r.generic_flops.per_billion()), cells::duration(r.time.per_billion()),
                        cells::flops(r.flops.per_billion()), cells::flops(r.inference)});
  }
  return out;
}

Table limits_table(const std::vector<measure::ResultRecord>& records) {
  Table out{
      "cost-limits", "Upper limits of cost",
      fmt::format("The dearest run of each method: generic phase (of {} with its teacher's), and the specialization of "
                  "one domain at each size.",
                  project::names_of_kinds(&project::MethodKind::taught))};
  out.columns = {{"method", false}, {"generic, time"}, {"generic, FLOPs"}};
  const std::set<std::uint64_t> sizes = sizes_in(records);
  for (std::uint64_t size : sizes) {
    out.columns.push_back({words::tokens(size) + ", time"});
    out.columns.push_back({words::tokens(size) + ", FLOPs"});
  }
  std::map<std::string, Highest> generic;
  std::map<std::pair<std::string, std::uint64_t>, Highest> specialization;
  for (const measure::ResultRecord& r : records) {
    generic[r.method].add(r.generic_flops + r.teacher_generic_flops, r.generic_seconds + r.teacher_generic_seconds);
    specialization[{r.method, r.specialization_tokens}].add(
        r.specialization_flops + r.teacher_specialization_flops,
        r.specialization_seconds + r.teacher_specialization_seconds);
  }
  for (const auto& [method, g] : generic) {
    std::vector<TableCell> row = {cells::text(method), cells::duration(g.seconds), cells::flops(g.flops)};
    for (std::uint64_t size : sizes) {
      const Highest& s = specialization[{method, size}];
      row.push_back(cells::duration(s.seconds));
      row.push_back(cells::flops(s.flops));
    }
    out.rows.push_back(row);
  }
  return out;
}

std::vector<Table> costs_tables(const std::vector<measure::ResultRecord>& records) {
  std::vector<Table> out;
  for (const measure::CostUnit unit : {measure::CostUnit::flops, measure::CostUnit::seconds}) {
    const bool timed = unit == measure::CostUnit::seconds;
    const auto cell = [&](const measure::Cost& cost) {
      return timed ? cells::duration(cost.seconds) : cells::flops(cost.flops);
    };
    Table table{timed ? "costs-time" : "costs-flops", timed ? "Total cost, device time" : "Total cost, FLOPs",
                fmt::format("C(N) = C_generic + N · C_specialization, each at its largest generic budget; means over "
                            "domains and seeds. Of {} with its teacher's.",
                            project::names_of_kinds(&project::MethodKind::taught))};
    table.columns = {{"method", false}, {"size"},  {"generic tokens"}, {"generic, once"},
                     {"each domain"},   {"N = 1"}, {"N = 7"},          {"N = 50"}};
    for (const measure::LedgerEntry& e : measure::ledger(measure::at_largest_budget(records)))
      table.rows.push_back({cells::text(e.method), cells::size(e.size), cells::size(e.budget),
                            cell(measure::total_cost(e, 0, true)), cell(e.specialization + e.teacher_specialization),
                            cell(measure::total_cost(e, 1, true)), cell(measure::total_cost(e, 7, true)),
                            cell(measure::total_cost(e, 50, true))});
    if (!table.rows.empty()) out.push_back(table);
  }
  return out;
}

namespace {

/// How far the times of runs that differ in their seed alone lie apart: a comparison in time is no surer than that.
std::string noise_of_times(const std::vector<measure::ResultRecord>& records) {
  std::set<std::string> methods;
  for (const measure::ResultRecord& r : records) methods.insert(r.method);
  double most = 0;
  for (const std::string& method : methods) {
    const measure::PhaseTime time = measure::generic_time(records, method);
    if (time.seeds > 1 && time.mean > 0) most = std::max(most, time.spread / time.mean);
  }
  if (most > 0)
    return fmt::format(" Device times of one phase differ by up to {} between seeds.", format_percent(most));
  return " Device times are of one run each; how far they would differ in another is not known.";
}

std::vector<Table> equal_cost_tables(const std::vector<measure::ResultRecord>& records, measure::CostUnit unit) {
  const bool timed = unit == measure::CostUnit::seconds;
  std::map<std::uint64_t, std::map<std::string, MethodRuns>> sizes;
  for (const measure::RunPoint& p : measure::run_points(records)) sizes[p.cost.size][p.cost.method].points.push_back(p);
  std::vector<Table> out;
  for (const auto& [size, methods] : sizes) {
    const std::string reference = reference_of(methods);
    if (reference.empty() || methods.size() < 2) continue;
    Table table{
        fmt::format("equal-cost-{}{}", timed ? "time-" : "", words::tokens(size)),
        fmt::format("Equal cost in {}, {} tokens of each domain", timed ? "device time" : "FLOPs", words::tokens(size)),
        fmt::format("Macro-averaged perplexity at the cost of {}'s budgets: loss, linear in the logarithm of the "
                    "cost between the budgets that were run. A dash: outside of them, and nothing is "
                    "extrapolated. Of {} with its teacher's cost.{}",
                    reference, project::names_of_kinds(&project::MethodKind::taught),
                    timed ? noise_of_times(records) : "")};
    table.columns = {{"cost of", false}, {reference + ", tokens"}, {"cost"}};
    for (const auto& [method, runs] : methods) table.columns.push_back({method});
    bool comparable = false;
    for (const int tasks : {0, 1, 7, 50}) {
      const auto cost_of = [&](const measure::RunPoint& p) {
        return measure::amount(measure::total_cost(p.cost, tasks, true), unit);
      };
      for (const measure::RunPoint& at : methods.at(reference).points) {
        const double cost = cost_of(at);
        std::vector<TableCell> row = {
            cells::text(tasks == 0 ? "generic phase" : fmt::format("{} task{}", tasks, tasks == 1 ? "" : "s")),
            cells::size(at.cost.budget), timed ? cells::duration(cost) : cells::flops(cost)};
        double lowest = std::numeric_limits<double>::infinity();
        for (const auto& [method, runs] : methods) {
          const auto perplexity = runs.at(cost, cost_of);
          row.push_back(perplexity ? cells::perplexity(*perplexity, 0) : TableCell{"–"});
          if (perplexity) lowest = std::min(lowest, *perplexity);
        }
        const auto known =
            std::count_if(row.begin() + 3, row.end(), [](const auto& c) { return std::isfinite(c.exact); });
        for (auto cell = row.begin() + 3; cell != row.end(); ++cell) cell->best = known > 1 && cell->exact == lowest;
        table.rows.push_back(row);
        comparable = comparable || known > 1;
      }
    }
    if (comparable) out.push_back(table);
  }
  return out;
}

}  // namespace

std::vector<Table> equal_cost_tables(const std::vector<measure::ResultRecord>& records) {
  std::vector<Table> out = equal_cost_tables(records, measure::CostUnit::flops);
  for (Table& table : equal_cost_tables(records, measure::CostUnit::seconds)) out.push_back(std::move(table));
  return out;
}

}  // namespace pantograph::report
