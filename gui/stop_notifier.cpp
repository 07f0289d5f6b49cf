// SPDX-License-Identifier: GPL-3.0-or-later
#include "stop_notifier.h"

#include <QSocketNotifier>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/process.h"

using namespace pantograph;

namespace {

int pipe_ends[2] = {-1, -1};
const int exit_when_insistent = exit_code(ErrorKind::interrupted);

void onSignal(int signal) {
  const int code = errno;
  if (heard_stop_signal(signal) == StopRequest::insistent) ::_exit(exit_when_insistent);
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(pipe_ends[1], &byte, 1);
  errno = code;
}

}  // namespace

StopNotifier::StopNotifier(QObject* parent) : QObject(parent) {
  if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return;  // signals stay held: the window is closed by hand
  auto* notifier = new QSocketNotifier(pipe_ends[0], QSocketNotifier::Read, this);
  connect(notifier, &QSocketNotifier::activated, this, [this, notifier] {
    notifier->setEnabled(false);
    asked_ = true;
    Q_EMIT asked();
  });
  struct sigaction action {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_RESTART;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&stop_signals(), signal) == 1) ::sigaction(signal, &action, nullptr);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &stop_signals(), nullptr);
}
