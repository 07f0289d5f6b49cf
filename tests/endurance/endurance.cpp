// SPDX-License-Identifier: GPL-3.0-or-later
// endurance [--kills N] [--seconds S] [--seed X]: kills `pantograph --batch` on a tiny project again and again until it
// is finished, compares all weights, curves and results with those of an undisturbed run, bit for bit, and begins anew,
// until N disturbances or S seconds are reached (the project under way is finished and compared). Prints a table;
// exit code 0 when nothing differs and every process ended as it should.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <set>

#include "base/error.h"
#include "disturbances.h"
#include "support/outcome.h"
#include "support/tiny_project.h"

namespace fs = std::filesystem;
using namespace endurance;

namespace {

struct Options {
  int kills = 200;
  double seconds = 300;
  std::uint64_t seed = 1;
};

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--kills") == 0) {
      options.kills = std::atoi(argv[i + 1]);
    } else if (std::strcmp(argv[i], "--seconds") == 0) {
      options.seconds = std::atof(argv[i + 1]);
    } else if (std::strcmp(argv[i], "--seed") == 0) {
      options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    } else {
      return false;
    }
  }
  return argc % 2 == 1;
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("pantograph-endurance-{}", ::getpid())) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    if (!kept) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }
  bool kept = false;

 private:
  fs::path path_;
};

/// One project, disturbed until it is finished; false when something was wrong.
bool one_project(const fs::path& project, const std::map<std::string, std::string>& expected,
                 pantograph::Random& random, const std::function<bool()>& over, Table& table) {
  const fs::path artifacts = fs::path(project).replace_extension(".artifacts");
  fs::remove_all(artifacts);
  std::set<std::pair<int, Phase>> used;
  std::string wrong;
  bool finished = false;
  for (int run = 0; !finished && !over() && run < 40; ++run) {
    const Disturbance disturbance = draw(random, fs::exists(artifacts));
    used.insert({disturbance.signal, disturbance.phase});
    finished = disturbed_run(project, disturbance, random, table, wrong) == 0;
    if (!wrong.empty()) {
      fmt::print(stderr, "endurance: {}\n", wrong);
      return false;
    }
  }
  std::string errors;
  if (const int code = whole_run(project, errors); code != 0) {
    fmt::print(stderr, "endurance: the last run ended with {}\n{}", code, errors);
    return false;
  }
  const auto differing = tiny::differences(expected, tiny::outcome(project));
  if (differing.empty()) return true;
  for (const auto& kind : used) ++table[kind].differences;
  for (const auto& name : differing) fmt::print(stderr, "endurance: {} differs\n", name);
  return false;
}

int run(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Folder folder;
  fs::create_directories(folder.path() / "whole");
  fs::create_directories(folder.path() / "disturbed");
  const fs::path whole = tiny::make_project(folder.path() / "whole");
  const fs::path disturbed = tiny::make_project(folder.path() / "disturbed");
  std::string errors;
  if (const int code = whole_run(whole, errors); code != 0) {
    fmt::print(stderr, "endurance: the undisturbed run ended with {}\n{}", code, errors);
    return 1;
  }
  const auto expected = tiny::outcome(whole);
  Table table;
  const auto over = [&] {
    int sent = 0;
    for (const auto& [kind, row] : table) sent += row.sent;
    return sent >= options.kills || std::chrono::duration<double>(Clock::now() - start).count() > options.seconds;
  };
  pantograph::Random random(options.seed);
  bool good = true;
  int projects = 0;
  while (good && (projects == 0 || !over())) {
    good = one_project(disturbed, expected, random, over, table);
    ++projects;
  }
  print(table);
  fmt::print("{} projects of {} files compared, seed {}, {:.0f} s\n", projects, expected.size(), options.seed,
             std::chrono::duration<double>(Clock::now() - start).count());
  if (good) return 0;
  folder.kept = true;
  fmt::print(stderr, "endurance: what was left is in {}\n", folder.path().string());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    fmt::print(stderr, "endurance [--kills N] [--seconds S] [--seed X]\n");
    return 2;
  }
  try {
    return run(options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "endurance: {}\n", e.what());
    return 1;
  }
}
