// SPDX-License-Identifier: GPL-3.0-or-later
// The search for near-copies: an index of signatures, and the rule that says which document is a copy of which. Private
// to this room.
#pragma once

#include <cstdint>
#include <vector>

#include "overlap/documents.h"
#include "overlap/overlap.h"
#include "overlap/signature.h"

namespace pantograph::overlap {

/// Signatures of documents by their bands (locality-sensitive hashing: Indyk and Motwani 1998).
class SignatureIndex {
 public:
  void reserve(std::size_t signatures);
  void add(const Signature& signature);  ///< numbers rise from 0
  std::size_t size() const { return signatures_.size(); }
  const Signature& operator[](std::size_t number) const { return signatures_[number]; }
  /// Numbers of those that share a band with it and are at least kNearCopy like it, ascending. Of a band that very many
  /// share (a template's), the first kMostCompared are looked at.
  void near(const Signature& signature, std::vector<std::uint32_t>& found) const;
  static constexpr int kMostCompared = 256;

 private:
  struct Table {
    std::vector<std::uint32_t> slots;  // number + 1; 0: free
    std::size_t used = 0;
  };
  std::size_t slot_of(std::uint64_t band, const Table& table) const;
  void grow(Table& table, std::size_t band);
  std::vector<Signature> signatures_;
  Table tables_[kBands];
};

/// A corpus that is looked at, opened.
struct OpenCorpus {
  const OverlapInput* input = nullptr;
  corpus::DocumentStore documents;
};

/// Fills in `overlap.near_copies` and `overlap.dropped`.
void find_near_copies(const std::vector<OpenCorpus>& corpora, int threads, Progress& progress, Overlap& overlap);

/// A document's place, with its first characters.
DocumentPlace place_of(const OpenCorpus& corpus, corpus::Split split, std::uint64_t number);

}  // namespace pantograph::overlap
