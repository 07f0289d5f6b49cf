// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

namespace pantograph {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void StopSignals::listen(std::function<void()> on_stop) {
  thread_ = std::thread([this, stop = std::move(on_stop)] {
    const sigset_t set = stop_signals();
    bool asked = false;
    while (!quit_) {
      const timespec wait{0, 100'000'000};
      if (sigtimedwait(&set, nullptr, &wait) < 0) continue;
      if (asked) ::_exit(130);
      asked = true;
      stop();
    }
  });
}

StopSignals::~StopSignals() {
  quit_ = true;
  if (thread_.joinable()) thread_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace pantograph
