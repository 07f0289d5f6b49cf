// SPDX-License-Identifier: GPL-3.0-or-later
#include "disturbances.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/program.h"

namespace endurance {
namespace fs = std::filesystem;
namespace {

using pantograph::Random;
using std::chrono::microseconds;
using tiny::Program;

// Checkpoints come as often as they can be written, so that a run is resumed from many steps; also within the decay of a
// smaller budget, and among the rates of a sweep.
const std::vector<std::string> kSettings = {"method.slm.generic.checkpoint_seconds=0.02",
                                            "method.slm-pn.generic.checkpoint_seconds=0.02",
                                            "method.slm-pn.generic.schedule=wsd",
                                            "method.slm-pn.generic.budgets=[20000]",
                                            "specialization.sweep.rate_factor=[0.3, 1.0]"};

std::vector<std::string> arguments(const fs::path& project) {
  std::vector<std::string> out = {"--batch", project.string(), "--json", "--threads", "1"};
  for (const auto& setting : kSettings) out.insert(out.end(), {"--set", setting});
  return out;
}

fs::path log_of(const fs::path& project) {
  return fs::path(project).replace_extension();
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++found;
  return found;
}

/// Waits until the moment to disturb; false when the run ended before.
bool reach(Program& program, Phase phase, Random& random) {
  if (phase == Phase::start || phase == Phase::resume) {
    std::this_thread::sleep_for(microseconds(random.below(random.below(2) == 0 ? 20'000 : 400'000)));
    return program.running();
  }
  const std::string word = phase == Phase::training ? "\"metric\"" : "\"step\":\"report\"";
  const std::size_t wanted = phase == Phase::training ? 1 + random.below(80) : 1;
  while (program.running() && count(program.out(), word) < wanted)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(microseconds(random.below(phase == Phase::training ? 20'000 : 60'000)));
  return program.running();
}

}  // namespace

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::start:
      return "start";
    case Phase::resume:
      return "resume";
    case Phase::training:
      return "training";
    case Phase::report:
      return "report";
  }
  return "?";
}

Disturbance draw(Random& random, bool begun) {
  constexpr int kSignals[] = {SIGKILL, SIGKILL, SIGKILL, SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSTOP};
  Disturbance out;
  out.signal = kSignals[random.below(std::size(kSignals))];
  const auto kind = random.below(8);
  out.phase = kind == 0 ? Phase::report : kind <= 3 ? Phase::training : begun ? Phase::resume : Phase::start;
  return out;
}

int disturbed_run(const fs::path& project, const Disturbance& disturbance, Random& random, Table& table,
                  std::string& wrong) {
  Row& row = table[{disturbance.signal, disturbance.phase}];
  Program program(PANTOGRAPH_PROGRAM, arguments(project), log_of(project));
  const bool reached = reach(program, disturbance.phase, random);
  if (reached) {
    program.send(disturbance.signal);
    if (disturbance.signal == SIGSTOP) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random.below(80)));
      program.send(SIGCONT);
    }
  }
  const int code = program.wait(120);
  ++row.sent;
  if (!reached) ++row.too_late;
  ++row.codes[code];
  // Before main() runs, the system's loader is at work: nobody can ask it for a checkpoint, and nothing is begun.
  const bool loading = disturbance.signal != SIGSTOP && code == -disturbance.signal && program.out().empty() &&
                       (disturbance.phase == Phase::start || disturbance.phase == Phase::resume);
  const bool asked = disturbance.signal != SIGKILL && disturbance.signal != SIGSTOP;
  const bool right = code == 0 || (reached && disturbance.signal == SIGKILL && code == -SIGKILL) ||
                     (reached && asked && (code == 130 || loading));
  if (!right) {
    wrong = fmt::format("signal {} in {}: exit code {}\n{}", disturbance.signal, to_string(disturbance.phase), code,
                        program.err());
  }
  return code;
}

int whole_run(const fs::path& project, std::string& errors) {
  const tiny::Ended ended = tiny::run_program(PANTOGRAPH_PROGRAM, arguments(project), log_of(project));
  errors = ended.err;
  return ended.code;
}

void print(const Table& table) {
  fmt::print("{:<10} {:<9} {:>6} {:>9} {:>12}  {}\n", "signal", "phase", "sent", "too late", "differences",
             "exit codes (times)");
  Row all;
  const auto line = [](const std::string& name, const char* phase, const Row& row) {
    std::string codes;
    for (const auto& [code, times] : row.codes) codes += fmt::format("{} ({})  ", code, times);
    fmt::print("{:<10} {:<9} {:>6} {:>9} {:>12}  {}\n", name, phase, row.sent, row.too_late, row.differences, codes);
  };
  for (const auto& [kind, row] : table) {
    const std::string name = kind.first == SIGSTOP ? "STOP/CONT" : ::sigabbrev_np(kind.first);
    line(name, to_string(kind.second), row);
    all.sent += row.sent;
    all.too_late += row.too_late;
    for (const auto& [code, times] : row.codes) all.codes[code] += times;
  }
  line("all", "", all);
}

}  // namespace endurance
