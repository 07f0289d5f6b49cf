// SPDX-License-Identifier: GPL-3.0-or-later
// The report's tables.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "measure/format.h"
#include "measure/report_parts.h"

namespace pantograph::report {

using namespace figures;

namespace {

using nlohmann::json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string head(const std::string& text, const std::string& attributes = "") {
  return fmt::format("<th scope=\"col\"{}>{}</th>", attributes.empty() ? "" : " " + attributes, escape_xml(text));
}

std::string row_head(const std::string& text) {
  return "<th scope=\"row\">" + escape_xml(text) + "</th>";
}

/// A number, with its exact value as tooltip.
std::string number(const std::string& text, double exact, bool best = false) {
  return fmt::format("<td class=\"n{}\" title=\"{}\">{}</td>", best ? " best" : "", format_exact(exact), text);
}

std::string perplexity_cell(double value, bool best = false) {
  return number(format_perplexity(value), value, best);
}

std::string table(const std::string& inside, bool dense = false) {
  return std::string("<div class=\"scroll\"><table") + (dense ? " class=\"dense\">" : ">") + inside +
         "</table></div>\n";
}

/// A count at `key` (a number, or an array summed by split) of the object, or of its "imported" and "tokenized".
const json* find(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  if (const auto found = object.find(key); found != object.end()) return &*found;
  for (const char* inner : {"imported", "tokenized"}) {
    const auto child = object.find(inner);
    if (child != object.end() && child->is_object() && child->contains(key)) return &(*child)[key];
  }
  return nullptr;
}

double split_value(const json* value, std::size_t split) {
  static const char* const kNames[] = {"train", "validation", "test"};
  if (!value) return kNaN;
  if (value->is_array() && split < value->size() && (*value)[split].is_number()) return (*value)[split].get<double>();
  if (value->is_object() && value->contains(kNames[split]) && (*value)[kNames[split]].is_number())
    return (*value)[kNames[split]].get<double>();
  return kNaN;
}

double split_sum(const json* value) {
  if (value && value->is_number()) return value->get<double>();
  double sum = 0;
  for (std::size_t split = 0; split < 3; ++split) sum += split_value(value, split);
  return sum;
}

std::string count_cell(double value) {
  return std::isfinite(value) ? number(format_grouped(static_cast<std::uint64_t>(std::llround(value))), value)
                              : "<td class=\"n\">–</td>";
}

std::string dropped_text(const json* dropped) {
  if (!dropped || !dropped->is_object()) return "–";
  std::string out;
  for (const auto& [reason, count] : dropped->items()) {
    if (!count.is_number_integer() || count.get<std::int64_t>() <= 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", format_grouped(count.get<std::uint64_t>()), reason);
  }
  return out.empty() ? "none" : out;
}

}  // namespace

std::vector<std::string> methods_of(const std::vector<ResultRecord>& records) {
  std::set<std::string> out;
  for (const ResultRecord& r : records) out.insert(r.method);
  return {out.begin(), out.end()};
}

std::vector<std::string> domains_of(const std::vector<ResultRecord>& records) {
  std::set<std::string> out;
  for (const ResultRecord& r : records) out.insert(r.domain);
  return {out.begin(), out.end()};
}

std::vector<std::uint64_t> sizes_of(const std::vector<ResultRecord>& records) {
  std::set<std::uint64_t> out;
  for (const ResultRecord& r : records) out.insert(r.specialization_tokens);
  return {out.begin(), out.end()};
}

Cell mean_cell(const std::vector<ResultRecord>& records, const std::string& method, const std::string& domain,
               std::uint64_t size) {
  double before = 0, after = 0;
  int seeds = 0;
  for (const ResultRecord& r : records) {
    if (r.method != method || r.domain != domain || r.specialization_tokens != size) continue;
    before += r.perplexity_before;
    after += r.perplexity_after;
    ++seeds;
  }
  return seeds ? Cell{before / seeds, after / seeds, seeds} : Cell{kNaN, kNaN, 0};
}

std::string results_tables(const ReportInput& input) {
  if (input.records.empty()) return "";
  const auto methods = methods_of(input.records);
  const auto macro = averages(input.records);
  std::string out =
      "<section><h2>Perplexity by domain</h2>\n<p class=\"note\">On each domain's test set, before and after "
      "fine-tuning; ";
  out +=
      "mean over seeds where there are several. The lowest after fine-tuning is bold. Point at a number for all its "
      "digits.</p>\n";
  for (std::uint64_t size : sizes_of(input.records)) {
    std::string rows = "<thead><tr><th rowspan=\"2\" scope=\"col\">domain</th>", second;
    for (const std::string& method : methods) {
      rows += head(method, "colspan=\"2\" class=\"span\"");
      second += head("before", "class=\"n\"") + head("after", "class=\"n\"");
    }
    rows += "</tr><tr>" + second + "</tr></thead><tbody>";
    const auto line = [&](const std::string& name, const std::vector<Cell>& cells, const char* css) {
      double best = std::numeric_limits<double>::infinity();
      for (const Cell& cell : cells) best = std::isfinite(cell.after) ? std::min(best, cell.after) : best;
      rows += fmt::format("<tr{}>", css) + row_head(name);
      for (const Cell& cell : cells)
        rows += perplexity_cell(cell.before) + perplexity_cell(cell.after, cells.size() > 1 && cell.after == best);
      rows += "</tr>";
    };
    for (const std::string& domain : domains_of(input.records)) {
      std::vector<Cell> cells;
      for (const std::string& method : methods) cells.push_back(mean_cell(input.records, method, domain, size));
      if (std::any_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.seeds > 0; }))
        line(domain, cells, "");
    }
    std::vector<Cell> average;
    for (const std::string& method : methods) {
      const auto found = std::find_if(macro.begin(), macro.end(), [&](const MethodAverage& a) {
        return a.method == method && a.specialization_tokens == size;
      });
      average.push_back(found == macro.end() ? Cell{kNaN, kNaN, 0} : Cell{found->before, found->after, found->seeds});
    }
    line("macro-average", average, " class=\"sum\"");
    out += fmt::format("<h3>{} tokens of each domain</h3>\n", format_size(static_cast<double>(size))) +
           table(rows + "</tbody>");
  }
  return out + "</section>\n";
}

