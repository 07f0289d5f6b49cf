// SPDX-License-Identifier: GPL-3.0-or-later
// The report's tables.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "base/text.h"
#include "report/parts.h"

namespace pantograph::report {

namespace {

using nlohmann::json;

/// Texts of so many columns are kept on one line.
constexpr std::size_t kShortName = 24;

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

/// "120 duplicate, 7 not UTF-8; files not read: .csv 12".
std::string left_out_text(const json& corpus) {
  const json* dropped = find(corpus, "dropped");
  if (!dropped || !dropped->is_object()) return "–";
  std::string out;
  for (const auto& [reason, left_out] : dropped->items()) {
    const json* count = find(left_out, "count");
    if (!count || !count->is_number_integer()) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", format_grouped(count->get<std::uint64_t>()), reason);
  }
  if (out.empty()) out = "none";
  const json* kinds = find(corpus, "other_kinds");
  if (!kinds || !kinds->is_object() || kinds->empty()) return out;
  std::string files;
  for (const auto& [kind, count] : kinds->items()) {
    if (count.is_number_integer())
      files += fmt::format("{}{} {}", files.empty() ? "" : ", ", kind, format_grouped(count.get<std::uint64_t>()));
  }
  return out + "; files not read: " + files;
}

}  // namespace

std::vector<std::string> methods_of(const std::vector<measure::ResultRecord>& records) {
  std::set<std::string> out;
  for (const measure::ResultRecord& r : records) out.insert(r.method);
  return {out.begin(), out.end()};
}

std::vector<std::string> domains_of(const std::vector<measure::ResultRecord>& records) {
  std::set<std::string> out;
  for (const measure::ResultRecord& r : records) out.insert(r.domain);
  return {out.begin(), out.end()};
}

std::vector<std::uint64_t> sizes_of(const std::vector<measure::ResultRecord>& records) {
  std::set<std::uint64_t> out;
  for (const measure::ResultRecord& r : records) out.insert(r.specialization_tokens);
  return {out.begin(), out.end()};
}

Cell mean_cell(const std::vector<measure::ResultRecord>& records, const std::string& method, const std::string& domain,
               std::uint64_t size) {
  double before = 0, after = 0;
  int seeds = 0;
  for (const measure::ResultRecord& r : records) {
    if (r.method != method || r.domain != domain || r.specialization_tokens != size) continue;
    before += r.perplexity_before;
    after += r.perplexity_after;
    ++seeds;
  }
  return seeds ? Cell{before / seeds, after / seeds, seeds} : Cell{kNaN, kNaN, 0};
}

std::string html_table(const Table& data, const char* heading) {
  if (data.rows.empty()) return "";
  std::string rows = "<thead><tr>";
  for (const TableColumn& column : data.columns) rows += head(column.title, column.number ? "class=\"n\"" : "");
  rows += "</tr></thead><tbody>";
  for (const auto& cells : data.rows) {
    rows += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const TableCell& cell = cells[i];
      if (i == 0 && !data.columns[i].number)
        rows += row_head(cell.text);
      else if (std::isfinite(cell.exact))
        rows += number(escape_xml(cell.text), cell.exact, cell.best);
      else
        rows += fmt::format("<td{}>{}</td>",
                            data.columns[i].number                  ? " class=\"n\""
                            : text_columns(cell.text) <= kShortName ? " class=\"name\""
                                                                    : "",
                            escape_xml(cell.text));
    }
    rows += "</tr>";
  }
  return fmt::format("<{0}>{1}</{0}>\n{2}", heading, escape_xml(data.title),
                     data.note.empty() ? "" : "<p class=\"note\">" + escape_xml(data.note) + "</p>\n") +
         table(rows + "</tbody>", data.columns.size() > 7);
}

