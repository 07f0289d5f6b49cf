// SPDX-License-Identifier: GPL-3.0-or-later
// Checks a request and turns FLOPs into tokens.
#include "plan/split_budget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"

namespace pantograph::plan {
namespace {

[[noreturn]] void bad_request(std::string found, std::string expected, std::string remedy) {
  throw Error(ErrorKind::usage, {std::move(found), "split of the budget", std::move(expected), std::move(remedy)});
}

bool positive(double value) {
  return std::isfinite(value) && value > 0;
}

double cost_of(const CostFunction& cost, double parameters, double tokens) {
  if (!cost) return usual_cost(parameters, tokens);
  const double flops = cost(parameters, tokens);
  if (std::isfinite(flops) && flops >= 0) return flops;
  bad_request(fmt::format("a cost of {} FLOPs for {:.4g} tokens", flops, tokens), "a finite cost from 0",
              "Correct the cost function.");
}

}  // namespace

double usual_cost(double parameters, double tokens) {
  return 6 * parameters * tokens;
}

void check_request(const SplitRequest& request) {
  if (!positive(request.budget)) {
    bad_request(fmt::format("a budget of {} FLOPs", request.budget), "a finite budget above 0", "Give a budget.");
  }
  if (request.domains < 1) {
    bad_request(fmt::format("{} domains", request.domains), "1 or more", "Give the number of domains to serve.");
  }
  if (request.parameters.empty()) bad_request("no model size", "one N or several", "Give the sizes to choose from.");
  for (const double parameters : request.parameters) {
    if (!positive(parameters))
      bad_request(fmt::format("N = {}", parameters), "parameters above 0", "Correct the size.");
  }
  if (!std::isfinite(request.domain_set_tokens) || request.domain_set_tokens < 0) {
    bad_request(fmt::format("a domain set of {} tokens", request.domain_set_tokens),
                "tokens above 0, or 0 for no limit", "Correct the size of the domain set.");
  }
  if (!positive(request.max_epochs)) {
    bad_request(fmt::format("at most {} epochs", request.max_epochs), "a number above 0", "Correct the limit.");
  }
  if (!positive(request.passes)) {
    bad_request(fmt::format("{} passes", request.passes), "a number above 0", "Correct the number of passes.");
  }
}

double specialization_flops(const SplitRequest& request, double parameters, double domain_tokens) {
  return cost_of(request.specialization_cost, parameters, domain_tokens * request.passes);
}

double most_domain_tokens(const SplitRequest& request) {
  return request.domain_set_tokens > 0 ? request.domain_set_tokens * request.max_epochs
                                       : std::numeric_limits<double>::infinity();
}

double affordable_tokens(const CostFunction& cost, double parameters, double flops) {
  if (!cost) return flops / usual_cost(parameters, 1);
  if (cost_of(cost, parameters, 0) >= flops) return 0;
  double low = 0, high = 1;
  while (cost_of(cost, parameters, high) <= flops) {
    low = high;
    high *= 2;
    if (high > 1e30) {
      bad_request(
          fmt::format("{:.4g} FLOPs pay for more than 1e30 tokens of a model of {:.4g} parameters", flops, parameters),
          "a cost that rises with the tokens", "Correct the cost function.");
    }
  }
  for (int i = 0; i < 60 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (cost_of(cost, parameters, middle) <= flops ? low : high) = middle;
  }
  return low;
}

SplitPoint buy(const SplitRequest& request, double parameters, double generic_share) {
  SplitPoint point;
  point.generic_share = generic_share;
  const double generic = request.budget * generic_share, each = request.budget * (1 - generic_share) / request.domains;
  point.generic_tokens = affordable_tokens(request.generic_cost, parameters, generic);
  point.domain_tokens = std::min(affordable_tokens(request.specialization_cost, parameters, each) / request.passes,
                                 most_domain_tokens(request));
  point.spent = cost_of(request.generic_cost, parameters, point.generic_tokens) +
                request.domains * specialization_flops(request, parameters, point.domain_tokens);
  return point;
}

}  // namespace pantograph::plan
