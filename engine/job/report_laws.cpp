// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/report_laws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "measure/format.h"
#include "measure/table_cells.h"
#include "plan/law_bootstrap.h"
#include "plan/law_choice.h"
#include "plan/law_json.h"
#include "plan/split.h"

namespace pantograph {
namespace {

constexpr double kFurther = 10;  // times the generic tokens of the largest run

/// The runs of one method on one domain.
using Runs = std::vector<const ResultRecord*>;

std::vector<ScalingPoint> points_of(const Runs& runs) {
  std::vector<ScalingPoint> points;
  for (const ResultRecord* r : runs) {
    ScalingPoint point;
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

const ResultRecord& largest(const Runs& runs) {
  return **std::max_element(runs.begin(), runs.end(), [](const ResultRecord* a, const ResultRecord* b) {
    return std::pair(a->generic_tokens, a->specialization_tokens) <
           std::pair(b->generic_tokens, b->specialization_tokens);
  });
}

double mean_error(const LawChoice& choice) {
  for (const FamilyScore& score : choice.scores) {
    if (score.family == choice.fit.family) return score.mean_error;
  }
  return std::nan("");
}

/// What the largest run cost, for one domain more or less: the budget to split.
SplitPlan split(const LawFit& fit, const ResultRecord& run, int domains) {
  SplitRequest request;
  request.domains = domains;
  request.parameters = {static_cast<double>(run.parameters_inference)};
  request.domain_set_tokens = static_cast<double>(run.specialization_tokens);
  request.budget = usual_cost(request.parameters[0], static_cast<double>(run.generic_tokens)) +
                   domains * usual_cost(request.parameters[0], request.domain_set_tokens);
  return plan_split({fit}, request);
}

std::string perplexities(double loss, const Range& range) {
  return fmt::format("{} ({} to {})", figures::format_perplexity(std::exp(loss)),
                     figures::format_perplexity(std::exp(range.low)), figures::format_perplexity(std::exp(range.high)));
}

}  // namespace

LawReport fit_laws(const std::vector<ResultRecord>& records, const TaskContext& task) {
  LawReport report;
  report.table.id = "laws";
  report.table.title = "What larger runs would give";
  report.table.columns = {{"Method", false},
                          {"Domain", false},
                          {"Runs"},
                          {"Law", false},
                          {"Error on larger runs"},
                          {"Perplexity at ten times the generic tokens"},
                          {"Best generic share of this cost"}};
  report.json = {{"schema", kLawSchema}, {"laws", nlohmann::ordered_json::array()}};

  std::map<std::pair<std::string, std::string>, Runs> groups;
  std::set<std::string> domains;
  for (const ResultRecord& r : records) {
    domains.insert(r.domain);
    if (r.generic_tokens > 0 && std::isfinite(r.perplexity_after) && r.perplexity_after > 1)
      groups[{r.method, r.domain}].push_back(&r);
  }
  std::string missing;
  for (const auto& [name, runs] : groups) {
    task.poll();
    try {
      const std::vector<ScalingPoint> points = points_of(runs);
      LawChoice choice = choose_law(points);
      add_bootstrap(choice.fit, points, {}, {}, task);
      const ResultRecord& top = largest(runs);
      const auto n = static_cast<double>(top.parameters_inference);
      const double d = kFurther * static_cast<double>(top.generic_tokens);
      const auto domain_tokens = static_cast<double>(top.specialization_tokens);
      const double loss = predict(choice.fit, n, d, domain_tokens);
      const Range range = predict_interval(choice.fit, n, d, domain_tokens);
      const SplitPlan plan = split(choice.fit, top, static_cast<int>(domains.size()));
      const double error = mean_error(choice);
      const double share = plan.best().best.generic_share;
      report.table.rows.push_back({cells::text(name.first),
                                   cells::text(name.second),
                                   {std::to_string(runs.size()), double(runs.size())},
                                   cells::text(to_string(choice.fit.family)),
                                   {figures::format_percent(error), error},
                                   {perplexities(loss, range), std::exp(loss)},
                                   {fmt::format("{} ({} to {})", figures::format_percent(share),
                                                figures::format_percent(plan.generic_share.low),
                                                figures::format_percent(plan.generic_share.high)),
                                    share}});
      report.json["laws"].push_back(
          {{"method", name.first}, {"domain", name.second}, {"choice", to_json(choice)}, {"split", to_json(plan)}});
    } catch (const Error& e) {
      if (e.kind() == ErrorKind::interrupted) throw;
      if (missing.empty()) missing = fmt::format("{} on {}: {}", name.first, name.second, e.what());
    }
  }
  report.table.note =
      "Loss in N parameters, D generic and D′ domain tokens. The law was fitted to the smaller runs and chosen by its "
      "error on the "
      "larger ones (at least twice their tokens), then fitted to all; in brackets 90 % of its resamples. The share is "
      "that of "
      "the generic phase in what the largest run cost for all domains. Ten times the tokens is far outside of what was "
      "run.";
  if (!missing.empty()) report.table.note += " Not fitted, for example: " + missing;
  return report;
}

}  // namespace pantograph
