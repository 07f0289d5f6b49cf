// SPDX-License-Identifier: GPL-3.0-or-later
// The learning-rate schedule: linear warm-up, then constant, cosine or linear decay, or constant with a decay at its
// end.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "train/train.h"

namespace pantograph::train {

std::uint64_t decay_start(const TrainSettings& settings) {
  const auto steps = static_cast<double>(settings.steps);
  const auto decaying = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(settings.decay * steps)));
  return std::min(settings.steps, std::max(settings.warmup, settings.steps - std::min(settings.steps, decaying)));
}

double learning_rate(const TrainSettings& settings, std::uint64_t step) {
  // Counted from one, so that the first step already moves and the last one of the warm-up has the peak rate.
  if (step < settings.warmup) {
    return settings.rate * static_cast<double>(step + 1) / static_cast<double>(settings.warmup);
  }
  if (settings.schedule == "constant") return settings.rate;
  if (settings.schedule == "wsd") {
    const std::uint64_t start = decay_start(settings);
    if (step < start || start == settings.steps) return settings.rate;
    const double done = static_cast<double>(std::min(step, settings.steps - 1) + 1 - start) /
                        static_cast<double>(settings.steps - start);
    return settings.rate * (settings.final_rate + (1.0 - settings.final_rate) * (1.0 - std::sqrt(done)));
  }
  // Ends at final_rate exactly in the last step.
  const double length =
      settings.steps > settings.warmup + 1 ? static_cast<double>(settings.steps - settings.warmup - 1) : 1.0;
  const double done = std::min(1.0, static_cast<double>(step - settings.warmup) / length);
  double left = 0;  // 1 at the start of the decay, 0 at its end
  if (settings.schedule == "cosine") {
    left = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  } else if (settings.schedule == "linear") {
    left = 1.0 - done;
  } else {
    throw Error(ErrorKind::project, {"unknown schedule \"" + settings.schedule + "\"", "training settings",
                                     "\"constant\", \"cosine\", \"linear\" or \"wsd\"", ""});
  }
  return settings.rate * (settings.final_rate + (1.0 - settings.final_rate) * left);
}

}  // namespace pantograph::train
