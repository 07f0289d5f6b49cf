// SPDX-License-Identifier: GPL-3.0-or-later
// What a record says of its test set beside the perplexities.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "measure/results.h"

namespace pantograph::measure {

double bits_per_byte(const ResultRecord& record) {
  if (record.test_bytes == 0 || !(record.perplexity_after > 0)) return std::numeric_limits<double>::quiet_NaN();
  return std::log(record.perplexity_after) * static_cast<double>(record.test_tokens) /
         (std::numbers::ln2 * static_cast<double>(record.test_bytes));
}

void leave_out(ResultRecord& record, const std::vector<std::uint64_t>& leaked) {
  record.leaked_documents = 0;
  record.perplexity_without_leaks = record.perplexity_after;
  if (record.test == nullptr) {
    record.perplexity_without_leaks = 0;
    return;
  }
  double loss = 0, tokens = 0;
  const TestLosses& test = *record.test;
  for (std::size_t i = 0; i < test.documents.size(); ++i) {
    if (std::binary_search(leaked.begin(), leaked.end(), test.documents[i])) {
      ++record.leaked_documents;
      continue;
    }
    loss += test.losses[i];
    tokens += test.tokens[i];
  }
  if (record.leaked_documents > 0) record.perplexity_without_leaks = perplexity(loss / tokens);  // none left: NaN
}

}  // namespace pantograph::measure
