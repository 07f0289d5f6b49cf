// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/report_splits.h"

#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "measure/format.h"
#include "measure/table_cells.h"

namespace pantograph {
namespace {

constexpr double kShares[] = {1.0 / 16, 1.0 / 4, 1};
constexpr double kSameCost = 1.01;  // a generic phase ends with a whole step

using MethodLaws = std::vector<const MethodLaw*>;

/// The request of the largest run, with the means of what the domains' runs read.
SplitRequest request_for(const MethodLaws& laws) {
  SplitRequest request = laws[0]->split;
  request.budget = request.domain_set_tokens = request.passes = 0;
  for (const MethodLaw* law : laws) {
    const double share = 1 / static_cast<double>(laws.size());
    request.budget += law->split.budget * share;
    request.domain_set_tokens += law->split.domain_set_tokens * share;
    request.passes += law->split.passes * share;
  }
  return request;
}

double cost_of(const SplitRequest& request, double generic_tokens, double domain_tokens) {
  const double n = request.parameters[0];
  return usual_cost(n, generic_tokens) + request.domains * usual_cost(n, request.passes * domain_tokens);
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
    for (const ScalingPoint& point : law->points) {
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

std::optional<BudgetSplit::Run> best_run(const MethodLaws& laws, const SplitRequest& request) {
  std::optional<BudgetSplit::Run> best;
  for (const auto& [size, loss] : measured_losses(laws)) {
    if (cost_of(request, size.first, size.second) > kSameCost * request.budget || (best && best->loss <= loss))
      continue;
    best = BudgetSplit::Run{size.first, size.second, loss, 0};
  }
  if (!best) return best;
  for (const MethodLaw* law : laws) {
    best->predicted += predict(law->choice.fit, request.parameters[0], best->generic_tokens, best->domain_tokens) /
                       static_cast<double>(laws.size());
  }
  return best;
}

TableCell tokens(double value, const Range& range, bool interval) {
  const std::string shown = figures::format_size(value);
  if (!interval) return cells::positive(value, shown);
  return cells::positive(
      value, fmt::format("{} ({} to {})", shown, figures::format_size(range.low), figures::format_size(range.high)));
}

}  // namespace

std::vector<BudgetSplit> budget_splits(const Laws& laws) {
  std::map<std::string, MethodLaws> methods;
  for (const MethodLaw& law : laws.fitted) methods[law.method].push_back(&law);
  std::vector<BudgetSplit> out;
  for (const auto& [method, of_method] : methods) {
    std::vector<LawFit> fits;
    for (const MethodLaw* law : of_method) fits.push_back(law->choice.fit);
    const SplitRequest all = request_for(of_method);
    for (const double share : kShares) {
      BudgetSplit split{method, static_cast<int>(of_method.size()), all, {}, {}};
      split.request.budget *= share;
      try {
        split.plan = plan_split(fits, split.request);
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
  using namespace figures;
  Table table;
  table.id = "splits";
  table.title = "How to split a budget";
  table.columns = {{"Method", false},        {"Budget"},
                   {"Generic tokens"},       {"Tokens of each domain"},
                   {"Predicted perplexity"}, {"Half for each phase"},
                   {"Best run for as much"}, {"Its perplexity"},
                   {"Predicted for it"}};
  for (const BudgetSplit& split : budget_splits(laws)) {
    const SplitPlan& plan = split.plan;
    const SplitPoint &best = plan.best().best, &even = plan.best().even;
    const auto perplexity = [](double loss) { return cells::perplexity(std::exp(loss), 0); };
    std::vector<TableCell> row = {cells::text(split.method),
                                  cells::flops(split.request.budget),
                                  tokens(best.generic_tokens, plan.generic_tokens, plan.level > 0),
                                  tokens(best.domain_tokens, plan.domain_tokens, plan.level > 0),
                                  perplexity(best.loss),
                                  perplexity(even.loss)};
    if (const auto& run = split.best_run) {
      row.push_back(
          cells::text(fmt::format("{} + {}", format_size(run->generic_tokens), format_size(run->domain_tokens))));
      row.push_back(perplexity(run->loss));
      row.push_back(perplexity(run->predicted));
    } else {
      row.insert(row.end(), 3, cells::text(""));
    }
    table.rows.push_back(std::move(row));
  }
  table.note =
      "The budget pays for one generic phase and the specialization of every domain: a sixteenth, a quarter and all of "
      "what the method's largest run cost. The split with the lowest predicted loss, mean over the domains that have a "
      "law, in brackets for 90 % of the resamples; perplexities are exponentials of that mean. Beside it the best run "
      "that was measured for at most as much (generic tokens + tokens of each domain): to check a split, add it to the "
      "method's budgets and to the sizes of the specialization set.";
  return table;
}

}  // namespace pantograph
