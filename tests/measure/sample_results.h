// SPDX-License-Identifier: GPL-3.0-or-later
// Records of results made by formula.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/results.h"

namespace sample {

using pantograph::measure::ResultRecord;

inline ResultRecord record(const std::string& method, const std::string& domain, double before, double after,
                           std::uint64_t seed = 7, std::uint64_t size = 100'000) {
  ResultRecord r;
  r.method = r.kind = method;
  r.domain = domain;
  r.specialization_tokens = size;
  r.specialization_steps = 140;
  r.generic_tokens = method == "slm-nopt" ? 0 : 8'000'000;
  r.generic_flops = r.generic_tokens ? 1.25e14 : 0;
  r.generic_seconds = r.generic_tokens ? (method == "slm-pn" ? 164.0 : 100.0) : 0;
  r.generic_perplexity = r.generic_tokens ? 101.3 : 0;
  r.specialization_flops = 4.5e12;
  r.specialization_seconds = 6.25;
  r.expert = method == "slm-pn" ? 3 : -1;
  r.selection = method == "slm-pn" ? "frequent" : "";
  r.perplexity_before = before;
  r.perplexity_after = after;
  r.parameters_pretraining = method == "slm-pn" ? 20'300'000 : 2'613'248;
  r.parameters_inference = 2'613'248;
  r.seed = seed;
  return r;
}

inline std::vector<ResultRecord> pair_of(double slm, double pn, std::uint64_t seed = 7) {
  return {record("slm", "law", 100, slm, seed), record("slm-pn", "law", 90, pn, seed)};
}

}  // namespace sample
