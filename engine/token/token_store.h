// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens of a corpus in HDF5: tokens.h5 with tokens/<split> (u16, or u32 for a vocabulary above 65,536) and document
// ends ends/<split> (u64). Data sets are contiguous and mapped, so a store larger than memory costs only the pages in
// use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "corpus/import.h"
#include "token/tokenizer.h"

namespace pantograph::token {

inline constexpr const char* kTokensFile = "tokens.h5";  ///< what tokenizing leaves

struct TokenSummary {
  std::uint64_t documents[corpus::kSplits] = {};
  std::uint64_t tokens[corpus::kSplits] = {};  ///< begin and end tokens included
};

/// Encodes every document on `threads` threads, streaming. Writes tokens.h5 into `folder`, atomically.
TokenSummary tokenize_corpus(const Tokenizer& tokenizer, const std::filesystem::path& documents_folder,
                             const std::filesystem::path& folder, int threads, const TaskContext& task);

/// A piece of one document: at most the window length of consecutive tokens.
struct Window {
  std::uint64_t begin = 0;  ///< in the split's token sequence
  std::uint32_t length = 0;
};

class TokenStore {
 public:
  explicit TokenStore(const std::filesystem::path& folder);
  ~TokenStore();
  TokenStore(TokenStore&&) noexcept;
  std::uint64_t tokens(corpus::Split split) const;
  std::uint64_t documents(corpus::Split split) const;
  /// Thread-safe. The first call for a split looks at all of its tokens: Error(run) where one is outside the
  /// vocabulary.
  void copy(corpus::Split split, std::uint64_t begin, std::uint64_t count, std::int32_t* out) const;
  /// Non-overlapping windows of at most `length` tokens, document by document; none crosses a document.
  std::vector<Window> windows(corpus::Split split, std::uint32_t length) const;
  /// Those of some documents, in the order in which they are given.
  std::vector<Window> windows(corpus::Split split, std::uint32_t length,
                              const std::vector<std::uint64_t>& documents) const;
  /// The document that the token at `position` of the split belongs to.
  std::uint64_t document_at(corpus::Split split, std::uint64_t position) const;
  /// All documents, ordered by a hash of each one's tokens and the seed: a random order in which neither the place of a
  /// document nor what else there is counts, so that the first N tokens of it are a sample, and a part of the first 2
  /// N.
  std::vector<std::uint64_t> sampled_documents(corpus::Split split, std::uint64_t seed) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pantograph::token
