// SPDX-License-Identifier: GPL-3.0-or-later
// The comparison in words, each tied to an interval. Methods are compared on the domains, seeds and samples that all of
// them have, and on nothing else.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/numbers.h"
#include "base/words.h"
#include "measure/comparison.h"
#include "measure/ledger.h"
#include "report/report.h"

namespace pantograph::report {

using words::list;
using words::plural;

namespace {

/// How many of the domains the first method has a lower mean loss in.
std::pair<std::size_t, std::size_t> domains_won(const std::vector<measure::ResultRecord>& records,
                                                const std::string& first, const std::string& second) {
  std::map<std::string, double> difference;
  for (const measure::ResultRecord& r : records) {
    if (r.method == first) difference[r.domain] += std::log(r.perplexity_after);
    if (r.method == second) difference[r.domain] -= std::log(r.perplexity_after);
  }
  const auto won = std::count_if(difference.begin(), difference.end(), [](const auto& d) { return d.second < 0; });
  return {static_cast<std::size_t>(won), difference.size()};
}

std::string over(const measure::MethodAverage& a) {
  const std::string domains = plural(static_cast<std::size_t>(a.domains), "domain"),
                    seeds = plural(static_cast<std::size_t>(a.seeds), "seed");
  return a.samples > 1 ? fmt::format("over {}, {} × {} samples", domains, seeds, a.samples)
                       : fmt::format("over {} and {}", domains, seeds);
}

/// What would decide, of methods that are not decided between.
std::string what_would_decide(const measure::PairedDifference& d) {
  std::string out =
      fmt::format(" These {} would show a difference of {} or more four times in five",
                  plural(static_cast<std::size_t>(d.seeds), "seed"), format_percent(std::expm1(detectable(d))));
  if (const int needed = seeds_needed(d); needed > d.seeds) {
    out += fmt::format("; to decide one as small as this would take about {} seeds", needed);
  } else if (test_sets_too_small(d)) {
    out += "; one as small as this needs larger test sets, however many seeds there are";
  }
  return out + '.';
}

/// What one seed says all the same.
std::string with_one_seed(const measure::PairedDifference& d) {
  std::string out = "; one seed does not decide whether another would say the same";
  if (d.over_documents.known())
    out +=
        fmt::format(", and on other documents of these domains these networks would differ by {}",
                    format_percent_interval(measure::lead(d.over_documents.low), measure::lead(d.over_documents.high)));
  return out;
}

std::string draw_between(const measure::Comparison& c) {
  std::vector<std::string> names, numbers, differences;
  for (const measure::MethodAverage& a : c.level) {
    names.push_back(a.method);
    numbers.push_back(
        fmt::format("{} {} before, {} after", a.method, format_perplexity(a.before), format_perplexity(a.after)));
  }
  const std::string what = fmt::format("{} (macro-averaged perplexity: {}, {})", list(names), fmt::join(numbers, "; "),
                                       over(c.level.front()));
  const measure::PairedDifference& nearest = difference_of(c, c.level[1].method);
  if (nearest.decision == measure::Decision::one_seed) {
    const bool narrow = std::all_of(c.level.begin() + 1, c.level.end(), [&](const measure::MethodAverage& a) {
      return measure::lead(difference_of(c, a.method).loss) < measure::kNarrowLead;
    });
    return fmt::format(" nothing is decided between {}: {}.", what,
                       narrow ? fmt::format("they differ by less than {}, and with one seed that can be chance",
                                            format_percent(measure::kNarrowLead))
                              : "with one seed and so few test documents what they differ by can be chance");
  }
  for (std::size_t i = 1; i < c.level.size(); ++i) {
    const measure::PairedDifference& d = difference_of(c, c.level[i].method);
    differences.push_back(
        fmt::format("{} {} {}", d.method, format_change(1, std::exp(d.loss)),
                    format_percent_interval(std::expm1(d.interval.low), std::expm1(d.interval.high))));
  }
  return fmt::format(" nothing is decided between {}. Against {}: {}; {}.{}", what, c.level.front().method,
                     fmt::join(differences, "; "),
                     differences.size() == 1 ? "the interval holds 0" : "none is decided to be worse",
                     what_would_decide(nearest));
}

std::string win(const measure::Comparison& c) {
  const measure::MethodAverage &best = c.level.front(), &next = c.rest.front();
  const measure::PairedDifference& d = difference_of(c, next.method);
  const auto [won, all] = domains_won(c.records, best.method, next.method);
  const bool one = d.decision == measure::Decision::one_seed;
  return fmt::format(
      ", {} {} a macro-averaged perplexity of {}, {} lower than {} with {} ({}{}){}. It is ahead in {} of {} domain{}.",
      best.method, one ? "has" : "is ahead with", format_perplexity(best.after), format_percent(measure::lead(d.loss)),
      next.method, format_perplexity(next.after),
      one ? "" : format_percent_interval(measure::lead(d.interval.low), measure::lead(d.interval.high)) + ", ",
      over(best), one ? with_one_seed(d) : "", won, all, all == 1 ? "" : "s");
}

/// Methods with their numbers, beside the best: "slm-is 26.00 (30.0 % higher)".
std::string beside(const std::vector<measure::MethodAverage>& methods, std::size_t from, double best) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < methods.size(); ++i) {
    const double ratio = methods[i].after / best;
    out.push_back(fmt::format("{} {} ({})", methods[i].method, format_perplexity(methods[i].after),
                              ratio < 1 ? format_percent(1 - ratio) + " lower" : words::higher(ratio)));
  }
  return list(out);
}

