// SPDX-License-Identifier: GPL-3.0-or-later
// Which steps a project has, what each depends on and what its key is made from. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/graph.h"

namespace pantograph::job {

class StepPlanner {
 public:
  StepPlanner(StepGraph& graph, const project::Project& project, const TaskContext& task)
      : graph_(graph), project_(project), task_(task) {}
  void plan();  ///< into the graph, which is empty

 private:
  Step make(StepKey key, std::string title, nlohmann::json settings) const;
  void add_data();
  void add_overlap();
  void add_clusterings();
  void add_pretraining(const project::MethodSpec& method, std::uint64_t seed);
  void add_pretraining(const project::MethodSpec& method, std::uint64_t seed, Step step);
  void add_specializations(const project::MethodSpec& method);
  void add_specialization(const project::MethodSpec& method, StepKey key, nlohmann::json settings);
  void add_report();
  /// The expert of a mixture that this domain needs; nothing, and waits_for_clusters(), before it is known.
  std::optional<int> needed_expert(const project::MethodSpec& method, const std::string& domain);

  StepGraph& graph_;
  const project::Project& project_;
  const TaskContext& task_;
};

}  // namespace pantograph::job
