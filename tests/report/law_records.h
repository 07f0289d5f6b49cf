// SPDX-License-Identifier: GPL-3.0-or-later
// Results made from a known scaling law.
#pragma once

#include <cmath>
#include <vector>

#include "base/random.h"
#include "measure/results.h"

namespace law_records {

using pantograph::Random;
using pantograph::measure::ResultRecord;

/// Nats per token.
inline double law(double d, double domain) {
  return 2.0 + 60.0 / std::pow(d, 0.3) + 20.0 / std::pow(domain, 0.3);
}

/// `budgets` budgets from 1M tokens, each four times the one before; three sizes, two seeds, noise of 0.1 %.
inline std::vector<ResultRecord> records(int budgets) {
  Random random(3);
  std::vector<ResultRecord> out;
  for (int b = 0; b < budgets; ++b) {
    for (const std::uint64_t size : {20'000U, 80'000U, 320'000U}) {
      for (const std::uint64_t seed : {1U, 2U}) {
        ResultRecord r;
        r.method = r.kind = "slm";
        r.domain = "law";
        r.specialization_tokens = size;
        r.generic_tokens = r.generic_budget = 1'000'000ULL << (2 * b);
        r.parameters_inference = 100'000;
        r.seed = seed;
        r.perplexity_after = std::exp(law(static_cast<double>(r.generic_tokens), static_cast<double>(size)) *
                                      (1 + 0.001 * random.normal()));
        out.push_back(r);
      }
    }
  }
  return out;
}

}  // namespace law_records
