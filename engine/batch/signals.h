// SPDX-License-Identifier: GPL-3.0-or-later
// The signals that ask for an end (base/process.h) as a call on an ordinary thread. Private to this room.
#pragma once

#include <functional>
#include <mutex>
#include <thread>

namespace pantograph::batch {

/// Takes the held signals for as long as it lives, one that came before it included. Each ends the process at once with
/// 130, unless there is a StopCall.
class StopSignals {
 public:
  StopSignals();  ///< Error(run) when the system grants no thread
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  friend class StopCall;
  void watch();
  void set_stop(std::function<void()> stop);

  std::mutex mutex_;            // guards the next one; held while it is called
  std::function<void()> stop_;  // empty: a signal ends the process
  int signals_ = -1, quit_ = -1;
  std::thread thread_;
};

/// While alive, the first signal calls `stop`, an insistent one (base/process.h) ends the process. Make it after what
/// `stop` calls: it is not called any more once the destructor has returned.
class StopCall {
 public:
  StopCall(StopSignals& signals, std::function<void()> stop) : signals_(signals) { signals_.set_stop(std::move(stop)); }
  ~StopCall() { signals_.set_stop({}); }
  StopCall(const StopCall&) = delete;
  StopCall& operator=(const StopCall&) = delete;

 private:
  StopSignals& signals_;
};

}  // namespace pantograph::batch
