// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/overlap.h"

#include <algorithm>
#include <thread>

#include "overlap/leaks.h"
#include "overlap/near_copies.h"

namespace pantograph::overlap {

Overlap find_overlap(const std::vector<OverlapInput>& inputs, int threads, const TaskContext& task) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<OpenCorpus> corpora;
  corpora.reserve(inputs.size());
  Progress progress{task};
  for (const OverlapInput& input : inputs) {
    const OpenCorpus& corpus = corpora.emplace_back(OpenCorpus{&input, corpus::DocumentStore(input.documents)});
    const auto bytes = [&](corpus::Split split) { return static_cast<double>(corpus.documents.bytes(split)); };
    progress.total += bytes(corpus::Split::train) + (input.generic ? 0 : bytes(corpus::Split::test));
    if (input.near_duplicates == "keep") continue;
    for (int split = 0; split < corpus::kSplits; ++split) progress.total += bytes(static_cast<corpus::Split>(split));
  }
  Overlap overlap;
  find_near_copies(corpora, threads, progress, overlap);
  measure_leaks(corpora, threads, progress, overlap);
  return overlap;
}

}  // namespace pantograph::overlap
