// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph-train-tokenizer MODEL PARENT KEY=VALUE…: SentencePiece's trainer as a program of its own, which
// token/trainer_process.cpp starts. Reads one line of text after the other from standard input, writes the model.
// Where that fails the last line of standard error is kTrainerFailure and the reason.
#include <sched.h>
#include <sentencepiece_trainer.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <unordered_map>

#include "token/trainer_process.h"

namespace {

class InputLines : public sentencepiece::SentenceIterator {
 public:
  InputLines() { Next(); }
  bool done() const override { return !there_; }
  void Next() override { there_ = static_cast<bool>(std::getline(std::cin, line_)); }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  bool there_ = false;
  std::string line_;
};

/// Keeps this process to `count` (0: all) of the processors that it may use, beginning with the one it is on: another
/// trainer begins elsewhere.
void use_processors(int count) {
  cpu_set_t allowed, chosen;
  if (count < 1 || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || count >= CPU_COUNT(&allowed)) return;
  CPU_ZERO(&chosen);
  for (int at = std::max(0, ::sched_getcpu()); CPU_COUNT(&chosen) < count; at = (at + 1) % CPU_SETSIZE) {
    if (CPU_ISSET(at, &allowed)) CPU_SET(at, &chosen);
  }
  ::sched_setaffinity(0, sizeof chosen, &chosen);
}

/// Why there is no model, "" when there is one.
std::string train(const std::string& path, const std::unordered_map<std::string, std::string>& settings) {
  InputLines lines;
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &lines, &model);
  if (!status.ok()) return status.ToString();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(model.data(), static_cast<std::streamsize>(model.size()));
  file.close();
  return file ? "" : std::string("cannot write the model: ") + std::strerror(errno);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("pantograph-train-tokenizer: Pantograph starts this program by itself.\n", stderr);
    return 2;
  }
  // Not longer than the program that started it, even where that is killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (std::to_string(::getppid()) != argv[2]) return 1;
  std::ios::sync_with_stdio(false);
  std::unordered_map<std::string, std::string> settings;
  for (int i = 3; i < argc; ++i) {
    const std::string pair = argv[i];
    if (pair.starts_with(pantograph::token::kTrainerProcessors)) {
      use_processors(std::atoi(argv[i] + std::strlen(pantograph::token::kTrainerProcessors)));
      continue;
    }
    const std::size_t at = std::min(pair.find('='), pair.size() - 1);
    settings[pair.substr(0, at)] = pair.substr(at + 1);
  }
  std::string failure;
  try {
    failure = train(argv[1], settings);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (failure.empty()) std::_Exit(0);
  std::replace(failure.begin(), failure.end(), '\n', ' ');
  std::fprintf(stderr, "\n%s%s\n", pantograph::token::kTrainerFailure, failure.c_str());
  std::_Exit(1);
}
