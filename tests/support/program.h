// SPDX-License-Identifier: GPL-3.0-or-later
// A program as a child process, disturbed as a user, a terminal or the system would.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace tiny {

class Program {
 public:
  /// Started with the system's own signal handling, whatever this process does with signals; standard input is empty,
  /// output and errors go to LOG.out and LOG.err. With `wrapper`, a shell runs that text, in which "$@" is the program
  /// and its arguments.
  Program(const std::filesystem::path& file, const std::vector<std::string>& arguments,
          const std::filesystem::path& log, const std::string& wrapper = {});
  ~Program();  ///< SIGKILL if it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void send(int signal);
  /// The exit code, or -N where signal N ended it; kLate when it still runs after so many seconds.
  int wait(double seconds = 240);
  std::string out() const;
  std::string err() const;

  static constexpr int kLate = -1000;

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
  bool ended_ = false;
  int code_ = 0;
};

/// Runs it to its end.
struct Ended {
  int code = 0;
  std::string out, err;
};
Ended run_program(const std::filesystem::path& file, const std::vector<std::string>& arguments,
                  const std::filesystem::path& log, const std::string& wrapper = {});

}  // namespace tiny