std::string averages_table(const ReportInput& input) {
  if (input.records.empty()) return "";
  std::string rows = "<thead><tr>" + head("method") + head("size", "class=\"n\"") + head("before", "class=\"n\"") +
                     head("after", "class=\"n\"") + head("spread over seeds", "class=\"n\"") +
                     head("generic set", "class=\"n\"") + head("domains", "class=\"n\"") +
                     head("seeds", "class=\"n\"") + "</tr></thead><tbody>";
  for (const MethodAverage& a : averages(input.records)) {
    double generic = kNaN;
    std::map<std::uint64_t, double> by_seed;
    for (const ResultRecord& r : input.records) {
      if (r.method == a.method && r.generic_perplexity > 0) by_seed[r.seed] = r.generic_perplexity;
    }
    if (!by_seed.empty()) {
      generic = 0;
      for (const auto& [seed, value] : by_seed) generic += value / static_cast<double>(by_seed.size());
    }
    rows += "<tr>" + row_head(a.method) +
            number(format_size(static_cast<double>(a.specialization_tokens)),
                   static_cast<double>(a.specialization_tokens)) +
            perplexity_cell(a.before) + perplexity_cell(a.after) +
            (a.seeds > 1 ? number(fmt::format("±{:.3g}", a.after_spread), a.after_spread) : "<td class=\"n\">–</td>") +
            perplexity_cell(generic) +
            fmt::format("<td class=\"n\">{}</td><td class=\"n\">{}</td></tr>", a.domains, a.seeds);
  }
  return "<section><h2>Macro-averages</h2>\n<p class=\"note\">The mean of the domains' losses, then the exponential; "
         "\"size\" is tokens of "
         "each domain used for fine-tuning. The spread is the standard deviation over seeds.</p>\n" +
         table(rows + "</tbody>") + "</section>\n";
}

