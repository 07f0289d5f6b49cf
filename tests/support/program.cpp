// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "base/files.h"

namespace tiny {

Program::Program(const std::filesystem::path& file, const std::vector<std::string>& arguments,
                 const std::filesystem::path& log, const std::string& wrapper)
    : log_(log) {
  std::vector<std::string> words;
  if (!wrapper.empty()) words = {"/bin/sh", "-c", wrapper, "sh"};
  words.push_back(file.string());
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  const std::string out = log_.string() + ".out", err = log_.string() + ".err";
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int code = ::posix_spawn(&pid_, pointers[0], &files, &attributes, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (code != 0) throw std::runtime_error(words[0] + ": " + std::strerror(code));
}

Program::~Program() {
  if (!running()) return;
  send(SIGKILL);
  wait();
}

bool Program::running() {
  if (ended_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return false;
}

void Program::send(int signal) {
  if (running()) ::kill(pid_, signal);
}

int Program::wait(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  while (running()) {
    if (Clock::now() > end) return kLate;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return code_;
}

std::string Program::out() const {
  return pantograph::read_file(log_.string() + ".out");
}
std::string Program::err() const {
  return pantograph::read_file(log_.string() + ".err");
}

Ended run_program(const std::filesystem::path& file, const std::vector<std::string>& arguments,
                  const std::filesystem::path& log, const std::string& wrapper) {
  Program program(file, arguments, log, wrapper);
  const int code = program.wait();
  return {code, program.out(), program.err()};
}

}  // namespace tiny
