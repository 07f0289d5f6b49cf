// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph prune PROJECT: says what of the artifacts is of no more use, and removes it when told to.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "batch/options.h"
#include "job/project_runs.h"
#include "project/project_file.h"

namespace pantograph::batch {
namespace {

std::string in_short(std::uint64_t bytes) {
  return format_bytes(static_cast<double>(bytes));
}

void print_item(const job::PruneItem& item, const project::Project& project, bool as_json) {
  const std::string path = item.path.lexically_relative(project.artifacts()).string();
  if (as_json) {
    const nlohmann::json line = {{"kind", job::to_string(item.kind)}, {"path", path}, {"bytes", item.bytes}};
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{:>9}  {:<30} {}\n", in_short(item.bytes), job::to_string(item.kind), path);
  }
}

}  // namespace

int prune_command(const BatchOptions& options) {
  const project::Project project = project::load_project(options.project);
  const job::PrunePlan plan = job::plan_prune(project);
  for (const job::PruneItem& item : plan.items) print_item(item, project, options.json);
  if (plan.items.empty()) {
    if (!options.json) fmt::print("Nothing to prune.\n");
    return 0;
  }
  if (!options.yes) {
    if (!options.json)
      fmt::print("{} in {} places. Nothing was removed; with --yes it goes.\n", in_short(plan.bytes()),
                 plan.items.size());
    return 0;
  }
  const std::uint64_t freed = job::prune(project, plan);
  if (!options.json) fmt::print("{} freed.\n", in_short(freed));
  return 0;
}

}  // namespace pantograph::batch