std::string cost_table(const ReportInput& input) {
  if (input.records.empty()) return "";
  std::string rows = "<thead><tr><th rowspan=\"2\" scope=\"col\">method</th>" +
                     head("parameters", "colspan=\"2\" class=\"span\"") +
                     head("generic phase, once", "colspan=\"3\" class=\"span\"") +
                     head("specialization, per domain", "colspan=\"4\" class=\"span\"") +
                     head("in all", "colspan=\"2\" class=\"span\"") + "</tr><tr>";
  for (const char* name :
       {"pretraining", "inference", "tokens", "FLOPs", "time", "size", "best step", "FLOPs", "time", "FLOPs", "time"}) {
    rows += head(name, "class=\"n\"");
  }
  rows += "</tr></thead><tbody>";
  std::size_t most_domains = 0;
  for (const std::string& method : methods_of(input.records)) {
    for (std::uint64_t size : sizes_of(input.records)) {
      double count = 0, flops = 0, seconds = 0, steps = 0, generic_flops = 0, generic_seconds = 0;
      const ResultRecord* any = nullptr;
      std::set<std::string> domains;
      for (const ResultRecord& r : input.records) {
        if (r.method != method || r.specialization_tokens != size) continue;
        any = &r;
        ++count;
        domains.insert(r.domain);
        flops += r.specialization_flops;
        seconds += r.specialization_seconds;
        steps += static_cast<double>(r.specialization_steps);
        generic_flops += r.generic_flops;
        generic_seconds += r.generic_seconds;
      }
      if (!any) continue;
      const auto n = static_cast<double>(domains.size());
      most_domains = std::max(most_domains, domains.size());
      const double all_flops = generic_flops / count + n * flops / count,
                   all_seconds = generic_seconds / count + n * seconds / count;
      rows += "<tr>" + row_head(method) +
              number(format_size(static_cast<double>(any->parameters_pretraining)),
                     static_cast<double>(any->parameters_pretraining)) +
              number(format_size(static_cast<double>(any->parameters_inference)),
                     static_cast<double>(any->parameters_inference)) +
              number(format_size(static_cast<double>(any->generic_tokens)), static_cast<double>(any->generic_tokens)) +
              number(format_flops(generic_flops / count), generic_flops / count) +
              number(format_duration(generic_seconds / count), generic_seconds / count) +
              number(format_size(static_cast<double>(size)), static_cast<double>(size)) +
              number(fmt::format("{:.0f}", steps / count), steps / count) +
              number(format_flops(flops / count), flops / count) +
              number(format_duration(seconds / count), seconds / count) + number(format_flops(all_flops), all_flops) +
              number(format_duration(all_seconds), all_seconds) + "</tr>";
    }
  }
  return fmt::format(
             "<section><h2>Costs</h2>\n<p class=\"note\">Means over domains and seeds. \"In all\" is one generic phase "
             "and the "
             "specialization of {} domain{}: C = C<sub>generic</sub> + N · C<sub>specialization</sub>. Times are "
             "measured on this run's "
             "device.</p>\n",
             most_domains, most_domains == 1 ? "" : "s") +
         table(rows + "</tbody>", true) + "</section>\n";
}

std::string corpora_table(const ReportInput& input) {
  if (!input.corpora || !input.corpora->is_object() || input.corpora->empty()) return "";
  std::string rows = "<thead><tr><th rowspan=\"2\" scope=\"col\">corpus</th><th rowspan=\"2\" scope=\"col\">role</th>" +
                     head("documents", "colspan=\"3\" class=\"span\"") +
                     head("tokens", "colspan=\"3\" class=\"span\"") +
                     "<th rowspan=\"2\" scope=\"col\" class=\"n\">text</th><th rowspan=\"2\" scope=\"col\">documents "
                     "dropped</th></tr><tr>";
  for (int i = 0; i < 2; ++i) {
    for (const char* split : {"train", "validation", "test"}) rows += head(split, "class=\"n\"");
  }
  rows += "</tr></thead><tbody>";
  for (const auto& [name, corpus] : input.corpora->items()) {
    const json* role = find(corpus, "role");
    rows += "<tr>" + row_head(name) + "<td>" +
            (role && role->is_string() ? escape_xml(role->get<std::string>()) : "–") + "</td>";
    for (const char* key : {"documents", "tokens"}) {
      for (std::size_t split = 0; split < 3; ++split) rows += count_cell(split_value(find(corpus, key), split));
    }
    const double bytes = split_sum(find(corpus, "bytes"));
    rows += std::isfinite(bytes) ? number(format_size(bytes) + "B", bytes) : "<td class=\"n\">–</td>";
    rows += "<td>" + escape_xml(dropped_text(find(corpus, "dropped"))) + "</td></tr>";
  }
  return "<section><h2>Corpora</h2>\n" + table(rows + "</tbody>") + "</section>\n";
}

}  // namespace pantograph::report
