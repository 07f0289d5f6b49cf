// SPDX-License-Identifier: GPL-3.0-or-later
// Where the time of a step goes.
#pragma once

#include <chrono>

namespace pantograph::kernel {

/// Adds the seconds until the end of a scope.
class Timed {
 public:
  explicit Timed(double& seconds) : seconds_(seconds) {}
  ~Timed() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace pantograph::kernel
