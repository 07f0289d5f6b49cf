// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/trainer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "token/sentencepiece/library.h"

namespace pantograph {
namespace {

constexpr std::size_t kMarks = 260;  // 256 bytes, unknown, begin, end, newline
constexpr std::string_view kFailure = "PANTOGRAPH-FAILURE ";

std::vector<std::pair<std::string, std::string>> settings_of(const TokenizerSpec& spec) {
  return {
      {"model_type", spec.algorithm},
      {"vocab_size", std::to_string(spec.vocabulary)},
      {"character_coverage", "0.9995"},
      {"byte_fallback", "true"},
      {"num_threads", std::to_string(std::clamp(std::thread::hardware_concurrency(), 1u, 128u))},
      {"max_sentence_length", std::to_string(2 * kLongestTrainingLine)},
      {"unk_id", "0"},
      {"bos_id", "1"},
      {"eos_id", "2"},
      {"pad_id", "-1"},
      // Text has to come back byte for byte: nothing is normalised, and a newline is a piece of its own.
      {"normalization_rule_name", "identity"},
      {"remove_extra_whitespaces", "false"},
      {"add_dummy_prefix", "false"},
      {"allow_whitespace_only_pieces", "true"},
      {"user_defined_symbols", "\n"},
      {"unk_surface", "\xEF\xBF\xBD"},
  };
}

/// Never returns; in the child no exception may reach the caller's handlers and no destructor of the parent may run.
[[noreturn]] void child(const TokenizerSpec& spec, const std::vector<std::string>& lines, const std::string& model,
                        int out) {
  // The child must not outlive a killed parent, nor keep the parent's files (the project's lock) open.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0u, 0);
  const auto pairs = settings_of(spec);
  std::vector<const char*> settings, texts;
  std::vector<std::size_t> sizes;
  for (const auto& [key, value] : pairs) settings.insert(settings.end(), {key.c_str(), value.c_str()});
  for (const auto& line : lines) {
    texts.push_back(line.data());
    sizes.push_back(line.size());
  }
  struct Result {
    const std::string& path;
    std::string failure;
  } result{model, {}};
  const auto give = [](void* context, const char* bytes, std::size_t size) {
    auto& to = *static_cast<Result*>(context);
    std::ofstream file(to.path, std::ios::binary | std::ios::trunc);
    file.write(bytes, static_cast<std::streamsize>(size));
    file.close();
    if (!file) to.failure = std::string("cannot write the model: ") + std::strerror(errno);
  };
  const auto fail = [](void* context, const char* message, std::size_t size) {
    static_cast<Result*>(context)->failure.assign(message, size);
  };
  try {
    sentencepiece_api().train(settings.data(), pairs.size(), texts.data(), sizes.data(), texts.size(), &result, give,
                              fail);
  } catch (const std::exception& error) {
    result.failure = error.what();
  }
  std::string& failure = result.failure;
  if (failure.empty()) ::_exit(0);
  std::replace(failure.begin(), failure.end(), '\n', ' ');
  const std::string line = "\n" + std::string(kFailure) + failure + "\n";
  [[maybe_unused]] const auto written = ::write(2, line.data(), line.size());
  ::_exit(1);
}

std::string number_after(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
}

[[noreturn]] void fail_training(const std::string& failure, const TokenizerSpec& spec) {
  if (const auto largest = number_after(failure, "value <= "); !largest.empty()) {
    throw Error(ErrorKind::input,
                {"too little text for a vocabulary of " + std::to_string(spec.vocabulary), "tokenizer.vocabulary",
                 "at most " + largest + " with this text", "Lower tokenizer.vocabulary, or add generic text."});
  }
  if (const auto needed = number_after(failure, " vs ");
      failure.find("required_chars") != std::string::npos && !needed.empty()) {
    throw Error(ErrorKind::input,
                {"a vocabulary of " + std::to_string(spec.vocabulary) + " is smaller than the text's characters need",
                 "tokenizer.vocabulary", "at least " + needed + " with this text", "Raise tokenizer.vocabulary."});
  }
  throw Error(ErrorKind::run, {"SentencePiece's trainer failed: " + failure, "tokenizer", "",
                               "Look whether the generic text is ordinary text."});
}

std::size_t bytes_of(const std::vector<std::string>& lines) {
  std::size_t sum = 0;
  for (const auto& line : lines) sum += line.size();
  return sum;
}

std::size_t distinct_bytes(const std::vector<std::string>& lines) {
  std::bitset<256> seen;
  for (const auto& line : lines) {
    for (const char c : line) seen.set(static_cast<unsigned char>(c));
  }
  return seen.count();
}

/// What the log says about progress: "size=N" falls to the vocabulary (unigram) or rises to it (bpe).
struct Progress {
  double first = 0;
  void line(const std::string& text, const TokenizerSpec& spec, const TaskContext& task) {
    const std::string digits = number_after(text, " size=");
    if (digits.empty()) return;
    const double size = std::stod(digits.substr(0, 15)), goal = spec.vocabulary;
    double done = spec.algorithm == "bpe" ? size / goal : 0;
    if (spec.algorithm != "bpe") {
      first = std::max({first, size, goal + 1});
      done = std::log(first / std::max(size, goal)) / std::log(first / goal);
    }
    task.progress(100 * std::clamp(done, 0.0, 1.0), 100, "percent");
  }
};

}  // namespace

void run_sentencepiece_trainer(const TokenizerSpec& spec, const std::vector<std::string>& lines,
                               const std::filesystem::path& model, const TaskContext& task) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(ErrorKind::run, {std::string("cannot make a pipe: ") + std::strerror(errno), "tokenizer", "", ""});
  }
  const std::string path = model.string();
  sentencepiece_api();  // loaded here, where a failure can be told
  const pid_t pid = ::fork();
  if (pid == 0) child(spec, lines, path, ends[1]);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    throw Error(ErrorKind::run,
                {std::string("cannot start the trainer: ") + std::strerror(errno), "tokenizer", "", ""});
  }

  std::string log, failure, last;
  Progress progress;
  int status = 0;
  try {
    for (bool open = true; open;) {
      if (task.control && task.control->paused()) {
        ::kill(pid, SIGSTOP);
        task.poll();
        ::kill(pid, SIGCONT);
      }
      task.poll();
      pollfd ready{ends[0], POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      char buffer[4096];
      const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      open = n > 0;
      if (n > 0) log.append(buffer, static_cast<std::size_t>(n));
      for (std::size_t end; (end = log.find('\n')) != std::string::npos; log.erase(0, end + 1)) {
        const std::string line = log.substr(0, end);
        if (line.starts_with(kFailure)) failure = line.substr(kFailure.size());
        if (last.empty() || line.find(" LOG(") != std::string::npos) last = line;  // not the stack trace after it
        progress.line(line, spec, task);
      }
    }
  } catch (...) {
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(ends[0]);
    throw;
  }
  ::close(ends[0]);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (failure.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (failure.empty() && bytes_of(lines) < static_cast<std::size_t>(spec.vocabulary)) {
    // With next to nothing to learn from, the library aborts instead of naming the limit.
    failure = "value <= " + std::to_string(kMarks + distinct_bytes(lines));
  }
  fail_training(failure.empty() ? last : failure, spec);
}

}  // namespace pantograph
