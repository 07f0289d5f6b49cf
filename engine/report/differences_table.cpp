// SPDX-License-Identifier: GPL-3.0-or-later
// What the comparison of each size decides, in numbers.
#include <fmt/format.h>

#include <cmath>

#include "measure/comparison.h"
#include "report/table_cells.h"
#include "report/tables.h"

namespace pantograph::report {
namespace {

TableCell percent(double loss) {
  return std::isfinite(loss) ? TableCell{format_change(1, std::exp(loss)), std::expm1(loss)} : TableCell{"–"};
}

TableCell interval(const measure::Interval& loss) {
  return {loss.known() ? format_percent_interval(std::expm1(loss.low), std::expm1(loss.high)) : "–"};
}

}  // namespace

Table differences_table(const std::vector<measure::ResultRecord>& records) {
  Table out{
      "differences", "Differences from the chosen method",
      fmt::format(
          "For each size the method with the lowest perplexity on the validation sets is chosen, and the others "
          "are held against it on the test sets: how much higher their macro-averaged perplexity is, paired by "
          "domain, seed and sample, with its interval over seeds and test documents (Student's t at {:.0f} %; where "
          "several methods are compared, Holm's correction makes it wider). A difference is decided where the "
          "interval does not hold 0. \"Other documents\": how far it would move with these networks on other "
          "documents of the same domains. \"Could be seen\": the difference that {:.0f} % of such experiments would "
          "decide. \"Seeds\": "
          "those run, and about how many would decide a difference of this size.",
          100 * measure::kConfidence, 100 * measure::kPower)};
  out.columns = {{"size"},           {"chosen", false}, {"method", false},   {"perplexity"},
                 {"difference"},     {"interval"},      {"other documents"}, {"p"},
                 {"decided", false}, {"domains"},       {"seeds × samples"}, {"could be seen"},
                 {"seeds needed"}};
  for (const measure::Comparison& c : measure::compare(records)) {
    for (const measure::MethodAverage& a : measure::ranked(c)) {
      if (a.method == c.level.front().method) continue;
      const measure::PairedDifference& d = difference_of(c, a.method);
      const double seen = detectable(d);
      const int needed = seeds_needed(d);
      out.rows.push_back({cells::size(c.size),
                          cells::text(c.level.front().method),
                          cells::text(a.method),
                          cells::perplexity(a.after, 0),
                          percent(d.loss),
                          interval(d.interval),
                          interval(d.over_documents),
                          std::isfinite(d.p) ? TableCell{fmt::format("{:.2g}", d.p), d.p} : TableCell{"–"},
                          cells::text(to_string(d.decision)),
                          {std::to_string(d.domains)},
                          {d.samples > 1 ? fmt::format("{} × {}", d.seeds, d.samples) : std::to_string(d.seeds)},
                          percent(seen),
                          needed > 0               ? TableCell{std::to_string(needed), static_cast<double>(needed)}
                          : test_sets_too_small(d) ? TableCell{"more test text"}
                          : d.seeds > 1            ? TableCell{"over 1,000"}
                                                   : TableCell{"–"}});
    }
  }
  return out;
}

}  // namespace pantograph::report
