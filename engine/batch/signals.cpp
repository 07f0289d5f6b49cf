// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/process.h"

namespace pantograph::batch {
StopSignals::StopSignals() {
  signals_ = ::signalfd(-1, &stop_signals(), SFD_CLOEXEC);
  quit_ = ::eventfd(0, EFD_CLOEXEC);
  int code = errno;
  if (signals_ >= 0 && quit_ >= 0) {
    try {
      thread_ = std::thread([this] { watch(); });
      return;
    } catch (const std::system_error& error) {
      code = error.code().value();
    }
  }
  ::close(signals_);
  ::close(quit_);
  throw Error(ErrorKind::run, {std::string("cannot listen for signals: ") + std::strerror(code), "this process", "",
                               "Raise the limits of processes and of open files (ulimit -u, -n)."});
}

StopSignals::~StopSignals() {
  const std::uint64_t one = 1;
  if (::write(quit_, &one, sizeof one) == sizeof one) thread_.join();
  ::close(signals_);
  ::close(quit_);
}

void StopSignals::set_stop(std::function<void()> stop) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
}

void StopSignals::watch() {
  while (true) {
    pollfd ready[] = {{signals_, POLLIN, 0}, {quit_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) return;
    signalfd_siginfo signal;
    if (::read(signals_, &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) continue;
    const StopRequest request = heard_stop_signal(static_cast<int>(signal.ssi_signo));
    const std::lock_guard lock(mutex_);
    if (!stop_ || request == StopRequest::insistent) ::_exit(exit_code(ErrorKind::interrupted));
    if (request == StopRequest::first) stop_();
  }
}

}  // namespace pantograph::batch
