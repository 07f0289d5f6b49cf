// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph import FROM OUT: another program's model as one of this program.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "base/text.h"
#include "batch/options.h"
#include "exchange/importer.h"
#include "job/engine.h"

namespace pantograph::batch {
namespace {

/// Keeps a line of standard error at how far the import is, on a terminal.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (shown_ >= 0) fmt::print(stderr, "\r\x1b[K");
  }
  void show(double done, double total, const std::string& unit) {
    const int part = total > 0 ? static_cast<int>(std::floor(100 * done / total)) : 0;
    if (!terminal_ || part == shown_) return;
    shown_ = part;
    fmt::print(stderr, "\r\x1b[K{:3} % of {} {}", part, short_count(total), unit);
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  int shown_ = -1;
};

exchange::ImportReport run(const BatchOptions& options, StopSignals& signals) {
  Control control;
  const StopCall on_signal(signals, [&] { control.stop(); });
  ProgressLine line;
  TaskContext task;
  task.control = &control;
  task.on_progress = [&](double done, double total, const std::string& unit) { line.show(done, total, unit); };
  return exchange::import_model(options.use.model, options.use.out, job::program_version(), task);
}

}  // namespace

int import_command(const BatchOptions& options, StopSignals& signals) {
  const exchange::ImportReport report = run(options, signals);
  const model::Provenance& from = report.facts.provenance;
  if (options.json) {
    const nlohmann::json line = {{"event", "import"},
                                 {"file", printable(options.use.out)},
                                 {"name", report.facts.name},
                                 {"format", from.imported_format},
                                 {"architecture", from.imported_architecture},
                                 {"content", from.imported_content},
                                 {"parameters", report.parameters},
                                 {"vocabulary", report.vocabulary}};
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  fmt::print("{}\n{}: {} ({}), {} parameters, a vocabulary of {}\n", options.use.out, printable(report.facts.name),
             from.imported_architecture, from.imported_format, short_count(static_cast<double>(report.parameters)),
             format_grouped(static_cast<std::uint64_t>(report.vocabulary)));
  return 0;
}

}  // namespace pantograph::batch
