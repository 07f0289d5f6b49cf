// SPDX-License-Identifier: GPL-3.0-or-later
// "What should I use": a recommendation with its measured reasons.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/ledger.h"
#include "measure/results.h"

namespace pantograph::report {

/// The method to use for one domain at one specialization size.
struct DomainAdvice {
  std::string domain;
  std::uint64_t size = 0;
  std::string method;              ///< of those level with the best, the cheapest for one domain
  std::vector<std::string> level;  ///< all that are level with the best, `method` among them
  double perplexity = 0;
  std::string next;  ///< best of those that are not level; empty when there is none
  double next_perplexity = 0;
};

/// A method that nothing else beats in both cost and perplexity, for N domains.
struct Choice {
  std::string method;
  measure::Cost total;    ///< C_total(N), with the teacher of one that is taught
  double perplexity = 0;  ///< macro-average
};
struct TaskAdvice {
  double tasks = 1;  ///< N
  std::uint64_t size = 0;
  std::string method;           ///< of those level with the best, the cheapest for N domains
  measure::Cost total;          ///< its C_total(N), with the teacher of one that is taught
  double perplexity = 0;        ///< its macro-average
  std::vector<Choice> choices;  ///< cheapest first; each is better than the ones before it, and dearer by over 1 %
};

/// Only methods within the smallest inference size compete. Level methods are those that nothing is decided against
/// (measure/comparison.h).
struct Advice {
  std::vector<std::string> sentences;  ///< one a size: what to use and why; one when there is nothing to advise
  std::vector<DomainAdvice> domains;   ///< by size, domain
  std::vector<TaskAdvice> tasks;       ///< by size, N
  measure::CostUnit unit =
      measure::CostUnit::flops;  ///< that costs are compared in: seconds where every record has them
};
Advice advice(const std::vector<measure::ResultRecord>& records, const std::vector<double>& tasks = {1, 7, 50});

}  // namespace pantograph::report
