// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/numbers.h"
#include "batch/printer.h"

namespace pantograph::batch {
namespace {

int terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

class TextPrinter : public Printer {
 public:
  explicit TextPrinter(bool quiet) : quiet_(quiet), bar_(!quiet && ::isatty(STDOUT_FILENO) == 1) {}

  void print(const job::Event& event) override {
    std::visit([this](const auto& e) { show(e); }, event);
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;

  void show(const job::ViewChanged&) {}
  void show(const job::RunPaused&) {}
  void show(const job::Projected&) {}
  void show(const job::CurvesRead&) {}
  void show(const job::PrunePlanned&) {}
  void show(const job::Pruned&) {}

  void show(const job::StepStarted& step) {
    title_ = fmt::format("[{}/{}] {}", step.index, step.count, step.title);
    loss_.clear();
    last_line_ = Clock::now();
    if (!quiet_ && !bar_) fmt::print("{}\n", title_);
    if (bar_) draw("");
  }

  void show(const job::StepProgress& progress) {
    if (quiet_) return;
    const bool known = progress.total > 0;
    const double part = known ? std::clamp(progress.done / progress.total, 0.0, 1.0) : 0;
    std::string text = known ? fmt::format("{:3.0f} %  {} of {} {}", std::floor(100 * part), short_count(progress.done),
                                           short_count(progress.total), progress.unit)
                             : fmt::format("{} {}", short_count(progress.done), progress.unit);
    if (progress.rate > 0) text += fmt::format("  {}/s", short_count(progress.rate));
    if (progress.rate > 0 && progress.ceiling > 0)
      text += fmt::format(" ({} of the ceiling)", format_percent(progress.rate / progress.ceiling, 0));
    if (progress.remaining_seconds >= 0) text += fmt::format("  {} left", format_duration(progress.remaining_seconds));
    text += loss_;
    if (bar_) {
      const int filled = static_cast<int>(std::lround(part * kBar));
      draw(fmt::format("  [{}{}] {}", std::string(filled, '='), std::string(kBar - filled, ' '), text));
    } else if (Clock::now() - last_line_ >= std::chrono::seconds(10)) {
      last_line_ = Clock::now();
      fmt::print("  {}\n", text);
    }
  }

  void show(const job::MetricAdded& metric) {
    const auto& series = metric.point.series;
    if (series == "train" || series == "validation" || series == "generic")
      loss_ = fmt::format("  {} loss {:.3f}", series, metric.point.value);
  }

  void show(const job::StepFinished& step) {
    if (quiet_) return;
    clear();
    fmt::print("{}{}done in {}{}\n", bar_ ? title_ : "", bar_ ? ": " : "  ", format_duration(step.seconds), loss_);
    if (!step.made.empty()) fmt::print("  {}\n", step.made);
  }

  void show(const job::StepFailed& failure) {
    clear();
    fmt::print(stderr, "pantograph: {}{}\n", failure.id.empty() ? "" : failure.id + ": ", failure.message);
  }

  void show(const job::Warning& warning) {
    clear();
    fmt::print(stderr, "pantograph: warning: {}{}\n", warning.id.empty() ? "" : warning.id + ": ", warning.message);
  }

  void show(const job::RunEnded& ended) {
    clear();
    const auto& failed = ended.failed_steps;
    if (failed.size() + ended.skipped.size() > 1) {  // one alone has just been shown
      fmt::print(stderr, "pantograph: {} failed, {} waited for it:\n",
                 failed.size() == 1 ? "1 step" : fmt::format("{} steps", failed.size()), ended.skipped.size());
      for (const job::StepFailed& step : failed) fmt::print(stderr, "  {}: {}\n", step.id, step.message);
      for (const std::string& id : ended.skipped) fmt::print(stderr, "  {}: not done\n", id);
    }
    if (quiet_) return;
    if (ended.kind == job::RunEnded::cancelled) fmt::print("Stopped. What was trained is saved; run again to go on.\n");
    if (ended.kind == job::RunEnded::finished && ended.steps_run == 0) fmt::print("Everything is up to date.\n");
  }

  void draw(const std::string& progress) {
    std::string line = title_ + progress;
    line.resize(std::min<std::size_t>(line.size(), static_cast<std::size_t>(terminal_width() - 1)));
    fmt::print("\r\033[K{}", line);
    drawn_ = true;
  }

  void clear() {
    if (!drawn_) return;
    fmt::print("\r\033[K");
    std::fflush(stdout);
    drawn_ = false;
  }

  static constexpr int kBar = 20;
  bool quiet_, bar_, drawn_ = false;
  std::string title_, loss_;
  Clock::time_point last_line_{};
};

}  // namespace

std::unique_ptr<Printer> make_text_printer(bool quiet) {
  return std::make_unique<TextPrinter>(quiet);
}

}  // namespace pantograph::batch
