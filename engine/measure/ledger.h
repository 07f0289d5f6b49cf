// SPDX-License-Identifier: GPL-3.0-or-later
// What each method cost, and its perplexity at a cost that was not run itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/results.h"

namespace pantograph::measure {

/// FLOPs and device seconds of training, tokens read.
struct Cost {
  double flops = 0, seconds = 0, tokens = 0;
};
Cost operator+(const Cost& a, const Cost& b);
Cost operator*(double factor, const Cost& cost);

enum class CostUnit { flops, seconds, tokens };
double amount(const Cost& cost, CostUnit unit);
/// FLOPs where every record has them: they are the same on any machine, loaded or not. Else seconds.
CostUnit cost_unit(const std::vector<ResultRecord>& records);

/// One method at one generic budget and one specialization size. The generic phase is the mean over seeds, each counted
/// once; a specialization is the mean over domains, each the mean of its seeds. Values that are not finite do not
/// count; where none is finite the mean is NaN.
struct LedgerEntry {
  std::string method, kind, network;
  std::uint64_t budget = 0, size = 0;  ///< tokens of the generic phase and of the specialization set
  Cost generic, specialization;        ///< once; for every domain, choice of the expert included
  Cost selection;                      ///< part of `specialization` that chose the expert
  Cost teacher_generic,
      teacher_specialization;  ///< of kinds that are taught; in neither of the above. Their tokens are not recorded: 0
  std::uint64_t parameters_pretraining = 0, parameters_inference = 0;
  double inference_flops_per_token = 0;
  int clusters = 0, h = 0, m = 0;
  int domains = 0, seeds = 0;
};
/// By method, budget, size. Of records that repeat a domain and seed the last counts.
std::vector<LedgerEntry> ledger(const std::vector<ResultRecord>& records);

/// C_total(N) = C_generic + C_specialization · N [PN]. With the teacher it is the overall cost of distillation.
Cost total_cost(const LedgerEntry& entry, double tasks, bool with_teacher = false);

/// How long a method's generic phase took, a run each seed.
struct PhaseTime {
  double mean = 0, spread = 0;  ///< seconds; standard deviation over seeds (n - 1), 0 for one
  int seeds = 0;
};
PhaseTime generic_time(const std::vector<ResultRecord>& records, const std::string& method);
/// Whether one took longer than the other, and not merely as runs of one thing differ: by more than their spread over
/// the seeds; where there is one seed only, nothing is known of that, and it must be a quarter.
bool took_longer(const PhaseTime& one, const PhaseTime& other);

struct CostPoint {
  double cost = 0, perplexity = 0;
};
/// Perplexity at `cost` between the points that were run: loss, linear in the logarithm of the cost [PN, equal-cost
/// table]. Never extrapolated: nothing outside the points' costs. Points that are not positive and finite do not count;
/// of points with one cost the mean loss does.
std::optional<double> perplexity_at_cost(const std::vector<CostPoint>& points, double cost);

}  // namespace pantograph::measure
