// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is disturbed by, and when.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace endurance {

enum class Phase { start, resume, training, report };
constexpr Phase kPhases[] = {Phase::start, Phase::resume, Phase::training, Phase::report};
const char* to_string(Phase phase);

struct Disturbance {
  int signal = 0;  ///< SIGSTOP: followed by SIGCONT, and the run goes on
  Phase phase = Phase::start;
};

/// What came of all disturbances of one kind.
struct Row {
  int sent = 0;
  int too_late = 0;          ///< the run had ended before
  std::map<int, int> codes;  ///< how often the process ended with which code; -N: by signal N
  int differences = 0;       ///< finished projects that differ and had been disturbed in this way
};

using Table = std::map<std::pair<int, Phase>, Row>;

/// One of KILL (as often as all others together), TERM, INT, HUP, STOP. `begun`: something of the project is there.
Disturbance draw(pantograph::Random& random, bool begun);

/// Runs the project and disturbs the run once. The code that the run ended with; `wrong` says what may not be.
int disturbed_run(const std::filesystem::path& project, const Disturbance& disturbance, pantograph::Random& random,
                  Table& table, std::string& wrong);

/// Brings it up to date without a disturbance; the exit code.
int whole_run(const std::filesystem::path& project, std::string& errors);

void print(const Table& table);

}  // namespace endurance
