// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a task's progress calls into at most ten events a second with time left. Private to this room.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "job/engine.h"

namespace pantograph::job {

class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ProgressMeter(std::string id) : id_(std::move(id)) {}

  /// True when it is time for an event, which is then in `out`. Time left follows the rate since the first call, so
  /// what an earlier session did does not count; time spent paused is taken off.
  bool update(double done, double total, const std::string& unit, StepProgress& out);
  void add_pause(Clock::duration pause) { paused_ += pause; }

 private:
  std::string id_;
  Clock::time_point start_ = Clock::now(), last_{};
  Clock::duration paused_{};
  double first_done_ = -1;
};

}  // namespace pantograph::job
