// SPDX-License-Identifier: GPL-3.0-or-later
// A training run's memory: refused before it starts, measured while it runs.
#include "base/error.h"
#include "base/machine.h"
#include "method/recipe.h"
#include "plan/estimate.h"
#include "plan/memory.h"
#include "train/allocator.h"

namespace pantograph::method {
namespace recipe {
namespace {

plan::MemoryPlan memory_plan(const network::NetworkConfig& config, const StepShape& shape, std::uint64_t rows_at_once,
                             const std::string& precision, const network::NetworkConfig* teacher) {
  plan::MemoryPlan plan;
  const auto rows = static_cast<std::uint64_t>(shape.rows);
  plan.rows = plan::rows_in_one_pass(config.small.context, rows, rows_at_once);
  plan.experts = shape.groups;
  plan.half = precision == "bf16";
  plan.threads = this_machine().cores;
  if (teacher != nullptr) {
    plan.teacher = *teacher;
    if (rows_at_once == 0) plan.rows = rows;  // LibTorch's path: in one pass
  }
  return plan;
}

void check_phase(const project::Project& project, const project::MethodSpec& method, bool generic_phase) {
  const std::uint64_t available = this_machine().memory_available;
  const std::string where = "method." + method.name;
  const auto network_of = [&](const project::MethodSpec& m) {
    return method_network(project, m, project.tokenizer.vocabulary);
  };
  network::NetworkConfig config = network_of(method);
  const int context = config.small.context;
  if (generic_phase) {
    const project::GenericSpec& generic = project.pretrained_by(method).generic;
    const StepShape shape = step_shape(generic.tokens_per_step, context, generic.experts_per_step);
    plan::MemoryPlan plan = memory_plan(config, shape, generic.rows_at_once, generic.precision, nullptr);
    plan.half_moments = method.t_moments == "bf16";
    plan::check_memory(config, plan, available, where);
    return;
  }
  config.projected = false;
  config.h = config.k = config.m = 0;
  if (method.adaptation == "lora") config.lora = {method.lora_rank, method.lora_alpha};
  const project::SpecializationSpec& spec = project.specialization;
  const project::MethodSpec* const teaches = project.method(method.teacher);
  const network::NetworkConfig teacher = teaches != nullptr ? network_of(*teaches) : network::NetworkConfig{};
  plan::MemoryPlan plan = memory_plan(config, step_shape(spec.tokens_per_step, context, 1), 0, spec.precision,
                                      teaches != nullptr ? &teacher : nullptr);
  plan.keeps_best = spec.patience > 0;
  plan.fine_tunes = true;
  plan::check_memory(config, plan, available, where);
}

}  // namespace

MemoryWatch::MemoryWatch(const network::NetworkConfig& config, const train::TrainSettings& settings,
                         const StepShape& shape, const network::Device& device, const std::string& method,
                         bool fine_tunes) {
  if (device.name != "cpu") return;
  train::release_freed_memory();
  plan::MemoryPlan plan = memory_plan(config, shape, static_cast<std::uint64_t>(settings.rows_at_once),
                                      settings.precision, settings.teacher ? &settings.teacher->config() : nullptr);
  plan.half_moments = settings.t_moments == "bf16";
  plan.keeps_best = settings.patience > 0;
  plan.fine_tunes = fine_tunes;
  std::uint64_t there = fine_tunes ? plan::network_parameters(config) : 0;
  if (settings.teacher) there += plan::network_parameters(settings.teacher->config());
  plan::check_memory(config, plan, this_machine().memory_available + 4 * there, "method." + method);
  reset_peak_memory();
  estimated_ = private_memory() + plan::training_memory(config, plan) - 4 * there;
}

MemoryUse MemoryWatch::use() const {
  return {estimated_, estimated_ > 0 ? peak_memory() : 0};
}

}  // namespace recipe

std::string memory_shortfall(const project::Project& project, const project::MethodSpec& method, bool generic_phase,
                             const network::Device& device) {
  if (device.name != "cpu") return {};
  try {
    recipe::check_phase(project, method, generic_phase);
  } catch (const Error& refusal) {
    const ErrorText& text = refusal.text();
    return text.found + ", " + text.expected + ". " + text.remedy;
  }
  return {};
}

}  // namespace pantograph::method
