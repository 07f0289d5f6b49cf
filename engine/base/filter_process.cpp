// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/filter_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"

namespace pantograph {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kErrors = 64 << 10;
constexpr std::size_t kPiece = 64 << 10;

[[noreturn]] void fail(const std::string& program, const std::string& what, int error) {
  throw Error(ErrorKind::run, {what + ": " + std::generic_category().message(error), program, "", ""});
}

/// One end of a pipe.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void take(int number) { number_ = number; }
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  void close() {
    if (open()) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

/// Time that is left. Of a stretch in which this process was stopped no more than a slice is counted.
class Patience {
 public:
  explicit Patience(milliseconds limit) : left_(limit), before_(Clock::now()) {}
  /// What to wait for at most before asking again; 0 when the time is over.
  milliseconds slice() {
    const auto now = Clock::now();
    left_ -= std::min<Clock::duration>(now - before_, kSlice);
    before_ = now;
    return std::clamp(std::chrono::ceil<milliseconds>(left_), milliseconds{0}, kSlice);
  }

 private:
  static constexpr milliseconds kSlice{250};
  Clock::duration left_;
  Clock::time_point before_;
};

/// Writing to a program that has ended shall be an error where it is written, whatever this process does with SIGPIPE.
class PipeSignalHeld {
 public:
  PipeSignalHeld() {
    sigset_t pending;
    ::sigpending(&pending);
    waited_before_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  PipeSignalHeld(const PipeSignalHeld&) = delete;
  PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;
  ~PipeSignalHeld() {
    const timespec none{};
    while (!waited_before_ && ::sigtimedwait(&signal_, nullptr, &none) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_{}, before_{};
  bool waited_before_ = false;
};

class Filter {
 public:
  Filter(const std::vector<std::string>& command, const FilterLimits& limits)
      : program_(command.front()), limits_(limits), patience_(limits.time) {
    start(command);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() {
    if (process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  FilterResult run(std::string_view input) {
    FilterResult result;
    if (process_ <= 0) {
      result.end = FilterEnd::not_found;
      return result;
    }
    std::string piece(kPiece, '\0');
    while (output_.open() || errors_.open()) {
      const milliseconds wait = patience_.slice();
      if (wait.count() == 0) return ended(std::move(result), FilterEnd::too_long);
      std::array<pollfd, 3> ends = {pollfd{input_.number(), POLLOUT, 0}, pollfd{output_.number(), POLLIN, 0},
                                    pollfd{errors_.number(), POLLIN, 0}};
      if (::poll(ends.data(), ends.size(), static_cast<int>(wait.count())) < 0) {
        if (errno == EINTR) continue;
        fail(program_, "cannot wait for the program", errno);
      }
      if (ends[0].revents != 0) feed(input);
      if (ends[1].revents != 0) result.output += take(output_, piece);
      if (ends[2].revents != 0) result.errors += take(errors_, piece).substr(0, kErrors - result.errors.size());
      if (result.output.size() > limits_.output) return ended(std::move(result), FilterEnd::too_much);
    }
    return wait_for_end(std::move(result));
  }

 private:
  void start(const std::vector<std::string>& command) {
    Descriptor from_input, to_output, to_errors;
    make_pipe(from_input, input_);
    make_pipe(output_, to_output);
    make_pipe(errors_, to_errors);
    for (const Descriptor* end : {&input_, &output_, &errors_}) ::fcntl(end->number(), F_SETFL, O_NONBLOCK);

    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, from_input.number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, to_output.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, to_errors.number(), STDERR_FILENO);
    // Libraries open files without close-on-exec.
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes, &signals);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    const int error = ::posix_spawnp(&process_, arguments[0], &files, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) process_ = 0;
    if (error != 0 && error != ENOENT) fail(program_, "the program cannot be started", error);
    if (error == 0) bound();
  }

  /// Holds without this process, too, should it be killed meanwhile.
  void bound() const {
    const auto seconds = static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits_.time).count() + 1);
    const rlimit time{seconds, seconds}, memory{limits_.memory, limits_.memory};
    ::prlimit(process_, RLIMIT_CPU, &time, nullptr);
    ::prlimit(process_, RLIMIT_AS, &memory, nullptr);
  }

  void make_pipe(Descriptor& from, Descriptor& to) const {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(program_, "cannot make a pipe to the program", errno);
    from.take(ends[0]);
    to.take(ends[1]);
  }

  void feed(std::string_view input) {
    const ssize_t written = ::write(input_.number(), input.data() + fed_, input.size() - fed_);
    if (written > 0) fed_ += static_cast<std::size_t>(written);
    const bool refused = written < 0 && errno != EAGAIN && errno != EINTR;  // it has closed its input
    if (fed_ == input.size() || refused) input_.close();
  }

  std::string_view take(Descriptor& end, std::string& piece) const {
    const ssize_t got = ::read(end.number(), piece.data(), piece.size());
    if (got > 0) return std::string_view(piece).substr(0, static_cast<std::size_t>(got));
    if (got == 0) end.close();
    if (got < 0 && errno != EAGAIN && errno != EINTR) fail(program_, "cannot read what the program gives", errno);
    return {};
  }

  FilterResult wait_for_end(FilterResult result) {
    input_.close();
    for (std::chrono::microseconds pause{50};;
         pause = std::min<std::chrono::microseconds>(pause * 2, milliseconds{10})) {
      int status = 0;
      const pid_t ended_process = ::waitpid(process_, &status, WNOHANG);
      if (ended_process < 0 && errno != EINTR) {
        process_ = 0;
        fail(program_, "cannot learn how the program ended", errno);
      }
      if (ended_process > 0) {
        process_ = 0;
        result.end = WIFSIGNALED(status) ? FilterEnd::signalled : FilterEnd::exited;
        result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
        if (result.end == FilterEnd::signalled && result.code == SIGXCPU) result.end = FilterEnd::too_long;
        return result;
      }
      if (patience_.slice().count() == 0) return ended(std::move(result), FilterEnd::too_long);
      std::this_thread::sleep_for(pause);
    }
  }

  static FilterResult ended(FilterResult result, FilterEnd end) {
    result.end = end;
    return result;
  }

  std::string program_;
  FilterLimits limits_;
  Patience patience_;
  PipeSignalHeld held_;
  Descriptor input_, output_, errors_;
  pid_t process_ = 0;
  std::size_t fed_ = 0;
};

}  // namespace

FilterResult run_filter(const std::vector<std::string>& command, std::string_view input, const FilterLimits& limits) {
  return Filter(command, limits).run(input);
}

}  // namespace pantograph
