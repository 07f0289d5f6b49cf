// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of windows: their sizes, those of a domain, and samples of a domain.
#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "token/sampler.h"

namespace pantograph::token {

std::uint64_t WindowSet::tokens() const {
  std::uint64_t sum = 0;
  for (const auto& entry : entries) sum += entry.window.length;
  return sum;
}

std::vector<std::uint64_t> WindowSet::tokens_by_cluster() const {
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(std::max(clusters, 1)), 0);
  for (const auto& entry : entries) sums.at(entry.cluster) += entry.window.length;
  return sums;
}

namespace {

void require_tokens(const TokenStore& store, corpus::Split split, std::uint32_t window, std::uint64_t tokens,
                    const std::string& name) {
  const std::uint64_t available = store.tokens(split);
  const std::string where = "corpus " + name + ", split " + corpus::to_string(split);
  if (available < window) {
    throw Error(ErrorKind::input, {std::to_string(available) + " tokens", where,
                                   "at least one window of " + std::to_string(window) + " tokens",
                                   "Add text to the corpus, or choose a smaller context."});
  }
  if (available < tokens) {
    throw Error(ErrorKind::input, {std::to_string(available) + " tokens", where, std::to_string(tokens) + " tokens",
                                   "Add text to the corpus, or ask for a smaller specialization set."});
  }
}

}  // namespace

WindowSet domain_windows(std::shared_ptr<const TokenStore> store, corpus::Split split, std::uint32_t window,
                         const std::string& name) {
  require_tokens(*store, split, window, 0, name);
  WindowSet set;
  set.split = split;
  for (const Window& piece : store->windows(split, window)) set.entries.push_back({0, 0, piece});
  set.stores = {std::move(store)};
  return set;
}

WindowSet domain_sample(std::shared_ptr<const TokenStore> store, std::uint32_t window, std::uint64_t tokens,
                        std::uint64_t seed, const std::string& name, std::uint64_t sample) {
  const corpus::Split split = corpus::Split::train;
  require_tokens(*store, split, window, tokens, name);
  WindowSet set;
  set.split = split;
  std::uint64_t left = tokens == 0 ? store->tokens(split) : tokens;
  const std::uint64_t order = derive_seed(seed, "sample/" + name, sample);
  for (Window piece : store->windows(split, window, store->sampled_documents(split, order))) {
    if (left == 0) break;
    piece.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(piece.length, left));
    left -= piece.length;
    set.entries.push_back({0, 0, piece});
  }
  set.stores = {std::move(store)};
  return set;
}

}  // namespace pantograph::token
