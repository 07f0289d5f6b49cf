// SPDX-License-Identifier: GPL-3.0-or-later
// A training run's memory: refused before it starts, measured while it runs.
#include "base/machine.h"
#include "method/recipe.h"
#include "plan/estimate.h"
#include "plan/memory.h"
#include "train/allocator.h"

namespace pantograph::recipe {

MemoryWatch::MemoryWatch(const NetworkConfig& config, const TrainSettings& settings, const StepShape& shape,
                         const Device& device, const std::string& method, bool fine_tunes) {
  if (device.name != "cpu") return;
  release_freed_memory();
  const Machine machine = this_machine();
  MemoryPlan plan;
  plan.rows = rows_in_one_pass(config.small.context, static_cast<std::uint64_t>(shape.rows),
                               static_cast<std::uint64_t>(settings.rows_at_once));
  plan.experts = shape.groups;
  plan.half = settings.precision == "bf16";
  plan.half_moments = settings.t_moments == "bf16";
  plan.keeps_best = settings.patience > 0;
  plan.threads = machine.cores;
  plan.fine_tunes = fine_tunes;
  std::uint64_t there = fine_tunes ? network_parameters(config) : 0;
  if (settings.teacher) {
    plan.teacher = settings.teacher->config();
    if (settings.rows_at_once <= 0) plan.rows = static_cast<std::uint64_t>(shape.rows);  // LibTorch's path: in one pass
    there += network_parameters(*plan.teacher);
  }
  check_memory(config, plan, machine.memory_available + 4 * there, "method." + method);
  reset_peak_memory();
  estimated_ = private_memory() + training_memory(config, plan) - 4 * there;
}

MemoryUse MemoryWatch::use() const {
  return {estimated_, estimated_ > 0 ? peak_memory() : 0};
}

}  // namespace pantograph::recipe
