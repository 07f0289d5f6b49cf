// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/fitted_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/numbers.h"
#include "plan/law_bootstrap.h"
#include "project/method_kind.h"
#include "report/table_cells.h"

namespace pantograph::report {
namespace {

constexpr double kFurther = 10;  // times the generic tokens of the largest run

/// The runs of one method on one domain.
using Runs = std::vector<const measure::ResultRecord*>;

std::vector<plan::ScalingPoint> points_of(const Runs& runs) {
  std::vector<plan::ScalingPoint> points;
  for (const measure::ResultRecord* r : runs) {
    plan::ScalingPoint point;
    point.parameters = static_cast<double>(r->parameters_inference);
    point.generic_tokens = static_cast<double>(r->generic_tokens);
    point.domain_tokens = static_cast<double>(r->specialization_tokens);
    point.loss = std::log(r->perplexity_after);
    point.domain = r->domain;
    point.seed = r->seed;
    points.push_back(point);
  }
  return points;
}

const measure::ResultRecord& largest(const Runs& runs) {
  return **std::max_element(runs.begin(), runs.end(),
                            [](const measure::ResultRecord* a, const measure::ResultRecord* b) {
                              return std::pair(a->generic_tokens, a->specialization_tokens) <
                                     std::pair(b->generic_tokens, b->specialization_tokens);
                            });
}

/// Domains that one generic phase serves: importance sampling has one for each.
int sharing(const measure::ResultRecord& run, int domains) {
  return project::kind_of_result(run.kind).per_domain ? 1 : domains;
}

/// How often the runs read their specialization sets, those that tried several experts once for each; 1 where older
/// records do not know.
double passes_of(const Runs& runs) {
  double read = 0, there = 0;
  for (const measure::ResultRecord* r : runs) {
    if (r->specialization_tokens_seen == 0) continue;
    read += static_cast<double>(r->specialization_tokens_seen);
    there += static_cast<double>(r->specialization_tokens);
  }
  return there > 0 ? read / there : 1;
}

/// What the largest run cost with all domains that share its generic phase: the budget to split.
plan::SplitRequest largest_cost(const measure::ResultRecord& run, int domains, double passes) {
  plan::SplitRequest request;
  request.passes = passes;
  request.domains = domains;
  request.parameters = {static_cast<double>(run.parameters_inference)};
  request.domain_set_tokens = static_cast<double>(run.specialization_tokens);
  request.budget = plan::usual_cost(request.parameters[0], static_cast<double>(run.generic_tokens)) +
                   domains * plan::usual_cost(request.parameters[0], passes * request.domain_set_tokens);
  return request;
}

MissingLaw missing_law(const std::string& method, const std::string& domain,
                       const std::vector<plan::ScalingPoint>& points, const std::string& reason) {
  MissingLaw missing{method, domain, static_cast<int>(points.size()), 0, 0, plan::law_needs(points), reason};
  std::set<double> budgets, sizes;
  for (const plan::ScalingPoint& point : points)
    budgets.insert(point.generic_tokens), sizes.insert(point.domain_tokens);
  missing.budgets = static_cast<int>(budgets.size());
  missing.sizes = static_cast<int>(sizes.size());
  return missing;
}

/// "26.9 (25.1 to 28.3)" at ten times the generic tokens.
TableCell perplexity_further(const MethodLaw& law) {
  const plan::LawFit& fit = law.choice.fit;
  const double n = law.split.parameters[0], d = kFurther * fit.generic_tokens.high, p = law.split.domain_set_tokens;
  const double perplexity = std::exp(plan::predict(fit, n, d, p));
  const std::string shown = format_perplexity(perplexity);
  if (fit.draws.empty()) return {shown, perplexity};
  const plan::Interval interval = plan::predict_interval(fit, n, d, p);
  return {cells::with_interval(shown, interval, format_perplexity(std::exp(interval.low)),
                               format_perplexity(std::exp(interval.high))),
          perplexity};
}

}  // namespace

Laws fit_laws(const std::vector<measure::ResultRecord>& records, const TaskContext& task) {
  std::map<std::pair<std::string, std::string>, Runs> groups;
  std::set<std::string> domains;
  for (const measure::ResultRecord& r : records) {
    domains.insert(r.domain);
    if (r.generic_tokens > 0 && std::isfinite(r.perplexity_after) && r.perplexity_after > 1)
      groups[{r.method, r.domain}].push_back(&r);
  }
  Laws laws;
  for (const auto& [name, runs] : groups) {
    task.poll();
    MethodLaw law;
    law.method = name.first;
    law.domain = name.second;
    law.points = points_of(runs);
    law.split = largest_cost(largest(runs), sharing(largest(runs), static_cast<int>(domains.size())), passes_of(runs));
    try {
      law.choice = plan::choose_law(law.points);
      plan::add_bootstrap(law.choice.fit, law.points, {}, {}, task);
      plan::plan_split({law.choice.fit}, law.split);  // a law that no split can be read from is not shown
      laws.fitted.push_back(std::move(law));
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      laws.missing.push_back(missing_law(name.first, name.second, law.points, e.what()));
    }
  }
  return laws;
}

Table laws_table(const Laws& laws) {
  Table table;
  table.id = "laws";
  table.title = "What larger runs would give";
  table.columns = {{"Method", false},
                   {"Domain", false},
                   {"Runs"},
                   {"Law", false},
                   {"Error on larger runs"},
                   {"Perplexity at ten times the generic tokens"},
                   {"Best generic share of this cost"}};
  std::string notes;
  for (const MethodLaw& law : laws.fitted) {
    const plan::LawFit& fit = law.choice.fit;
    const plan::SplitPlan plan = plan::plan_split({fit}, law.split);
    const double error = held_out_error(law.choice), share = plan.best().best.generic_share;
    table.rows.push_back({cells::text(law.method),
                          cells::text(law.domain),
                          {std::to_string(law.points.size()), static_cast<double>(law.points.size())},
                          cells::text(plan::in_words(fit.family)),
                          {format_percent(error), error},
                          perplexity_further(law),
                          {plan.level > 0 ? cells::with_interval(format_percent(share), plan.generic_share,
                                                                 format_percent(plan.generic_share.low),
                                                                 format_percent(plan.generic_share.high))
                                          : format_percent(share),
                           share}});
    if (const std::string note = plan::interval_note(fit); !note.empty())
      notes += fmt::format(" {} on {}: {}.", law.method, law.domain, note);
  }
  table.note =
      "Loss in N parameters, D generic and D′ domain tokens. The law was fitted to the smaller runs and chosen by its "
      "error on the larger ones (twice their tokens; generic ones alone where the domains' sets are small beside "
      "them), then fitted to all; in brackets 90 % of its fits to resampled networks (budget and seed, with all sizes "
      "that they were specialized on). “At least” and “at most” stand where the other end is a bound of the search: no "
      "budget for a phase, or a domain's set used up. "
      "The share is that of the generic phase in what the largest run cost for all domains; a "
      "specialization set costs as many tokens as the runs read of it. Ten times the tokens is far outside of what was "
      "run." +
      notes;
  if (!laws.missing.empty()) {
    const MissingLaw& first = laws.missing.front();
    table.note += fmt::format(" Not fitted, for example: {} on {}: {}", first.method, first.domain, first.reason);
  }
  return table;
}

}  // namespace pantograph::report