std::string paper_tables_section(const std::vector<measure::ResultRecord>& records) {
  std::string out;
  for (const Table& data : paper_tables(records)) out += html_table(data, "h3");
  if (!out.empty() && equal_cost_tables(records).empty())
    out +=
        "<p class=\"note\">Perplexities at equal cost: run two methods at several generic budgets, so that the costs "
        "of "
        "the one lie between those of the other; nothing is extrapolated.</p>\n";
  return out.empty() ? "" : "<section><h2>Results and costs in tables</h2>\n" + out + "</section>\n";
}

std::string laws_section(const ReportInput& input) {
  if (input.laws == nullptr) return "";
  if (!input.laws->rows.empty()) {
    std::string drawn;
    if (input.law_figures != nullptr && !input.law_figures->empty()) {
      drawn =
          "<details open=\"open\"><summary>The laws and their runs, up to ten times the generic tokens</summary>\n" +
          grouped_figures(*input.law_figures, size_colors(*input.law_figures)) + "</details>\n";
    }
    const bool splits = input.splits != nullptr && !input.splits->rows.empty();
    return "<section>" + html_table(*input.laws, "h2") + drawn + (splits ? html_table(*input.splits, "h3") : "") +
           "</section>\n";
  }
  return fmt::format(
      "<section><h2>{}</h2>\n<p class=\"note\">Run a method at several generic budgets and sizes of the "
      "specialization set, so that a scaling law can be fitted. {}</p>\n</section>\n",
      escape_xml(input.laws->title), escape_xml(input.laws->note));
}

std::string results_tables(const std::vector<measure::ResultRecord>& records) {
  if (records.empty()) return "";
  const auto methods = methods_of(records);
  const auto macro = measure::averages(records);
  std::string out =
      "<section><h2>Perplexity by domain</h2>\n<p class=\"note\">On each domain's test set, before and after "
      "fine-tuning; ";
  out +=
      "mean over seeds where there are several. Each method at its largest generic budget. The lowest after "
      "fine-tuning is bold. Point at a number for all its "
      "digits.</p>\n";
  for (std::uint64_t size : sizes_of(records)) {
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
    for (const std::string& domain : domains_of(records)) {
      std::vector<Cell> cells;
      for (const std::string& method : methods) cells.push_back(mean_cell(records, method, domain, size));
      if (std::any_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.seeds > 0; }))
        line(domain, cells, "");
    }
    std::vector<Cell> average;
    for (const std::string& method : methods) {
      const auto found = std::find_if(macro.begin(), macro.end(), [&](const measure::MethodAverage& a) {
        return a.method == method && a.specialization_tokens == size;
      });
      average.push_back(found == macro.end() ? Cell{kNaN, kNaN, 0} : Cell{found->before, found->after, found->seeds});
    }
    line("macro-average", average, " class=\"sum\"");
    out += fmt::format("<h3>{} tokens of each domain</h3>\n", short_count(static_cast<double>(size))) +
           table(rows + "</tbody>", methods.size() > 4);
  }
  return out + "</section>\n";
}

std::string corpora_table(const ReportInput& input) {
  if (!input.corpora || !input.corpora->is_object() || input.corpora->empty()) return "";
  std::string rows =
      "<thead><tr><th rowspan=\"2\" scope=\"col\">corpus</th><th rowspan=\"2\" scope=\"col\">role</th>" +
      head("documents", "colspan=\"3\" class=\"span\"") + head("tokens", "colspan=\"3\" class=\"span\"") +
      "<th rowspan=\"2\" scope=\"col\" class=\"n\">text</th><th rowspan=\"2\" scope=\"col\">left out</th></tr><tr>";
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
    rows += std::isfinite(bytes) ? number(short_count(bytes) + "B", bytes) : "<td class=\"n\">–</td>";
    rows += "<td>" + escape_xml(left_out_text(corpus)) + "</td></tr>";
  }
  return "<section><h2>Corpora</h2>\n" + table(rows + "</tbody>") + "</section>\n";
}

}  // namespace pantograph::report
