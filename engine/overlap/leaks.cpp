// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/leaks.h"

#include <algorithm>
#include <atomic>
#include <bit>

namespace pantograph::overlap {
namespace {

using corpus::Split;

std::uint64_t key_of(std::uint64_t gram) {
  return gram == 0 ? 1 : gram;  // 0 is a free slot
}

/// The 13-grams of a domain's test documents, one after the other.
struct TestSet {
  std::vector<std::uint64_t> grams;
  std::vector<std::size_t> ends;  // by document
};

TestSet read_test_set(const OpenCorpus& corpus, int threads, Progress& progress) {
  TestSet set;
  TextScratch scratch;
  each_batch(corpus.documents, Split::test, threads, progress, [&](const Batch& batch) {
    for (const std::string& text : batch.texts) {
      find_words(text, scratch);
      each_gram(scratch.words, kLeakGram, [&](std::uint64_t gram) { set.grams.push_back(gram); });
      set.ends.push_back(set.grams.size());
    }
  });
  return set;
}

/// Marks the grams that occur in the train documents of a corpus.
void mark_train(const OpenCorpus& corpus, const Overlap& overlap, int threads, Progress& progress, GramTable& table) {
  static const std::vector<std::uint64_t> none;
  const auto found = overlap.dropped.find(corpus.input->name);
  const std::vector<std::uint64_t>& dropped = found == overlap.dropped.end() ? none : found->second;
  std::vector<TextScratch> scratch(static_cast<std::size_t>(std::max(threads, 1)));
  each_batch(corpus.documents, Split::train, threads, progress, [&](const Batch& batch) {
    each_index(batch.texts.size(), threads, [&](std::size_t thread, std::size_t i) {
      if (std::binary_search(dropped.begin(), dropped.end(), batch.begin + i)) return;
      find_words(batch.texts[i], scratch[thread]);
      each_gram(scratch[thread].words, kLeakGram, [&](std::uint64_t gram) { table.mark(gram); });
    });
  });
}

/// Share of marked grams of each document; none has those without a gram.
std::vector<double> shares(const TestSet& set, const GramTable& table) {
  std::vector<double> out;
  std::size_t begin = 0;
  for (const std::size_t end : set.ends) {
    std::size_t marked = 0;
    for (std::size_t i = begin; i < end; ++i) marked += table.marked(set.grams[i]) ? 1 : 0;
    out.push_back(end == begin ? 0 : static_cast<double>(marked) / static_cast<double>(end - begin));
    begin = end;
  }
  return out;
}

Leaks::Side side_of(const std::vector<double>& of_documents, std::uint64_t measured) {
  Leaks::Side side;
  double sum = 0;
  for (const double share : of_documents) {
    sum += share;
    side.above += share > kLeakThreshold ? 1 : 0;
    side.any += share > 0 ? 1 : 0;
  }
  side.mean = measured > 0 ? sum / static_cast<double>(measured) : 0;
  return side;
}

Leaks leaks_of(const OpenCorpus& corpus, const TestSet& set, const std::vector<double>& generic,
               const std::vector<double>& own) {
  Leaks leaks;
  leaks.documents = set.ends.size();
  std::vector<std::size_t> above;
  for (std::size_t i = 0, begin = 0; i < set.ends.size(); begin = set.ends[i++]) {
    if (set.ends[i] == begin) {
      ++leaks.too_short;
      continue;
    }
    leaks.clean += generic[i] == 0 && own[i] == 0 ? 1 : 0;
    if (std::max(generic[i], own[i]) > kLeakThreshold) above.push_back(i);
  }
  leaks.generic = side_of(generic, leaks.documents - leaks.too_short);
  leaks.own = side_of(own, leaks.documents - leaks.too_short);
  leaks.leaked.assign(above.begin(), above.end());
  std::stable_sort(above.begin(), above.end(), [&](std::size_t a, std::size_t b) {
    return std::max(generic[a], own[a]) > std::max(generic[b], own[b]);
  });
  above.resize(std::min(above.size(), kShownDocuments));
  for (const std::size_t i : above) leaks.most.push_back({place_of(corpus, Split::test, i), generic[i], own[i]});
  return leaks;
}

}  // namespace

GramTable::GramTable(std::size_t grams)
    : slots_(std::bit_ceil(2 * grams + 2), 0), marks_(slots_.size(), 0), filter_(2 * slots_.size(), 0) {}

std::size_t GramTable::slot_of(std::uint64_t gram) const {
  std::size_t slot = gram & (slots_.size() - 1);
  while (slots_[slot] != 0 && slots_[slot] != gram) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

void GramTable::add(std::uint64_t gram) {
  gram = key_of(gram);
  slots_[slot_of(gram)] = gram;
  const std::size_t bit = filter_bit(gram);
  filter_[bit / 8] = static_cast<std::uint8_t>(filter_[bit / 8] | (1U << (bit % 8)));
}

void GramTable::mark(std::uint64_t gram) {
  gram = key_of(gram);
  const std::size_t bit = filter_bit(gram);
  if ((filter_[bit / 8] >> (bit % 8) & 1) == 0) return;
  const std::size_t slot = slot_of(gram);
  if (slots_[slot] != 0) std::atomic_ref(marks_[slot]).store(1, std::memory_order_relaxed);
}

bool GramTable::marked(std::uint64_t gram) const {
  return marks_[slot_of(key_of(gram))] != 0;
}

void GramTable::forget_marks() {
  std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
}

void measure_leaks(const std::vector<OpenCorpus>& corpora, int threads, Progress& progress, Overlap& overlap) {
  std::vector<const OpenCorpus*> domains;
  std::vector<TestSet> sets;
  std::size_t grams = 0;
  for (const OpenCorpus& corpus : corpora) {
    if (corpus.input->generic) continue;
    domains.push_back(&corpus);
    sets.push_back(read_test_set(corpus, threads, progress));
    grams += sets.back().grams.size();
  }
  GramTable all(grams);
  for (const TestSet& set : sets) {
    for (const std::uint64_t gram : set.grams) all.add(gram);
  }
  if (grams > 0) {
    for (const OpenCorpus& corpus : corpora) {
      if (corpus.input->generic) mark_train(corpus, overlap, threads, progress, all);
    }
  }
  std::vector<std::vector<double>> generic;
  for (const TestSet& set : sets) generic.push_back(shares(set, all));
  for (std::size_t i = 0; i < domains.size(); ++i) {
    all.forget_marks();
    mark_train(*domains[i], overlap, threads, progress, all);
    overlap.leaks[domains[i]->input->name] = leaks_of(*domains[i], sets[i], generic[i], shares(sets[i], all));
  }
}

}  // namespace pantograph::overlap