std::string of_one_size(const measure::Comparison& c) {
  const std::string failed = c.diverged.empty() ? "" : fmt::format(" {} gave no finite perplexity.", list(c.diverged));
  std::string out = fmt::format("After fine-tuning on {} tokens", words::tokens(c.size));
  if (c.level.empty()) return out + " there is nothing to compare." + failed;
  const measure::MethodAverage& best = c.level.front();
  if (c.level.size() > 1) {
    out += draw_between(c);
  } else if (!c.rest.empty()) {
    out += win(c);
  } else {
    out += fmt::format(
        ", {} has a macro-averaged perplexity of {} ({} before) {}; there is no other method to compare with{}.",
        best.method, format_perplexity(best.after), format_perplexity(best.before), over(best),
        c.references.empty() ? "" : " within the inference limit");
  }
  for (const measure::PairedDifference& d : c.differences) {
    if (d.decision == measure::Decision::ahead)
      out += fmt::format(
          " {}, chosen on the validation sets, comes first here; {} is ahead of it on the test sets all the same.",
          best.method, d.method);
  }
  const std::size_t told = c.level.size() > 1 ? 0 : 1;
  if (c.rest.size() > told) out += " Then: " + beside(c.rest, told, best.after) + ".";
  if (!c.references.empty())
    out += fmt::format(" For reference, above the inference limit of {} parameters: {}.",
                       words::tokens(c.inference_limit), beside(c.references, 0, best.after));
  return out + failed;
}

/// Whether the comparison is one at equal cost; where it is not, what each method was given.
std::string costs(const std::vector<measure::ResultRecord>& records) {
  std::map<std::string, std::uint64_t> phases;  // tokens
  std::vector<measure::ResultRecord> told;
  for (const measure::ResultRecord& r : records) {
    const std::uint64_t budget = phases.emplace(r.method, measure::budget_of(r)).first->second;
    if (measure::budget_of(r) == budget) told.push_back(r);  // another size's comparison may stand at another budget
  }
  if (phases.size() < 2) return "";
  std::vector<std::string> same, tokens;
  std::set<std::uint64_t> budgets;
  std::map<std::string, measure::PhaseTime> times;
  std::string fastest;
  for (const auto& [method, budget] : phases) {
    tokens.push_back(fmt::format("{} {}", method, words::tokens(budget)));
    if (budget == 0) continue;
    budgets.insert(budget);
    same.push_back(method);
    times[method] = measure::generic_time(told, method);
    if (times[method].mean > 0 && (fastest.empty() || times[method].mean < times[fastest].mean)) fastest = method;
  }
  std::string out;
  if (budgets.size() == 1 && same.size() > 1) {
    out = fmt::format(" In the generic phase {} saw the same {} tokens", list(same), words::tokens(*budgets.begin()));
    std::vector<std::string> slower;
    for (const std::string& method : same) {
      if (fastest.empty() || !measure::took_longer(times[method], times[fastest])) continue;
      slower.push_back(
          fmt::format("{} took {:.2f} times as long as {}", method, times[method].mean / times[fastest].mean, fastest));
    }
    out += slower.empty() ? "." : "; " + list(slower) + ".";
  } else if (budgets.size() > 1) {
    out = fmt::format(" The generic phases are not of equal length ({} tokens), so part of the difference is cost.",
                      list(tokens));
  }
  return out;
}

}  // namespace

std::string verdict(const std::vector<measure::ResultRecord>& records) {
  if (records.empty()) return "There are no results yet: no method has been specialized on a domain.";
  std::string out;
  bool left_out = false, larger_budgets = false, by_validation = true;
  int sizes = 0;
  std::set<std::uint64_t> seeds;
  std::set<std::string> methods;
  std::vector<measure::ResultRecord> compared;
  for (const measure::Comparison& c : measure::compare(records)) {
    if (!out.empty()) out += '\n';
    out += of_one_size(c);
    left_out = left_out || c.left_out;
    larger_budgets = larger_budgets || c.larger_budgets;
    by_validation = by_validation && c.by_validation;
    std::set<std::string> competitors;
    for (const measure::MethodAverage& a : measure::ranked(c)) competitors.insert(a.method);
    std::copy_if(c.records.begin(), c.records.end(), std::back_inserter(compared),
                 [&](const measure::ResultRecord& r) { return competitors.contains(r.method); });
    ++sizes;
  }
  for (const measure::ResultRecord& r : records) {
    seeds.insert(r.seed);
    methods.insert(r.method);
  }
  std::string remarks;
  if (seeds.size() == 1 && methods.size() > 1)
    remarks += " With one seed, a difference of one or two per cent can be chance: nothing is decided by seeds.";
  if (!by_validation && methods.size() > 1)
    remarks += " The methods are ranked on the test sets, since not every result has a validation loss.";
  remarks += costs(compared);
  if (larger_budgets) remarks += " Some methods have a larger generic budget too; it is not part of this comparison.";
  if (left_out)
    remarks +=
        " Results that not every method has (a domain, a seed or a sample still to run) are left out of this "
        "comparison.";
  if (sizes > 1 && !remarks.empty()) remarks.front() = '\n';
  return out + remarks;
}

}  // namespace pantograph::report
