// SPDX-License-Identifier: GPL-3.0-or-later
// A training run's memory: refused before it starts, measured while it runs.
#include "base/error.h"
#include "base/machine.h"
#include "method/recipe.h"
#include "plan/estimate.h"
#include "plan/memory.h"
#include "train/allocator.h"

namespace pantograph {
namespace recipe {
namespace {

MemoryPlan memory_plan(const NetworkConfig& config, const StepShape& shape, std::uint64_t rows_at_once,
                       const std::string& precision, const NetworkConfig* teacher) {
  MemoryPlan plan;
  const auto rows = static_cast<std::uint64_t>(shape.rows);
  plan.rows = rows_in_one_pass(config.small.context, rows, rows_at_once);
  plan.experts = shape.groups;
  plan.half = precision == "bf16";
  plan.threads = this_machine().cores;
  if (teacher != nullptr) {
    plan.teacher = *teacher;
    if (rows_at_once == 0) plan.rows = rows;  // LibTorch's path: in one pass
  }
  return plan;
}

void check_phase(const Project& project, const MethodSpec& method, bool generic_phase) {
  const std::uint64_t available = this_machine().memory_available;
  const std::string where = "method." + method.name;
  const auto network_of = [&](const MethodSpec& m) { return method_network(project, m, project.tokenizer.vocabulary); };
  NetworkConfig config = network_of(method);
  const int context = config.small.context;
  if (generic_phase) {
    const GenericSpec& generic = project.pretrained_by(method).generic;
    const StepShape shape = step_shape(generic.tokens_per_step, context, generic.experts_per_step);
    MemoryPlan plan = memory_plan(config, shape, generic.rows_at_once, generic.precision, nullptr);
    plan.half_moments = method.t_moments == "bf16";
    check_memory(config, plan, available, where);
    return;
  }
  config.projected = false;
  config.h = config.k = config.m = 0;
  if (method.adaptation == "lora") config.lora = {method.lora_rank, method.lora_alpha};
  const SpecializationSpec& spec = project.specialization;
  const MethodSpec* const teaches = project.method(method.teacher);
  const NetworkConfig teacher = teaches != nullptr ? network_of(*teaches) : NetworkConfig{};
  MemoryPlan plan = memory_plan(config, step_shape(spec.tokens_per_step, context, 1), 0, spec.precision,
                                teaches != nullptr ? &teacher : nullptr);
  plan.keeps_best = spec.patience > 0;
  plan.fine_tunes = true;
  check_memory(config, plan, available, where);
}

}  // namespace

MemoryWatch::MemoryWatch(const NetworkConfig& config, const TrainSettings& settings, const StepShape& shape,
                         const Device& device, const std::string& method, bool fine_tunes) {
  if (device.name != "cpu") return;
  release_freed_memory();
  MemoryPlan plan = memory_plan(config, shape, static_cast<std::uint64_t>(settings.rows_at_once), settings.precision,
                                settings.teacher ? &settings.teacher->config() : nullptr);
  plan.half_moments = settings.t_moments == "bf16";
  plan.keeps_best = settings.patience > 0;
  plan.fine_tunes = fine_tunes;
  std::uint64_t there = fine_tunes ? network_parameters(config) : 0;
  if (settings.teacher) there += network_parameters(settings.teacher->config());
  check_memory(config, plan, this_machine().memory_available + 4 * there, "method." + method);
  reset_peak_memory();
  estimated_ = private_memory() + training_memory(config, plan) - 4 * there;
}

MemoryUse MemoryWatch::use() const {
  return {estimated_, estimated_ > 0 ? peak_memory() : 0};
}

}  // namespace recipe

std::string memory_shortfall(const Project& project, const MethodSpec& method, bool generic_phase,
                             const Device& device) {
  if (device.name != "cpu") return {};
  try {
    recipe::check_phase(project, method, generic_phase);
  } catch (const Error& refusal) {
    const ErrorText& text = refusal.text();
    return text.found + ", " + text.expected + ". " + text.remedy;
  }
  return {};
}

}  // namespace pantograph
