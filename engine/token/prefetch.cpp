// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the next batch on a thread of its own.
#include "token/prefetch.h"

#include "base/error.h"

namespace pantograph::token {

RowPrefetcher::RowPrefetcher(ClusterSampler& sampler) : sampler_(sampler) {
  start();
}

RowPrefetcher::~RowPrefetcher() {
  try {
    sampler_.restore(state());
  } catch (const std::exception&) {
    // Reading failed; next() has said so, or nobody asked.
  }
}

void RowPrefetcher::start() {
  ahead_ = std::async(std::launch::async, [this] {
             Item item{sampler_.state(), {}};
             item.batch = sampler_.next();
             return item;
           }).share();
}

Batch RowPrefetcher::next() {
  const Item& item = ahead_.get();
  Batch batch = item.batch;
  given_ = item.before;
  start();
  return batch;
}

std::vector<int> RowPrefetcher::next_experts() const {
  return ahead_.get().batch.experts;
}

std::string RowPrefetcher::state() const {
  return ahead_.get().before;
}

void RowPrefetcher::restore(const std::string& state) {
  ahead_.wait();
  sampler_.restore(state);
  start();
}

}  // namespace pantograph::token
