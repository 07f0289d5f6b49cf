// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of perplexities, choice of the expert, importance sampling and concentration.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "base/words.h"
#include "measure/comparison.h"
#include "measure/concentration.h"
#include "measure/figure_points.h"
#include "project/method_kind.h"
#include "report/table_cells.h"
#include "report/tables.h"

namespace pantograph::report {

namespace cells {

TableCell perplexity(double value, double spread) {
  TableCell cell = positive(value, format_perplexity(value));
  if (std::isfinite(cell.exact) && spread > 0) {
    const auto point = cell.text.find('.');  // as many decimals as the mean has
    const auto decimals = point == std::string::npos ? 0 : cell.text.size() - point - 1;
    cell.text += fmt::format(" ±{:.{}f}", spread, value < 1e7 ? decimals : 0);
  }
  return cell;
}

}  // namespace cells

namespace {

/// Marks the lowest number of a column in rows from … to, where there is something to be lower than.
void mark_lowest(Table& table, std::size_t column, std::size_t from, std::size_t to) {
  double lowest = std::numeric_limits<double>::infinity();
  int known = 0;
  for (std::size_t i = from; i < to; ++i) {
    const double value = table.rows[i][column].exact;
    if (!std::isfinite(value)) continue;
    lowest = std::min(lowest, value);
    ++known;
  }
  for (std::size_t i = from; i < to; ++i)
    table.rows[i][column].best = known > 1 && table.rows[i][column].exact == lowest;
}

}  // namespace

Table perplexity_table(const std::vector<measure::ResultRecord>& records) {
  Table out{
      "perplexities", "Macro-averages by generic budget",
      "Perplexity on the generic validation set, and on the domains' test sets before fine-tuning and after it at "
      "each size: the mean of the domains' losses, then the exponential; mean over seeds ± their standard "
      "deviation. The lowest of each budget is bold."};
  out.columns = {{"generic tokens"}, {"method", false}, {"domains"}, {"seeds"}, {"generic set"}, {"no fine-tuning"}};
  const measure::Study study(records, measure::CostUnit::tokens);
  for (std::uint64_t size : study.sizes()) out.columns.push_back({words::tokens(size)});
  std::map<std::pair<std::uint64_t, std::string>, std::vector<TableCell>> rows;
  for (const measure::RunPoint* p : study.once_a_budget()) {
    const measure::MethodAverage& a = p->average;
    std::vector<TableCell>& row = rows[{p->cost.budget, p->cost.method}];
    row = {cells::size(p->cost.budget),
           cells::text(p->cost.method),
           {std::to_string(a.domains)},
           {std::to_string(a.seeds)},
           cells::perplexity(a.generic, a.generic_spread),
           cells::perplexity(a.before, a.before_spread)};
    row.resize(out.columns.size(), TableCell{"–"});
  }
  for (std::size_t s = 0; s < study.sizes().size(); ++s) {
    for (const measure::RunPoint* p : study.of_size(study.sizes()[s]))
      rows[{p->cost.budget, p->cost.method}][6 + s] = cells::perplexity(p->average.after, p->average.after_spread);
  }
  std::vector<std::uint64_t> budgets;
  for (const auto& [key, row] : rows) {
    budgets.push_back(key.first);
    out.rows.push_back(row);
  }
  for (std::size_t from = 0, to = 0; from < budgets.size(); from = to) {
    while (to < budgets.size() && budgets[to] == budgets[from]) ++to;
    for (std::size_t column = 4; column < out.columns.size(); ++column) mark_lowest(out, column, from, to);
  }
  return out;
}

Table selection_table(const std::vector<measure::ResultRecord>& records) {
  Table out{
      "selection", "Choice of the expert",
      "At each method's largest generic budget. \"Times\": cost of the specialization, the choice and every expert "
      "that was fine-tuned for it included, over the cheapest for the same network and number of experts."};
  out.columns = {{"method", false},        {"choice", false},         {"experts"}, {"size"}, {"before"}, {"after"},
                 {"specialization, time"}, {"specialization, FLOPs"}, {"times"}};
  std::map<std::tuple<std::string, std::string, std::uint64_t>, std::vector<measure::ResultRecord>> groups;
  for (const measure::ResultRecord& r : measure::at_largest_budget(records)) {
    if (r.expert >= 0) groups[{r.method, r.selection, r.specialization_tokens}].push_back(r);
  }
  // Methods that differ in the choice alone are alike here.
  const auto alike = [](const measure::LedgerEntry& e) { return std::tuple{e.kind, e.network, e.clusters, e.size}; };
  std::map<std::tuple<std::string, std::string, int, std::uint64_t>, std::vector<double>> costs;
  std::vector<std::pair<std::string, measure::RunPoint>> rows;
  for (const auto& [key, group] : groups) {
    for (const measure::RunPoint& point : measure::run_points(group)) {
      rows.emplace_back(std::get<1>(key), point);
      costs[alike(point.cost)].push_back(point.cost.specialization.flops);
    }
  }
  for (const auto& [selection, point] : rows) {
    const measure::LedgerEntry& e = point.cost;
    const std::vector<double>& all = costs.at(alike(e));
    const double times = all.size() > 1 ? e.specialization.flops / *std::min_element(all.begin(), all.end()) : 0;
    out.rows.push_back(
        {cells::text(e.method), cells::text(selection), cells::positive(e.clusters, std::to_string(e.clusters)),
         cells::size(e.size), cells::perplexity(point.average.before, point.average.before_spread),
         cells::perplexity(point.average.after, point.average.after_spread), cells::duration(e.specialization.seconds),
         cells::flops(e.specialization.flops), cells::positive(times, fmt::format("{:.3g}×", times))});
  }
  return out;
}

Table sampling_table(const std::vector<measure::ResultRecord>& records) {
  Table out{"sampling", "Importance sampling",
            "Windows of the generic set, the effective sample size of the importance weights in windows, and how many "
            "times a window that is read is read on average, at each method's largest generic budget. Heavy repetition "
            "degrades the result."};
  out.columns = {{"method", false}, {"domain", false}, {"generic tokens"}, {"clusters"},
                 {"windows"},       {"effective"},     {"of all"},         {"repetition"}};
  const std::vector<measure::ResultRecord> latest = measure::at_largest_budget(records);
  std::map<std::pair<std::string, std::string>, const measure::ResultRecord*> rows;  // of the first seed and size
  for (const measure::ResultRecord& r : latest) {
    if (project::kind_of_result(r.kind).per_domain && r.effective_windows > 0)
      rows.emplace(std::pair{r.method, r.domain}, &r);
  }
  for (const auto& [key, r] : rows) {
    const double part = r->effective_windows / r->total_windows;
    out.rows.push_back({cells::text(r->method), cells::text(r->domain), cells::size(measure::budget_of(*r)),
                        cells::positive(r->clusters, std::to_string(r->clusters)), cells::size(r->total_windows),
                        cells::size(r->effective_windows), cells::positive(part, format_percent(part)),
                        cells::positive(r->repetition, fmt::format("{:.2f}", r->repetition))});
  }
  return out;
}

Table concentration_table(const nlohmann::json& clustering) {
  Table out{"concentration", "Concentration of the domains",
            "Share of each corpus' training windows in its most frequent cluster, and entropy of its histogram."};
  out.columns = {{"corpus", false}, {"most frequent cluster"}, {"share"}, {"entropy, nats"}, {"highest possible"}};
  const auto add = [&](const std::string& name, const nlohmann::json& corpus) {
    const measure::Concentration c = measure::concentration(corpus);
    if (!(c.top > 0)) return;
    const double most = std::log(static_cast<double>(c.fractions.size()));
    out.rows.push_back({cells::text(name),
                        {std::to_string(c.top_cluster), static_cast<double>(c.top_cluster)},
                        {format_percent(c.top), c.top},
                        {fmt::format("{:.2f}", c.entropy), c.entropy},
                        {fmt::format("{:.2f}", most), most}});
  };
  if (!clustering.is_object()) return out;
  if (clustering.contains("generic")) add("generic set", clustering["generic"]);
  if (clustering.contains("domains") && clustering["domains"].is_object()) {
    for (const auto& [name, corpus] : clustering["domains"].items()) add(name, corpus);
  }
  return out;
}

std::vector<Table> paper_tables(const std::vector<measure::ResultRecord>& records) {
  std::vector<Table> out = {perplexity_table(records), test_sets_table(records), differences_table(records)};
  for (Table& table : equal_cost_tables(records)) out.push_back(std::move(table));
  for (Table& table : costs_tables(records)) out.push_back(std::move(table));
  for (Table table : {parameters_table(records), throughput_table(records), limits_table(records),
                      selection_table(records), sampling_table(records)})
    out.push_back(std::move(table));
  std::erase_if(out, [](const Table& table) { return table.rows.empty(); });
  return out;
}

}  // namespace pantograph::report
