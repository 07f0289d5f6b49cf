// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/near_copies.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace pantograph::overlap {
namespace {

using corpus::Split;

constexpr std::uint64_t kShownBytes = 80;

/// One split of one corpus.
struct Part {
  std::size_t corpus = 0;
  Split split = Split::train;
};

bool held_out(Split split) {
  return split != Split::train;
}

/// What is found of a document, in bits.
enum Mark : std::uint8_t {
  of_held_out = 1,
  of_train = 2,
  in_generic = 4,
  in_own = 8,
  in_others = 16,
  in_itself = 32,
};

class Search {
 public:
  Search(const std::vector<OpenCorpus>& corpora, int threads, Progress& progress)
      : corpora_(corpora), threads_(std::max(threads, 1)), progress_(progress) {
    for (const Split split : {Split::test, Split::validation, Split::train}) add_parts(split);
    marks_.resize(parts_.size());
    std::uint64_t documents = 0;
    for (const Part& part : parts_) documents += corpora_[part.corpus].documents.documents(part.split);
    index_.reserve(documents);
    places_.reserve(documents);
    scratch_.resize(static_cast<std::size_t>(threads_));
  }

  void run(Overlap& overlap) {
    for (part_ = 0; part_ < parts_.size(); ++part_) {
      const Part& part = parts_[part_];
      const corpus::DocumentStore& store = corpora_[part.corpus].documents;
      marks_[part_].assign(store.documents(part.split), 0);
      each_batch(store, part.split, threads_, progress_, [&](const Batch& batch) { take(batch); });
    }
    for (const auto& [twin, first] : twins_) {
      marks_[twin.part][twin.number] |= marks_[first.part][first.number] & (in_generic | in_own | in_others);
    }
    for (const OpenCorpus& corpus : corpora_) {
      NearCopies& copies = overlap.near_copies[corpus.input->name];
      copies.looked_for = corpus.input->near_duplicates != "keep";
      copies.dropped = corpus.input->near_duplicates == "drop";
      if (copies.dropped) overlap.dropped[corpus.input->name];
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) count(i, overlap);
    for (const auto& [corpus, pairs] : examples_) {
      for (const auto& [copy, of] : pairs)
        overlap.near_copies[corpora_[corpus].input->name].first.push_back({shown(copy), shown(of)});
    }
  }

 private:
  struct Place {
    std::uint32_t part = 0;
    std::uint64_t number = 0;
  };

  void add_parts(Split split) {
    for (const bool generic : {true, false}) {
      for (std::size_t i = 0; i < corpora_.size(); ++i) {
        const OverlapInput& input = *corpora_[i].input;
        if (input.generic == generic && input.near_duplicates != "keep") parts_.push_back({i, split});
      }
    }
  }

  const OverlapInput& input(const Part& part) const { return *corpora_[part.corpus].input; }

  /// Generic corpora are trained on together, each domain by itself.
  bool one_set(const Part& a, const Part& b) const {
    return a.corpus == b.corpus || (input(a).generic && input(b).generic);
  }

  /// Signatures side by side, decisions in order.
  void take(const Batch& batch) {
    signatures_.resize(batch.texts.size());
    good_.assign(batch.texts.size(), 0);
    each_index(batch.texts.size(), threads_, [&](std::size_t thread, std::size_t i) {
      find_words(batch.texts[i], scratch_[thread]);
      good_[i] = make_signature(scratch_[thread], signatures_[i]) ? 1 : 0;
    });
    for (std::size_t i = 0; i < batch.texts.size(); ++i) {
      if (good_[i] != 0) decide(signatures_[i], {static_cast<std::uint32_t>(part_), batch.begin + i});
    }
  }

  void decide(const Signature& signature, const Place& here) {
    index_.near(signature, near_);
    const Part& part = parts_[here.part];
    std::uint8_t& mark = marks_[here.part][here.number];
    const Place *held = nullptr, *earlier = nullptr, *twin = nullptr;
    for (const std::uint32_t number : near_) {
      const Place& there = places_[number];
      const Part& other = parts_[there.part];
      std::uint8_t& other_mark = marks_[there.part][there.number];
      if (here.part == there.part) {
        if (earlier == nullptr) earlier = &there;
        if (twin == nullptr && index_[number] == signature) twin = &there;
      } else if (held_out(part.split)) {
        if (one_set(part, other)) continue;
        if (!input(other).generic) mark |= in_others;
        if (!input(part).generic) other_mark |= in_others;
      } else if (held_out(other.split)) {
        if (one_set(part, other)) other_mark |= in_own;
        if (input(part).generic) other_mark |= in_generic;
        if (!input(part).generic && part.corpus != other.corpus) other_mark |= in_others;
        if (held == nullptr && (!input(other).generic || one_set(part, other))) held = &there;
      } else if (one_set(part, other) && earlier == nullptr) {
        earlier = &there;
      }
    }
    if (held_out(part.split)) {
      if (earlier != nullptr) mark |= in_itself;
      if (twin != nullptr) {  // whatever is near the one is near the other
        twins_.push_back({here, *twin});
        return;
      }
    } else {
      if (held != nullptr) mark |= of_held_out;
      if (earlier != nullptr) mark |= of_train;
      const Place* of = held != nullptr ? held : earlier;
      auto& examples = examples_[part.corpus];
      if (of != nullptr && examples.size() < kShownDocuments) examples.push_back({here, *of});
      if (earlier != nullptr) return;
    }
    index_.add(signature);
    places_.push_back(here);
  }

