// SPDX-License-Identifier: GPL-3.0-or-later
// How much of the test sets was trained on, and which documents are near-copies of others.
#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"
#include "base/words.h"
#include "report/parts.h"

namespace pantograph::report {
namespace {

TableCell count(std::uint64_t value) {
  return {format_grouped(value), static_cast<double>(value)};
}

TableCell share(double value) {
  return {format_percent(value), value};
}

Table leaks_table(const overlap::Overlap& overlap) {
  const std::string above = fmt::format("above {}", format_percent(overlap::kLeakThreshold, 0));
  Table table{
      "leaks",
      "Test documents that were trained on",
      fmt::format("Of each test document, the share of its {}-grams of words that occur in the generic train set, "
                  "and in the train set of its own domain: mean over the documents, and documents with a share {}. "
                  "Clean: no such {}-gram in common with either. Documents of fewer words count as neither.",
                  overlap::kLeakGram, above, overlap::kLeakGram),
      {{"domain", false},
       {"test documents"},
       {"generic: mean share"},
       {above},
       {"own: mean share"},
       {above},
       {"clean"}}};
  for (const auto& [domain, leaks] : overlap.leaks) {
    table.rows.push_back({{domain},
                          count(leaks.documents),
                          share(leaks.generic.mean),
                          count(leaks.generic.above),
                          share(leaks.own.mean),
                          count(leaks.own.above),
                          count(leaks.clean)});
  }
  return table;
}

Table near_copies_table(const overlap::Overlap& overlap) {
  Table table{
      "near-copies",
      "Near-copies",
      "Documents whose sets of word 5-grams are alike by at least 0.8 (Jaccard). Of each train set: those that are "
      "near-copies of a validation or test document (of a domain, or of the same set), others that are near-copies "
      "of an earlier train document. Of each test set: those with a near-copy in train sets and in other domains.",
      {{"corpus", false},
       {"train: of held-out"},
       {"train: of earlier"},
       {"test: in generic train"},
       {"test: in own train"},
       {"test: in other domains"},
       {"train documents are", false}}};
  for (const auto& [corpus, copies] : overlap.near_copies) {
    if (!copies.looked_for) {
      table.rows.push_back({{corpus}, {"–"}, {"–"}, {"–"}, {"–"}, {"–"}, {"not looked for"}});
      continue;
    }
    table.rows.push_back({{corpus},
                          count(copies.of_held_out),
                          count(copies.of_train),
                          count(copies.test.in_generic),
                          count(copies.test.in_own),
                          count(copies.test.in_others),
                          {copies.dropped ? "left out" : "kept"}});
  }
  return table;
}

}  // namespace

std::string overlap_section(const ReportInput& input) {
  if (input.overlap == nullptr || input.overlap->near_copies.empty()) return "";
  std::vector<std::string> leaking;
  std::string sentences;
  for (const auto& [domain, leaks] : input.overlap->leaks) {
    const auto of_domain = overlap::leak_sentences(domain, leaks);
    if (!of_domain.empty()) leaking.push_back(domain);
    for (const std::string& sentence : of_domain) sentences += escape_xml(sentence) + ". ";
  }
  if (!leaking.empty()) {
    sentences += escape_xml(
        fmt::format("On such documents a low perplexity may be memory: read the results of {} with that in mind.",
                    words::list(leaking)));
  } else if (!input.overlap->leaks.empty()) {
    sentences = fmt::format("No test document shares more than {} of its {}-grams with a train set.",
                            format_percent(overlap::kLeakThreshold, 0), overlap::kLeakGram);
  }
  return "<section><h2>Overlap of the corpora</h2>\n<p>" + sentences + "</p>\n" +
         html_table(leaks_table(*input.overlap), "h3") + html_table(near_copies_table(*input.overlap), "h3") +
         "</section>\n";
}

}  // namespace pantograph::report
