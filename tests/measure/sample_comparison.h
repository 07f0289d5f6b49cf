// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison of every kind of method by formula: three budgets, three domains, two sizes, two seeds.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "sample_results.h"

namespace sample {

/// What a method is, in the formulas of comparison_record().
struct MethodModel {
  const char *name, *kind, *network;
  double flops_per_token, seconds_per_token;  ///< of the generic phase
  double gain;                                ///< of the loss after fine-tuning, nats
  std::uint64_t overall, inference;
  int clusters, h, m;
};

inline const std::vector<MethodModel>& comparison_methods() {
  static const std::vector<MethodModel> kMethods = {
      {"slm", "slm", "small", 1.56e7, 1.25e-5, 0, 2'613'248, 2'613'248, 0, 0, 0},
      {"slm-nopt", "slm-nopt", "small", 1.56e7, 1.25e-5, -1.6, 2'613'248, 2'613'248, 0, 0, 0},
      {"slm-pn", "slm-pn", "pn16", 1.78e7, 2.05e-5, 0.06, 20'300'000, 2'613'248, 16, 16, 16},
      {"slm-pn-32", "slm-pn", "pn32", 1.95e7, 2.6e-5, 0.08, 39'100'000, 2'613'248, 32, 32, 32},
      {"slm-mix", "slm-mix", "small", 1.56e7, 1.25e-5, 0.03, 41'811'968, 2'613'248, 16, 0, 0},
      {"slm-is", "slm-is", "small", 1.56e7, 1.25e-5, 0.17, 2'613'248, 2'613'248, 64, 0, 0},
      {"slm-is-16", "slm-is", "small", 1.56e7, 1.25e-5, 0.12, 2'613'248, 2'613'248, 16, 0, 0},
      {"slm-d", "slm-d", "small", 1.56e7, 1.25e-5, 0.09, 2'613'248, 2'613'248, 0, 0, 0},
      {"llm", "llm", "large", 9.4e7, 6.1e-5, 0.24, 15'700'000, 15'700'000, 0, 0, 0}};
  return kMethods;
}

/// Mean loss of a seed that a method is off by: up to a per cent, another for each.
inline double seed_noise(const MethodModel& method, std::uint64_t seed) {
  return 0.008 * std::sin(3.1 * static_cast<double>(seed) + 1.7 * method.gain * 10);
}

inline ResultRecord comparison_record(const MethodModel& method, std::uint64_t budget, const std::string& domain,
                                      double difficulty, std::uint64_t size, std::uint64_t seed) {
  ResultRecord r;
  const std::string kind = method.kind;
  const auto seen = static_cast<double>(budget);
  r.method = method.name, r.kind = kind, r.network = method.network, r.adaptation = "full";
  r.domain = domain, r.specialization_tokens = size, r.seed = seed;
  r.parameters_pretraining = method.overall, r.parameters_inference = method.inference;
  r.inference_flops_per_token = kind == "llm" ? 3.1e7 : 5.2e6;
  r.clusters = method.clusters, r.h = method.h, r.m = method.m;
  r.specialization_steps = 340, r.specialization_tokens_seen = 340 * 2048;
  const auto tuned = static_cast<double>(r.specialization_tokens_seen);
  const double tuning = kind == "llm" ? 6 : 1;
  r.specialization_flops = 1.56e7 * tuning * tuned;
  r.specialization_seconds = 1.25e-5 * tuning * tuned;
  if (kind != "slm-nopt") {
    r.generic_budget = budget, r.generic_tokens = budget;
    r.generic_flops = method.flops_per_token * seen;
    r.generic_seconds = method.seconds_per_token * seen;
    r.generic_perplexity = std::exp(4.3 + 14 / std::pow(seen / 1e4, 0.5) - method.gain + seed_noise(method, seed));
  }
  if (kind == "slm-is") {  // a run for every domain: nothing is shared
    r.specialization_flops += r.generic_flops, r.specialization_seconds += r.generic_seconds;
    r.generic_flops = r.generic_seconds = 0;
    r.total_windows = 62'500;
    r.effective_windows = 62'500.0 / (method.clusters / 4 + difficulty);
    r.repetition = 1 + 0.1 * method.clusters * seen / 16e6;
  }
  if (kind == "slm-pn" || kind == "slm-mix") {
    r.expert = 3, r.selection = kind == "slm-mix" ? "best-after" : "frequent";
    if (kind == "slm-mix") {
      r.selection_flops = 15 * r.specialization_flops, r.selection_seconds = 15 * r.specialization_seconds;
      r.specialization_flops *= 16, r.specialization_seconds *= 16, r.specialization_tokens_seen *= 16;
    }
  }
  if (kind == "slm-d") {
    r.teacher_generic_flops = 9.4e7 * 16e6, r.teacher_generic_seconds = 6.1e-5 * 16e6;
    r.teacher_specialization_flops = 9.4e7 * tuned, r.teacher_specialization_seconds = 6.1e-5 * tuned;
  }
  const double before = 4.5 + difficulty + (kind == "slm-nopt" ? 3.8 : 8 / std::pow(seen / 1e4, 0.5)) - method.gain;
  r.perplexity_before = std::exp(before + seed_noise(method, seed));
  r.validation_loss = 3.4 + difficulty + 3 / std::pow(seen / 1e4, 0.5) - (size > 50'000 ? 0.5 : 0) - method.gain +
                      seed_noise(method, seed + 10);
  r.perplexity_after = std::exp(r.validation_loss + 0.01);
  return r;
}

inline std::vector<ResultRecord> comparison_records() {
  std::vector<ResultRecord> out;
  const std::vector<std::pair<std::string, double>> domains = {{"law", 0}, {"recipes", 0.15}, {"scripture", -0.2}};
  for (const MethodModel& method : comparison_methods()) {
    for (std::uint64_t budget : {1'000'000ull, 4'000'000ull, 16'000'000ull}) {
      if (std::string(method.kind) == "slm-nopt" && budget != 16'000'000) continue;
      for (const auto& [domain, difficulty] : domains) {
        for (std::uint64_t size : {20'000ull, 100'000ull}) {
          for (std::uint64_t seed : {7ull, 8ull})
            out.push_back(comparison_record(method, budget, domain, difficulty, size, seed));
        }
      }
    }
  }
  return out;
}

}  // namespace sample
