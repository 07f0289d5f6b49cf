// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/trainer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "token/sentencepiece/library.h"

namespace pantograph::token {
namespace {

constexpr std::size_t kMarks = 260;  // 256 bytes, unknown, begin, end, newline

/// The trainer adds up what its threads count in float, so pieces depend on their number. It is always SentencePiece's
/// own default; how many of them run at a time is up to the processors that the process is given.
constexpr int kParts = 16;

std::vector<std::string> settings_of(const project::TokenizerSpec& spec, int threads) {
  return {
      kTrainerProcessors + std::to_string(std::max(threads, 0)),
      "model_type=" + spec.algorithm,
      "vocab_size=" + std::to_string(spec.vocabulary),
      "character_coverage=0.9995",
      "byte_fallback=true",
      "num_threads=" + std::to_string(kParts),
      "max_sentence_length=" + std::to_string(2 * kLongestTrainingLine),
      "unk_id=0",
      "bos_id=1",
      "eos_id=2",
      "pad_id=-1",
      // Text has to come back byte for byte: nothing is normalised, and a newline is a piece of its own.
      "normalization_rule_name=identity",
      "remove_extra_whitespaces=false",
      "add_dummy_prefix=false",
      "allow_whitespace_only_pieces=true",
      "user_defined_symbols=\n",
      "unk_surface=\xEF\xBF\xBD",
  };
}

std::filesystem::path trainer_program() {
  std::string tried;
  for (const auto& path : companion_places(kTrainerProgram)) {
    if (::access(path.c_str(), X_OK) == 0) return path;
    tried += (tried.empty() ? "" : "; ") + path.string();
  }
  throw Error(ErrorKind::run,
              {"the tokenizer's trainer is missing", tried, kTrainerProgram, "Install Pantograph again."});
}

[[noreturn]] void fail_start(int code) {
  throw Error(ErrorKind::run, {std::string("the trainer cannot be started: ") + std::strerror(code), "tokenizer", "",
                               "Raise the limits of processes and memory (ulimit -u, -v), or end other programs."});
}

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void set(int value) { value_ = value; }
  void close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }
  operator int() const { return value_; }

 private:
  int value_;
};

/// The running trainer; killed and waited for at the latest when this goes.
class Trainer {
 public:
  Trainer(const std::filesystem::path& model, const std::vector<std::string>& settings) {
    const std::string program = trainer_program().string();
    int input[2], log[2];
    // A socket for the text: writing to one whose reader has died gives an error and no signal.
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0) fail_start(errno);
    const Descriptor childs_input(input[0]);
    input_.set(input[1]);
    if (::pipe2(log, O_CLOEXEC) != 0) fail_start(errno);
    const Descriptor childs_log(log[1]);
    log_.set(log[0]);
    ::fcntl(input_, F_SETFL, O_NONBLOCK);

