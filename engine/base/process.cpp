// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace pantograph {
namespace {

sigset_t held;  // all zeros: the empty set

bool ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void begin_process() {
  // The lowest free number is given, so none of the three is left closed.
  for (int file = ::open("/dev/null", O_RDWR); file >= 0; file = ::open("/dev/null", O_RDWR)) {
    if (file <= STDERR_FILENO) continue;
    ::close(file);
    break;
  }
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  ::sigemptyset(&held);
  // A blocked signal waits even where it was to be ignored, so those are left out.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2}) {
    if (!ignored(signal)) ::sigaddset(&held, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

const sigset_t& stop_signals() {
  return held;
}

StopRequest heard_stop_signal(int signal) {
  constexpr std::int64_t kSameRequest = 1'000'000'000;
  static std::atomic<std::int64_t> first = 0;  // nanoseconds of the system's clock since it started
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  std::int64_t before = 0;
  if (first.compare_exchange_strong(before, now)) return StopRequest::first;
  const bool insists = signal == SIGINT || signal == SIGTERM || signal == SIGQUIT;
  return insists && now - before >= kSameRequest ? StopRequest::insistent : StopRequest::again;
}

std::filesystem::path program_path() {
  std::error_code code;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!code) return path;
  const auto* name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return name == nullptr ? std::filesystem::path() : std::filesystem::weakly_canonical(name, code);
}

}  // namespace pantograph
