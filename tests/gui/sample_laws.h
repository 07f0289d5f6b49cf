// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws as a report has them: fitted to losses of a known law, with resamples.
#pragma once

#include <cmath>

#include "base/random.h"
#include "plan/law_bootstrap.h"
#include "report/laws.h"

namespace sample {

/// L = 2 + 60/D^0.3 + c/D'^0.3, with noise.
inline pantograph::report::MethodLaw methodLaw(const std::string& method, const std::string& domain, double c) {
  using namespace pantograph;
  report::MethodLaw law;
  law.method = method;
  law.domain = domain;
  Random random(3);
  for (const double d : {1e6, 4e6, 16e6, 64e6}) {
    for (const double p : {20e3, 80e3, 320e3}) {
      for (const std::uint64_t seed : {7, 8}) {
        const double loss = 2 + 60 / std::pow(d, 0.3) + c / std::pow(p, 0.3);
        law.points.push_back({1e5, d, p, loss * (1 + 0.004 * random.normal()), domain, 1, seed});
      }
    }
  }
  law.choice = plan::choose_law(law.points);
  plan::BootstrapOptions options;
  options.draws = 40;
  plan::add_bootstrap(law.choice.fit, law.points, {}, options);
  law.split.domains = 3;
  law.split.parameters = {1e5};
  law.split.domain_set_tokens = 320e3;
  law.split.budget = plan::usual_cost(1e5, 64e6) + 3 * plan::usual_cost(1e5, 320e3);
  return law;
}

inline pantograph::report::Laws laws() {
  pantograph::report::Laws out;
  out.fitted = {methodLaw("slm", "law", 20), methodLaw("slm", "recipes", 30), methodLaw("slm-pn", "law", 18)};
  out.missing.resize(3);
  const char* const domains[] = {"law", "recipes", "medical-questions"};
  for (std::size_t i = 0; i < 3; ++i) {
    pantograph::report::MissingLaw& missing = out.missing[i];
    missing.method = i < 2 ? "llm" : "slm";
    missing.domain = domains[i];
    missing.runs = 2;
    missing.budgets = 1;
    missing.sizes = 2;
    missing.needs.generic_tokens = {32e6, 128e6};
    if (i == 2) missing.needs.domain_tokens = {5e3};
    missing.reason = "2 runs";
  }
  return out;
}

}  // namespace sample
