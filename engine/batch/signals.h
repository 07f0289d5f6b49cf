// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT and SIGTERM as a call on an ordinary thread. Private to this room.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace pantograph {

/// While alive: the first signal calls `on_stop`, a second ends the process at once with 130. Make it before any other
/// thread, so that they inherit the blocked signals.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  void listen(std::function<void()> on_stop);

 private:
  std::atomic<bool> quit_{false};
  std::thread thread_;
};

}  // namespace pantograph
