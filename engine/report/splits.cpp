// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/splits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/numbers.h"
#include "report/table_cells.h"

namespace pantograph::report {
namespace {

constexpr double kShares[] = {1.0 / 16, 1.0 / 4, 1};
constexpr double kSameCost = 1.01;  // a generic phase ends with a whole step

using MethodLaws = std::vector<const MethodLaw*>;

/// A law of one size only says nothing about that phase, so no split follows from it.
bool knows_both_phases(const plan::LawFit& fit) {
  return fit.generic_tokens.high > fit.generic_tokens.low && fit.domain_tokens.high > fit.domain_tokens.low;
}

double cost_of(const plan::SplitRequest& request, double generic_tokens, double domain_tokens) {
  const double n = request.parameters[0];
  return plan::usual_cost(n, generic_tokens) + request.domains * plan::usual_cost(n, request.passes * domain_tokens);
}

/// What the largest run of any of the domains would cost for all of them, at the mean of their passes.
plan::SplitRequest request_for(const MethodLaws& laws) {
  plan::SplitRequest request = laws[0]->split;
  double generic_tokens = 0;
  request.domain_set_tokens = request.passes = 0;
  for (const MethodLaw* law : laws) {
    request.domain_set_tokens = std::max(request.domain_set_tokens, law->split.domain_set_tokens);
    request.passes += law->split.passes / static_cast<double>(laws.size());
    generic_tokens = std::max(generic_tokens, law->choice.fit.generic_tokens.high);
  }
  request.budget = cost_of(request, generic_tokens, request.domain_set_tokens);
  return request;
}

/// Loss of every size that was measured in all domains: mean over seeds, then domains.
std::map<std::pair<double, double>, double> measured_losses(const MethodLaws& laws) {
  struct Sum {
    double loss = 0;
    std::size_t domains = 0;
  };
  std::map<std::pair<double, double>, Sum> sums;
  for (const MethodLaw* law : laws) {
    std::map<std::pair<double, double>, std::pair<double, int>> seeds;
    for (const plan::ScalingPoint& point : law->points) {
      auto& [loss, count] = seeds[{point.generic_tokens, point.domain_tokens}];
      loss += point.loss, ++count;
    }
    for (const auto& [size, sum] : seeds) sums[size].loss += sum.first / sum.second, ++sums[size].domains;
  }
  std::map<std::pair<double, double>, double> means;
  for (const auto& [size, sum] : sums) {
    if (sum.domains == laws.size()) means[size] = sum.loss / static_cast<double>(sum.domains);
  }
  return means;
}

std::optional<BudgetSplit::Run> best_run(const MethodLaws& laws, const plan::SplitRequest& request) {
  std::optional<BudgetSplit::Run> best;
  for (const auto& [size, loss] : measured_losses(laws)) {
    if (cost_of(request, size.first, size.second) > kSameCost * request.budget || (best && best->loss <= loss))
      continue;
    best = BudgetSplit::Run{size.first, size.second, loss, 0};
  }
  if (!best) return best;
  for (const MethodLaw* law : laws) {
    best->predicted +=
        plan::predict(law->choice.fit, request.parameters[0], best->generic_tokens, best->domain_tokens) /
        static_cast<double>(laws.size());
  }
  return best;
}

TableCell tokens(double value, const plan::Interval& range, bool interval) {
  const std::string shown = short_count(value);
  if (!interval) return {shown, value};
  return {cells::with_interval(shown, range, short_count(range.low), short_count(range.high)), value};
}

}  // namespace

std::vector<BudgetSplit> budget_splits(const Laws& laws) {
  std::map<std::string, MethodLaws> methods;
  for (const MethodLaw& law : laws.fitted) methods[law.method].push_back(&law);
  std::vector<BudgetSplit> out;
  for (const auto& [method, of_method] : methods) {
    std::vector<plan::LawFit> fits;
    for (const MethodLaw* law : of_method) fits.push_back(law->choice.fit);
    if (!std::all_of(fits.begin(), fits.end(), knows_both_phases)) continue;
    const plan::SplitRequest all = request_for(of_method);
    for (const double share : kShares) {
      BudgetSplit split{method, static_cast<int>(of_method.size()), all, {}, {}};
      split.request.budget *= share;
      try {
        split.plan = plan::plan_split(fits, split.request);
      } catch (const Error&) {
        continue;  // for example a domain whose law has no finite loss for so little
      }
      split.best_run = best_run(of_method, split.request);
      out.push_back(std::move(split));
    }
  }
  return out;
}

Table splits_table(const Laws& laws) {
  Table table;
  table.id = "splits";
  table.title = "How to split a budget";
  table.columns = {{"Method", false},        {"Budget"},
                   {"Generic tokens"},       {"Tokens of each domain"},
                   {"Predicted perplexity"}, {"Half of it generic"},
                   {"Best run for as much"}, {"Its perplexity"},
                   {"By the laws"}};
  std::set<std::string> warnings;
  for (const BudgetSplit& split : budget_splits(laws)) {
    const plan::SplitPlan& plan = split.plan;
    const plan::SplitPoint &best = plan.best().best, &even = plan.best().even;
    const auto perplexity = [](double loss) { return cells::perplexity(std::exp(loss), 0); };
    std::vector<TableCell> row = {cells::text(split.method),
                                  cells::flops(split.request.budget),
                                  tokens(best.generic_tokens, plan.generic_tokens, plan.level > 0),
                                  tokens(best.domain_tokens, plan.domain_tokens, plan.level > 0),
                                  perplexity(best.loss),
                                  perplexity(even.loss)};
    if (const auto& run = split.best_run) {
      row.push_back(
          cells::text(fmt::format("{} + {}", short_count(run->generic_tokens), short_count(run->domain_tokens))));
      row.push_back(perplexity(run->loss));
      row.push_back(perplexity(run->predicted));
    } else {
      row.insert(row.end(), 3, cells::text(""));
    }
    table.rows.push_back(std::move(row));
    for (const std::string& warning : plan.warnings) warnings.insert(split.method + ", " + warning);
  }
  table.note =
      "A budget pays for one generic phase and the specialization of every domain (for a method with a generic phase "
      "of "
      "each domain: of one), at 6·N FLOPs for each token that is read; a teacher is not in it. The last row of a "
      "method "
      "has what its largest run costs, those above a quarter and a sixteenth. The split has the lowest predicted loss, "
      "mean over the domains that have a law, in brackets for 90 % of the resamples (“at least”, “at most”: the other "
      "end is a bound of the search, no budget for a phase or a domain's set used up); perplexities are exponentials "
      "of "
      "mean losses. With half of the budget generic, what the domains' sets cannot take is not spent. Beside it the "
      "best "
      "run that was measured for at most as much (generic tokens + tokens of each domain), which the laws are fitted "
      "to as "
      "well: to check a split, note its prediction, add it to the method's budgets and to the sizes, and run again.";
  for (const std::string& warning : warnings) table.note += " " + warning + ".";
  return table;
}

}  // namespace pantograph::report
