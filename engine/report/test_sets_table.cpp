// SPDX-License-Identifier: GPL-3.0-or-later
// What the test sets gave, how sure that is, and on what text it stands.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/words.h"
#include "measure/comparison.h"
#include "measure/figure_points.h"
#include "report/table_cells.h"
#include "report/tables.h"

namespace pantograph::report {
namespace {

/// Of a method at one size: means over its records.
struct Data {
  int context = 0;
  double validation = 0, records = 0;
  std::map<std::string, std::uint64_t> documents, leaked;  // by domain
};
using Key = std::pair<std::string, std::uint64_t>;  // method, size

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t all = 0;
  for (const auto& [domain, count] : counts) all += count;
  return all;
}

std::map<Key, Data> data_of(const std::vector<measure::ResultRecord>& records) {
  std::map<Key, Data> out;
  for (const measure::ResultRecord& r : records) {
    Data& data = out[{r.method, r.specialization_tokens}];
    data.context = r.context;
    data.validation += static_cast<double>(r.validation_tokens);
    data.records += 1;
    data.documents[r.domain] = r.test_documents;
    data.leaked[r.domain] = r.leaked_documents;
  }
  return out;
}

}  // namespace

Table test_sets_table(const std::vector<measure::ResultRecord>& records) {
  Table out{
      "test-sets", "Test sets",
      fmt::format("Macro-averaged perplexity after fine-tuning, at each method's largest generic budget, with its "
                  "{:.0f} % interval over seeds and test documents (with one seed: over documents alone). Bits "
                  "per byte: the loss over the size of the text, which does not depend on the tokenizer. "
                  "\"Without leaks\": without the test documents of which more than a fifth was trained on. "
                  "Validation text counts as text of the domain that the method has seen.",
                  100 * measure::kConfidence)};
  out.columns = {{"size"},          {"method", false},  {"perplexity"}, {"interval"}, {"bits per byte"},
                 {"without leaks"}, {"test documents"}, {"that leak"},  {"context"},  {"validation, tokens"}};
  const std::vector<measure::ResultRecord> latest = measure::at_largest_budget(records);
  std::map<Key, Data> all = data_of(latest);
  std::set<int> contexts;
  std::vector<measure::RunPoint> points = measure::run_points(latest);
  std::stable_sort(points.begin(), points.end(),
                   [](const measure::RunPoint& a, const measure::RunPoint& b) { return a.cost.size < b.cost.size; });
  for (const measure::RunPoint& p : points) {
    const measure::MethodAverage& a = p.average;
    const Data& data = all.at({p.cost.method, p.cost.size});
    const std::uint64_t documents = sum(data.documents), leaked = sum(data.leaked);
    if (documents == 0) continue;  // of an older version
    contexts.insert(data.context);
    const auto interval = [&](double value) { return format_perplexity(value); };
    out.rows.push_back({cells::size(p.cost.size),
                        cells::text(p.cost.method),
                        cells::perplexity(a.after, 0),
                        {a.after_interval.known()
                             ? fmt::format("{} to {}", interval(a.after_interval.low), interval(a.after_interval.high))
                             : "–"},
                        cells::positive(a.bits_per_byte, fmt::format("{:.3f}", a.bits_per_byte)),
                        leaked > 0 ? cells::perplexity(a.without_leaks, 0) : TableCell{"–"},
                        {std::to_string(documents), static_cast<double>(documents)},
                        {std::to_string(leaked), static_cast<double>(leaked)},
                        cells::positive(data.context, std::to_string(data.context)),
                        cells::size(data.validation / data.records)});
  }
  if (contexts.size() > 1)
    out.note += " The contexts differ: a network that may look back further predicts better for that alone.";
  return out;
}

}  // namespace pantograph::report
