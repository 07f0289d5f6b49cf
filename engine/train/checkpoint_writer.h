// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints written in the background while training goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <vector>

#include "store/checkpoint.h"

namespace pantograph::train {

/// One write at a time; keeps the newest `keep` files and those of the steps in `stay`.
class CheckpointWriter {
 public:
  CheckpointWriter(std::filesystem::path folder, int keep, std::vector<std::uint64_t> stay);
  ~CheckpointWriter();  ///< waits; an error that nobody asked for is dropped
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  bool busy() const;
  /// Waits for the previous write, then starts this one. Throws the previous one's error.
  void start(std::uint64_t step, store::Checkpoint checkpoint);
  /// Throws the error of a write that has ended; does not wait.
  void check();
  /// Waits for the write under way. Throws its error.
  void wait();
  /// The newest step known to be on disk: of a write that has ended well, or given here after a resume.
  std::optional<std::uint64_t> last_good() const { return last_good_; }
  void set_last_good(std::uint64_t step) { last_good_ = step; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  int keep_;
  std::vector<std::uint64_t> stay_;
  std::uint64_t writing_ = 0;
  std::optional<std::uint64_t> last_good_;
  std::future<void> pending_;
};

}  // namespace pantograph::train
