// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints written in the background while training goes on.
#include "train/checkpoint_writer.h"

#include <chrono>
#include <exception>
#include <utility>

namespace pantograph::train {

CheckpointWriter::CheckpointWriter(std::filesystem::path folder, int keep, std::vector<std::uint64_t> stay)
    : folder_(std::move(folder)), keep_(keep < 1 ? 1 : keep), stay_(std::move(stay)) {}

CheckpointWriter::~CheckpointWriter() {
  if (pending_.valid()) pending_.wait();
}

bool CheckpointWriter::busy() const {
  return pending_.valid() && pending_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
}

void CheckpointWriter::start(std::uint64_t step, store::Checkpoint checkpoint) {
  wait();
  writing_ = step;
  pending_ = std::async(std::launch::async, [path = store::checkpoint_path(folder_, step), folder = folder_,
                                             keep = keep_, stay = stay_, value = std::move(checkpoint)] {
    store::write_checkpoint(path, value);
    store::prune_checkpoints(folder, keep, stay);
  });
}

void CheckpointWriter::check() {
  if (pending_.valid() && !busy()) wait();
}

void CheckpointWriter::wait() {
  if (!pending_.valid()) return;
  pending_.get();
  last_good_ = writing_;
}

}  // namespace pantograph::train
