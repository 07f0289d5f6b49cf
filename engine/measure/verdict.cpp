// SPDX-License-Identifier: GPL-3.0-or-later
// The comparison in words. Methods are compared on the domains and seeds that all of them have, and on nothing else.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "measure/format.h"
#include "measure/results.h"

namespace pantograph {

using namespace figures;

namespace {

/// Below this relative difference two methods are level, however small the spread over seeds is.
constexpr double kLevel = 0.005;
/// With one seed there is no spread to judge by: a lead below this is not called a win.
constexpr double kNarrow = 0.02;

std::string plural(std::size_t count, const std::string& word) {
  static const char* const kWords[] = {"no",  "one",   "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine",  "ten"};
  return fmt::format("{} {}{}", count <= 10 ? kWords[count] : std::to_string(count), word, count == 1 ? "" : "s");
}

std::string list(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  std::string out = names[0];
  for (std::size_t i = 1; i < names.size(); ++i) out += (i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

using DomainSeed = std::pair<std::string, std::uint64_t>;

/// The records of one size, cut down to the domains and seeds that every method has.
std::vector<ResultRecord> comparable(const std::vector<ResultRecord>& records, std::uint64_t size, bool* left_out) {
  std::map<std::string, std::set<DomainSeed>> have;
  for (const ResultRecord& r : records) {
    if (r.specialization_tokens == size) have[r.method].insert({r.domain, r.seed});
  }
  const auto everywhere = [&](const DomainSeed& key) {
    return std::all_of(have.begin(), have.end(), [&](const auto& method) { return method.second.contains(key); });
  };
  std::vector<ResultRecord> out;
  for (const ResultRecord& r : records) {
    if (r.specialization_tokens != size) continue;
    if (everywhere({r.domain, r.seed})) {
      out.push_back(r);
    } else {
      *left_out = true;
    }
  }
  return out;
}

/// How many of the domains the first method has a lower mean loss in.
std::pair<std::size_t, std::size_t> domains_won(const std::vector<ResultRecord>& records, const std::string& first,
                                                const std::string& second) {
  std::map<std::string, double> difference;
  for (const ResultRecord& r : records) {
    if (r.method == first) difference[r.domain] += std::log(r.perplexity_after);
    if (r.method == second) difference[r.domain] -= std::log(r.perplexity_after);
  }
  const auto won = std::count_if(difference.begin(), difference.end(), [](const auto& d) { return d.second < 0; });
  return {static_cast<std::size_t>(won), difference.size()};
}

std::string of_one_size(const std::vector<ResultRecord>& records, std::uint64_t size) {
  std::vector<MethodAverage> ranked = averages(records);
  std::vector<std::string> diverged;
  std::erase_if(ranked, [&](const MethodAverage& a) {
    if (std::isfinite(a.after)) return false;
    diverged.push_back(a.method);
    return true;
  });
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const MethodAverage& a, const MethodAverage& b) { return a.after < b.after; });
  const std::string failed = diverged.empty() ? "" : fmt::format(" {} gave no finite perplexity.", list(diverged));
  const std::string on = fmt::format("After fine-tuning on {} tokens", format_size(static_cast<double>(size)));
  if (ranked.empty()) return on + " there is nothing to compare." + failed;

  const MethodAverage& best = ranked.front();
  const std::string over = fmt::format("over {} and {}", plural(static_cast<std::size_t>(best.domains), "domain"),
                                       plural(static_cast<std::size_t>(best.seeds), "seed"));
  const auto gain = [](const MethodAverage& a) {
    return fmt::format("{} before, {} after", format_perplexity(a.before), format_perplexity(a.after));
  };
  if (ranked.size() == 1) {
    return fmt::format(
        "{}, {} has a macro-averaged perplexity of {} ({} before) {}; there is no other method to compare with.{}", on,
        best.method, format_perplexity(best.after), format_perplexity(best.before), over, failed);
  }

  std::vector<const MethodAverage*> level{&best};
  for (std::size_t i = 1; i < ranked.size(); ++i) {
    const double difference = ranked[i].after - best.after;
    if (difference < kLevel * best.after || difference < std::hypot(best.after_spread, ranked[i].after_spread))
      level.push_back(&ranked[i]);
  }
  std::string out;
  if (level.size() > 1) {
    std::vector<std::string> names, numbers;
    for (const MethodAverage* a : level) {
      names.push_back(a->method);
      numbers.push_back(fmt::format("{} {}", a->method, gain(*a)));
    }
    out = fmt::format("{} it is a draw between {} (macro-averaged perplexity: {}, {}): they differ by less than {}.",
                      on, list(names), fmt::join(numbers, "; "), over,
                      best.seeds > 1 ? "half a per cent or than their spread over the seeds" : "half a per cent");
  } else {
    const MethodAverage& next = ranked[1];
    const auto [won, all] = domains_won(records, best.method, next.method);
    const bool narrow = best.seeds == 1 && best.after > next.after * (1 - kNarrow);
    out = fmt::format(
        "{}, {} {} a macro-averaged perplexity of {}, {} lower than {} with {} ({}). It is ahead in {} of {} "
        "domain{}.",
        on, best.method, narrow ? "is narrowly ahead with" : "wins with", format_perplexity(best.after),
        format_percent(1 - best.after / next.after), next.method, format_perplexity(next.after), over, won, all,
        all == 1 ? "" : "s");
  }
  std::vector<std::string> rest;
  for (std::size_t i = level.size() > 1 ? 1 : 2; i < ranked.size(); ++i) {
    if (std::find(level.begin(), level.end(), &ranked[i]) == level.end()) {
      const double ratio = ranked[i].after / best.after;
      rest.push_back(
          fmt::format("{} {} ({})", ranked[i].method, format_perplexity(ranked[i].after),
                      ratio < 2 ? format_percent(ratio - 1) + " higher" : fmt::format("{:.1f} times as high", ratio)));
    }
  }
  if (!rest.empty()) out += " Then: " + list(rest) + ".";
  return out + failed;
}

/// Whether the comparison is one at equal cost; where it is not, what each method was given.
std::string costs(const std::vector<ResultRecord>& records) {
  std::map<std::string, const ResultRecord*> first;
  for (const ResultRecord& r : records) first.emplace(r.method, &r);
  if (first.size() < 2) return "";
  std::vector<std::string> same, tokens, sizes;
  std::set<std::uint64_t> budgets, inference;
  double fastest = 0;
  std::string fastest_method;
  for (const auto& [method, r] : first) {
    inference.insert(r->parameters_inference);
    sizes.push_back(fmt::format("{} {}", method, format_size(static_cast<double>(r->parameters_inference))));
    tokens.push_back(fmt::format("{} {}", method, format_size(static_cast<double>(r->generic_tokens))));
    if (r->generic_tokens == 0) continue;
    budgets.insert(r->generic_tokens);
    same.push_back(method);
    if (r->generic_seconds > 0 && (fastest == 0 || r->generic_seconds < fastest)) {
      fastest = r->generic_seconds;
      fastest_method = method;
    }
  }
  std::string out;
  if (budgets.size() == 1 && same.size() > 1) {
    out = fmt::format(" In the generic phase {} saw the same {} tokens", list(same),
                      format_size(static_cast<double>(*budgets.begin())));
    std::vector<std::string> times;
    for (const std::string& method : same) {
      const double seconds = first.at(method)->generic_seconds;
      if (method != fastest_method && fastest > 0 && seconds > 0)
        times.push_back(fmt::format("{} took {:.2f} times as long as {}", method, seconds / fastest, fastest_method));
    }
    out += times.empty() ? "." : "; " + list(times) + ".";
  } else if (budgets.size() > 1) {
    out = fmt::format(" The generic phases are not of equal length ({} tokens), so part of the difference is cost.",
                      list(tokens));
  }
  if (inference.size() > 1)
    out += fmt::format(" The models are not of one size at inference ({} parameters).", list(sizes));
  return out;
}

}  // namespace

std::string verdict(const std::vector<ResultRecord>& records) {
  if (records.empty()) return "There are no results yet: no method has been specialized on a domain.";
  std::set<std::uint64_t> sizes;
  for (const ResultRecord& r : records) sizes.insert(r.specialization_tokens);
  std::string out;
  bool left_out = false;
  for (std::uint64_t size : sizes) {
    if (!out.empty()) out += ' ';
    out += of_one_size(comparable(records, size, &left_out), size);
  }
  std::set<std::uint64_t> seeds;
  std::set<std::string> methods;
  for (const ResultRecord& r : records) {
    seeds.insert(r.seed);
    methods.insert(r.method);
  }
  if (seeds.size() == 1 && methods.size() > 1)
    out += " With one seed, a difference of one or two per cent can be chance.";
  out += costs(records);
  if (left_out)
    out += " Results that not every method has (a domain or a seed still to run) are left out of this comparison.";
  return out;
}

}  // namespace pantograph
