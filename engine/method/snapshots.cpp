// SPDX-License-Identifier: GPL-3.0-or-later
#include "method/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "method/recipe.h"
#include "store/checkpoint.h"

namespace pantograph::method {

std::uint64_t steps_for(std::uint64_t tokens, double share, std::uint64_t step_tokens) {
  const double wanted = static_cast<double>(tokens) * share / static_cast<double>(step_tokens);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(wanted - 1e-9)));
}

Snapshots::Snapshots(const project::MethodSpec& method, double share, std::uint64_t step_tokens,
                     std::filesystem::path folder)
    : folder_(std::move(folder)) {
  for (const std::uint64_t budget : method.generic.budgets) steps_[budget] = steps_for(budget, share, step_tokens);
}

bool Snapshots::is_good(std::uint64_t budget) const {
  try {
    store::read_checkpoint(folder_ / network_file_name(budget));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Snapshots::at_step(std::uint64_t step, const std::function<void(std::uint64_t budget)>& save) const {
  for (const auto& [budget, last] : steps_) {
    if (step == last && !is_good(budget)) save(budget);
  }
}

void Snapshots::make_sure() const {
  const auto lost = missing();
  if (lost.empty()) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / store::kCheckpointsFolder, ignored)) {
    if (entry.path().filename() >= store::checkpoint_path("", steps_.at(lost.front())).filename())
      std::filesystem::remove(entry.path(), ignored);
  }
}

std::vector<std::uint64_t> Snapshots::missing() const {
  std::vector<std::uint64_t> budgets;
  for (const auto& [budget, last] : steps_) {
    if (!is_good(budget)) budgets.push_back(budget);
  }
  return budgets;
}

void seed_checkpoints(const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t step) {
  std::error_code code;
  if (std::filesystem::exists(to, code)) return;  // an earlier try got further
  make_directories(to);
  const std::string last = store::checkpoint_path("", step).filename().string();
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(from, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".h5") && name < last && name > newest) newest = name;
  }
  if (!newest.empty()) std::filesystem::copy_file(from / newest, to / newest, code);
}

double seconds_at(const std::vector<store::MetricPoint>& curve, std::uint64_t step, const train::TrainResult& train) {
  double seconds = 0;
  for (const store::MetricPoint& point : curve) {
    if (point.series == "train" && point.step <= step) seconds = std::max(seconds, point.seconds);
  }
  return seconds > 0 ? seconds : train.seconds * static_cast<double>(step) / static_cast<double>(train.steps);
}

}  // namespace pantograph::method
