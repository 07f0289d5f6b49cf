// SPDX-License-Identifier: GPL-3.0-or-later
// Small requests of the front ends, answered between steps and while one works. Private to this room; used on the
// engine thread.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "job/view.h"

namespace pantograph::job {

struct ProjectRequest {
  std::string method;
  std::uint64_t seed = 0;
  std::string domain;
  train::ExpertChoice choice;
  std::string file;
};
struct AnnotateRequest {
  std::string run;
  RunNotes notes;
};
struct DeleteRequest {
  std::vector<std::string> runs;
};
struct CurvesRequest {
  std::vector<std::string> runs;
};
struct PrunePlanRequest {};
struct PruneRequest {
  PrunePlan plan;
};
using SmallRequest =
    std::variant<ProjectRequest, AnnotateRequest, DeleteRequest, CurvesRequest, PrunePlanRequest, PruneRequest>;

/// The network that is in training just now.
struct LiveNetwork {
  const Step& step;
  const StepGraph& graph;
  const network::Network& network;
  std::uint64_t number = 0;  ///< of the training step
};

class RequestServer {
 public:
  RequestServer(const EngineOptions& options, Inspector& inspector, std::function<void(const Event&)> sink)
      : options_(options), inspector_(inspector), sink_(std::move(sink)) {}

  /// Answers; `live` is null where nothing is in training. False: it has to wait, for the network that it asks for.
  bool serve(const SmallRequest& request, const LiveNetwork* live);
  /// Whether an answer changed what views show, since the last call.
  bool take_changed() { return std::exchange(changed_, false); }

 private:
  bool answer(const ProjectRequest& request, const LiveNetwork* live);
  bool answer(const AnnotateRequest& request, const LiveNetwork* live);
  bool answer(const DeleteRequest& request, const LiveNetwork* live);
  bool answer(const CurvesRequest& request, const LiveNetwork* live);
  bool answer(const PrunePlanRequest& request, const LiveNetwork* live);
  bool answer(const PruneRequest& request, const LiveNetwork* live);
  const Step* pretraining_of(const StepGraph& graph, const ProjectRequest& request) const;
  void write_projection(const ProjectRequest& request, const network::Network& network, const StepGraph& graph,
                        const std::string& note);

  const EngineOptions& options_;
  Inspector& inspector_;
  std::function<void(const Event&)> sink_;
  bool changed_ = false;
};

}  // namespace pantograph::job