    std::vector<std::string> words{program, model.string(), std::to_string(::getpid())};
    words.insert(words.end(), settings.begin(), settings.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(&files, childs_input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, childs_log, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, childs_log, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    // What asks the whole program to stop (Ctrl+C reaches every process of a terminal) is answered by this one.
    sigset_t stops, all;
    ::sigemptyset(&stops);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2}) ::sigaddset(&stops, signal);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &stops);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int code = ::posix_spawn(&pid_, program.c_str(), &files, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (code != 0) {
      pid_ = -1;
      fail_start(code);
    }
  }
  ~Trainer() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  void pause() { ::kill(pid_, SIGSTOP); }
  void resume() { ::kill(pid_, SIGCONT); }
  /// What the process ended with, as waitpid() gives it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

  /// Hands over the lines and takes the log, as far as either goes within 50 ms; false when the log is at its end.
  bool exchange(const std::vector<std::string>& lines, std::string& log) {
    // A descriptor below 0 is left out by poll().
    pollfd ready[] = {{log_, POLLIN, 0}, {input_, POLLOUT, 0}};
    if (::poll(ready, 2, 50) <= 0) return true;
    if (ready[1].revents != 0) send(lines);
    if (ready[0].revents == 0) return true;
    char buffer[4096];
    const ssize_t n = ::read(log_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return true;
    if (n > 0) log.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

 private:
  void send(const std::vector<std::string>& lines) {
    constexpr std::size_t kPiece = 1 << 16;
    while (waiting_.size() < kPiece && next_ < lines.size()) (waiting_ += lines[next_++]) += '\n';
    const ssize_t n = ::send(input_, waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) waiting_.erase(0, static_cast<std::size_t>(n));
    if (n < 0 || (waiting_.empty() && next_ == lines.size()))
      input_.close();  // the end; or it died, as wait() will say
  }

  pid_t pid_ = -1;
  Descriptor input_, log_;
  std::string waiting_;  // text that is next
  std::size_t next_ = 0;
};

std::string number_after(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + key.size();
  return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
}

[[noreturn]] void fail_training(const std::string& failure, const project::TokenizerSpec& spec) {
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
  if (failure.find("bad_alloc") != std::string::npos) {
    throw Error(ErrorKind::run,
                {"SentencePiece's trainer ran out of memory", "tokenizer", "", "Lower tokenizer.sample_bytes."});
  }
  throw Error(ErrorKind::run, {"SentencePiece's trainer failed: " + failure, "tokenizer", "",
                               "Look whether the generic text is ordinary text."});
}

[[noreturn]] void fail_killed(int signal) {
  throw Error(
      ErrorKind::run,
      {"SentencePiece's trainer was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")",
       "tokenizer", "",
       "Run again. If nobody killed it, the system was short of memory: lower tokenizer.sample_bytes."});
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

/// What the log says about progress. First it reads and finds candidates; then "size=N" falls to the vocabulary
/// (unigram) or rises to it (bpe).
class Progress {
 public:
  void line(const std::string& text, const project::TokenizerSpec& spec, const TaskContext& task) {
    static constexpr std::pair<const char*, double> kStages[] = {
        {"Normalizing sentences", 0.01},  {"Done! preprocessed", 0.04},  {"Making suffix array", 0.10},
        {"Extracting frequent", 0.17},    {"seed sentencepieces", 0.22}, {"Tokenizing input sentences", 0.24},
        {"sentences for EM", kFirstPart},
    };
    const bool bpe = spec.algorithm == "bpe";
    for (const auto& [words, share] : kStages) {
      if (text.find(words) != std::string::npos) tell(bpe ? share / 4 : share, task);
    }
    const std::string digits = number_after(text, " size=");
    if (digits.empty()) return;
    // The marks are no part of it; the last tenth of unigram's pieces falls away at once.
    const double size = std::stod(digits.substr(0, 15));
    const double goal = bpe ? std::max(1.0, spec.vocabulary - static_cast<double>(kMarks)) : 1.1 * spec.vocabulary;
    double done = bpe ? size / goal : 0;
    if (!bpe) {
      first_ = std::max({first_, size, goal + 1});
      done = std::log(first_ / std::max(size, goal)) / std::log(first_ / goal);
    }
    const double before = bpe ? kFirstPart / 4 : kFirstPart;
    tell(before + (1 - before) * std::clamp(done, 0.0, 1.0), task);
  }

 private:
  static constexpr double kFirstPart = 0.28;  // as long as it takes with a few megabytes of text

  void tell(double done, const TaskContext& task) {
    done_ = std::max(done_, done);
    task.progress(100 * done_, 100, "percent");
  }

  double first_ = 0, done_ = 0;
};

}  // namespace

void run_sentencepiece_trainer(const project::TokenizerSpec& spec, const std::vector<std::string>& lines,
                               const std::filesystem::path& model, int threads, const TaskContext& task) {
  Trainer trainer(model, settings_of(spec, threads));
  std::string log, failure, last;
  Progress progress;
  bool open = true;
  while (open) {
    if (task.control && task.control->paused()) {
      trainer.pause();
      task.poll();
      trainer.resume();
    }
    task.poll();
    open = trainer.exchange(lines, log);
    for (std::size_t end; (end = log.find('\n')) != std::string::npos; log.erase(0, end + 1)) {
      const std::string line = log.substr(0, end);
      if (line.starts_with(kTrainerFailure)) failure = line.substr(std::strlen(kTrainerFailure));
      if (last.empty() || line.find(" LOG(") != std::string::npos) last = line;  // not the stack trace after it
      progress.line(line, spec, task);
    }
  }
  const int status = trainer.wait();
  if (failure.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const bool crashed = signal == SIGABRT || signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE;  // on some texts
  if (signal != 0 && !crashed) fail_killed(signal);
  if (failure.empty() && bytes_of(lines) < static_cast<std::size_t>(spec.vocabulary)) {
    // With next to nothing to learn from, the library aborts instead of naming the limit.
    failure = "value <= " + std::to_string(kMarks + distinct_bytes(lines));
  }
  fail_training(failure.empty() ? last : failure, spec);
}

}  // namespace pantograph::token
