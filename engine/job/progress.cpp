// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/progress.h"

namespace pantograph::job {

bool ProgressMeter::update(double done, double total, const std::string& unit, StepProgress& out) {
  const auto now = Clock::now();
  if (first_done_ < 0) first_done_ = done;
  const bool last = total > 0 && done >= total;
  if (!last && now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_ - paused_).count();
  const double fresh = done - first_done_;
  const double remaining = total > 0 && fresh > 0 && elapsed > 0.5 ? (total - done) * elapsed / fresh : -1;
  out = {id_, done, total, unit, elapsed, remaining, elapsed > 0.5 ? fresh / elapsed : 0, 0};
  return true;
}

}  // namespace pantograph::job
