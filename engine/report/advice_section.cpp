// SPDX-License-Identifier: GPL-3.0-or-later
// "What should I use" at the top of the report.
#include <sstream>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "base/words.h"
#include "project/method_kind.h"
#include "report/advice.h"
#include "report/parts.h"
#include "report/table_cells.h"

namespace pantograph::report {

namespace {

/// Keeps "4.3 %" on one line.
std::string tied(std::string text) {
  for (std::size_t at = text.find(" %"); at != std::string::npos; at = text.find(" %", at))
    text.replace(at, 1, "\u00A0");
  return text;
}

Table domains_table(const Advice& advice) {
  Table out{"advice-domains", "For each domain",
            "Chosen on the domain's validation set, measured on its test set. Of methods that nothing is decided "
            "between, the "
            "cheapest for one domain."};
  out.columns = {{"domain", false}, {"size"}, {"use", false}, {"perplexity"}, {"because", false}};
  for (const DomainAdvice& d : advice.domains) {
    std::string reason =
        d.next.empty() ? "there is nothing else to compare with"
                       : fmt::format("{} lower than {} ({})", format_percent(1 - d.perplexity / d.next_perplexity),
                                     d.next, format_perplexity(d.next_perplexity));
    if (d.level.size() > 1) reason = "nothing is decided between " + words::list(d.level) + "; the cheapest of them";
    out.rows.push_back({cells::text(d.domain), cells::size(d.size), cells::text(d.method),
                        cells::perplexity(d.perplexity, 0), cells::text(reason)});
  }
  return out;
}

Table tasks_table(const Advice& advice) {
  const bool timed = advice.unit == measure::CostUnit::seconds;
  const auto cost = [&](const measure::Cost& c) { return timed ? format_duration(c.seconds) : format_flops(c.flops); };
  Table out{
      "advice-tasks", "For N domains",
      fmt::format(
          "C(N) = C_generic + N · C_specialization, with the teacher's for {}. \"Cheaper\" lists every method that "
          "costs less and that nothing beats in both cost and perplexity.",
          project::names_of_kinds(&project::MethodKind::taught))};
  out.columns = {{"N"}, {"size"}, {"use", false}, {"total cost"}, {"perplexity"}, {"cheaper, but worse", false}};
  for (const TaskAdvice& t : advice.tasks) {
    std::vector<std::string> cheaper;
    for (const Choice& choice : t.choices) {
      if (measure::amount(choice.total, advice.unit) >= measure::amount(t.total, advice.unit)) continue;
      cheaper.push_back(
          fmt::format("{} ({}, {})", choice.method, cost(choice.total), format_perplexity(choice.perplexity)));
    }
    out.rows.push_back({{fmt::format("{:g}", t.tasks), t.tasks},
                        cells::size(t.size),
                        cells::text(t.method),
                        cells::positive(measure::amount(t.total, advice.unit), cost(t.total)),
                        cells::perplexity(t.perplexity, 0),
                        cells::text(words::list(cheaper))});
  }
  return out;
}

}  // namespace

std::string advice_section(const std::vector<measure::ResultRecord>& records) {
  const Advice advice = pantograph::report::advice(records);
  std::string out = "<section><h2>What should I use</h2>\n<ul class=\"advice\">";
  for (const std::string& sentence : advice.sentences) out += "<li>" + escape_xml(tied(sentence)) + "</li>";
  out += "</ul>\n";
  if (!records.empty()) {
    out += "<div class=\"verdict\">";
    std::istringstream lines(tied(verdict(records)));
    for (std::string line; std::getline(lines, line);) out += "<p>" + escape_xml(line) + "</p>";
    out += "</div>\n";
  }
  return out + html_table(domains_table(advice), "h3") + html_table(tasks_table(advice), "h3") + "</section>\n";
}

}  // namespace pantograph::report
