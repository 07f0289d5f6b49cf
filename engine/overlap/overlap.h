// SPDX-License-Identifier: GPL-3.0-or-later
// What corpora have in common: documents that are near-copies of others, and test documents whose text was trained on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/control.h"
#include "corpus/import.h"

namespace pantograph::overlap {

inline constexpr std::size_t kLeakGram = 13;       ///< words; Brown et al. 2020, appendix C
inline constexpr double kLeakThreshold = 0.2;      ///< share of 13-grams from which on a test document counts
inline constexpr std::size_t kShownDocuments = 5;  ///< of each list of examples

/// A corpus as it was imported.
struct OverlapInput {
  std::string name;
  bool generic = false;
  std::string near_duplicates = "report";  ///< as in the project: "report", "drop", "keep"
  std::filesystem::path documents;         ///< folder of documents.h5
};

/// One document, with its beginning for people.
struct DocumentPlace {
  std::string corpus;
  corpus::Split split = corpus::Split::train;
  std::uint64_t number = 0;  ///< from 0
  std::string begins;
};

/// A document and an earlier one that it is a near-copy of.
struct NearPair {
  DocumentPlace copy, of;
};

/// Documents of a validation or test set that have a near-copy…
struct HeldOutCopies {
  std::uint64_t in_generic = 0;  ///< in the generic train sets
  std::uint64_t in_own = 0;      ///< in its own corpus' train set
  std::uint64_t in_others = 0;   ///< in another domain
  std::uint64_t in_itself = 0;   ///< earlier in the same split
};

/// Of one corpus.
struct NearCopies {
  bool looked_for = true;         ///< false where its setting is "keep"
  bool dropped = false;           ///< the two below are left out of training
  std::uint64_t of_held_out = 0;  ///< train documents that are near-copies of held-out ones: kDropRule
  std::uint64_t of_train = 0;     ///< others that are near-copies of an earlier train document of their set
  HeldOutCopies validation, test;
  std::vector<NearPair> first;  ///< up to kShownDocuments of its train documents that are near-copies
};

/// A test document with its shares of 13-grams.
struct LeakedDocument {
  DocumentPlace place;
  double generic = 0, own = 0;
};

/// Of one domain's test set. A share is that of a document's 13-grams (each place counts) that occur in train
/// documents.
struct Leaks {
  std::uint64_t documents = 0;
  std::uint64_t too_short = 0;  ///< without a 13-gram: in none of the numbers below
  struct Side {
    double mean = 0;                  ///< share, over the documents that have 13-grams
    std::uint64_t above = 0;          ///< documents with a share above kLeakThreshold
    std::uint64_t any = 0;            ///< documents with any 13-gram in common
  } generic, own;                     ///< with the generic train sets; with the domain's own
  std::uint64_t clean = 0;            ///< documents with no 13-gram in common with either
  std::vector<std::uint64_t> leaked;  ///< documents above with either: their numbers, rising
  std::vector<LeakedDocument> most;   ///< up to kShownDocuments of those above, the largest shares first
};

struct Overlap {
  std::map<std::string, NearCopies> near_copies;              ///< by corpus
  std::map<std::string, Leaks> leaks;                         ///< by domain
  std::map<std::string, std::vector<std::uint64_t>> dropped;  ///< by corpus with "drop": train documents, ascending
};

/// Near-copies: documents whose sets of word 5-grams have an estimated Jaccard similarity of at least kNearCopy
/// (overlap/signature.h). The sets that are trained on together are the generic corpora, and each domain by itself. A
/// train document counts as a near-copy
/// - of a held-out one: a validation or test document of a domain or of its own set;
/// - else of an earlier train document of its set, in the order of `inputs`, that is not itself such a copy.
/// Validation and test documents are counted, and never dropped. Leaks are measured against what is left of the train
/// sets. The result depends neither on the number of threads nor on anything else but the documents. Memory: about 350
/// bytes for each document that is no near-copy of an earlier one, some 40 for each word of the domains' test sets.
/// Error(run) for a damaged documents.h5.
Overlap find_overlap(const std::vector<OverlapInput>& inputs, int threads, const TaskContext& task);

/// "law: 3 of 120 test documents share more than 20 % of their 13-grams with the generic train set" (and one for its
/// own train set, where there are such documents); empty where there are none.
std::vector<std::string> leak_sentences(const std::string& domain, const Leaks& leaks);
/// "12 train documents are near-copies of validation or test documents, 310 of earlier ones (left out of training)";
/// empty where there are none.
std::string near_copy_sentence(const NearCopies& copies);
/// All of it in a few sentences; of nothing found, that.
std::string overlap_sentence(const Overlap& overlap);

}  // namespace pantograph::overlap