  void count(std::size_t at, Overlap& overlap) const {
    const Part& part = parts_[at];
    NearCopies& copies = overlap.near_copies.at(input(part).name);
    HeldOutCopies& held = part.split == Split::test ? copies.test : copies.validation;
    for (std::uint64_t i = 0; i < marks_[at].size(); ++i) {
      const unsigned mark = marks_[at][i];
      if (mark == 0) continue;
      if (part.split == Split::train) {
        ++((mark & of_held_out) != 0 ? copies.of_held_out : copies.of_train);
        if (copies.dropped) overlap.dropped.at(input(part).name).push_back(i);
        continue;
      }
      held.in_generic += (mark & in_generic) != 0 ? 1 : 0;
      held.in_own += (mark & in_own) != 0 ? 1 : 0;
      held.in_others += (mark & in_others) != 0 ? 1 : 0;
      held.in_itself += (mark & in_itself) != 0 ? 1 : 0;
    }
  }

  DocumentPlace shown(const Place& place) const {
    const Part& part = parts_[place.part];
    return place_of(corpora_[part.corpus], part.split, place.number);
  }

  const std::vector<OpenCorpus>& corpora_;
  const int threads_;
  Progress& progress_;
  std::vector<Part> parts_;  // held-out ones first: a copy is the one that comes later
  std::size_t part_ = 0;     // that is being read
  std::vector<std::vector<std::uint8_t>> marks_;
  std::vector<TextScratch> scratch_;
  std::vector<Signature> signatures_;
  std::vector<char> good_;
  SignatureIndex index_;
  std::vector<Place> places_;  // of what the index has
  std::vector<std::uint32_t> near_;
  std::vector<std::pair<Place, Place>> twins_;
  std::map<std::size_t, std::vector<std::pair<Place, Place>>> examples_;  // by corpus
};

}  // namespace

std::size_t SignatureIndex::slot_of(std::uint64_t band, const Table& table) const {
  return mix(band) & (table.slots.size() - 1);
}

void SignatureIndex::grow(Table& table, std::size_t band) {
  std::vector<std::uint32_t> numbers;
  for (const std::uint32_t slot : table.slots) {
    if (slot != 0) numbers.push_back(slot);
  }
  std::sort(numbers.begin(), numbers.end());  // so that the first of a band are found first
  table.slots.assign(std::max<std::size_t>(64, 2 * table.slots.size()), 0);
  for (const std::uint32_t number : numbers) {
    std::size_t slot = slot_of(signatures_[number - 1][band], table);
    while (table.slots[slot] != 0) slot = (slot + 1) & (table.slots.size() - 1);
    table.slots[slot] = number;
  }
}

void SignatureIndex::reserve(std::size_t signatures) {
  signatures_.reserve(signatures);  // memory that is not written to costs nothing
}

void SignatureIndex::add(const Signature& signature) {
  const auto number = static_cast<std::uint32_t>(signatures_.size());
  signatures_.push_back(signature);
  for (std::size_t band = 0; band < kBands; ++band) {
    Table& table = tables_[band];
    if (3 * (table.used + 1) > 2 * table.slots.size()) grow(table, band);
    int alike = 0;
    std::size_t slot = slot_of(signature[band], table);
    for (; table.slots[slot] != 0 && alike < kMostCompared; slot = (slot + 1) & (table.slots.size() - 1))
      alike += signatures_[table.slots[slot] - 1][band] == signature[band] ? 1 : 0;
    if (alike == kMostCompared) continue;  // it would never be looked at
    table.slots[slot] = number + 1;
    ++table.used;
  }
}

void SignatureIndex::near(const Signature& signature, std::vector<std::uint32_t>& found) const {
  found.clear();
  for (std::size_t band = 0; band < kBands; ++band) {
    const Table& table = tables_[band];
    if (table.slots.empty()) continue;
    int compared = 0;
    for (std::size_t slot = slot_of(signature[band], table); table.slots[slot] != 0 && compared < kMostCompared;
         slot = (slot + 1) & (table.slots.size() - 1)) {
      const std::uint32_t number = table.slots[slot] - 1;
      if (signatures_[number][band] != signature[band]) continue;
      ++compared;
      if (similarity(signatures_[number], signature) >= kNearCopy) found.push_back(number);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
}

DocumentPlace place_of(const OpenCorpus& corpus, Split split, std::uint64_t number) {
  const std::string text = corpus.documents.text(split, number);
  std::size_t end = std::min<std::size_t>(text.size(), kShownBytes);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  std::string begins = text.substr(0, end);
  std::replace_if(
      begins.begin(), begins.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return {corpus.input->name, split, number, printable(begins) + (end < text.size() ? "…" : "")};
}

void find_near_copies(const std::vector<OpenCorpus>& corpora, int threads, Progress& progress, Overlap& overlap) {
  Search(corpora, threads, progress).run(overlap);
}

}  // namespace pantograph::overlap
