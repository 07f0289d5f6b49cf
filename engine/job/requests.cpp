// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/requests.h"

#include <fmt/format.h>

#include "base/error.h"
#include "job/step_types.h"

namespace pantograph::job {

bool RequestServer::serve(const SmallRequest& request, const LiveNetwork* live) {
  return std::visit([&](const auto& one) { return answer(one, live); }, request);
}

/// The generic phase of a request's method, if it is one run; nothing for an unknown method.
const Step* RequestServer::pretraining_of(const StepGraph& graph, const ProjectRequest& request) const {
  const project::Project& project = inspector_.project();
  const project::MethodSpec* method = project.method(request.method);
  if (method == nullptr) return nullptr;
  const auto keys = pretrain_keys(project, *method, request.seed, request.domain);
  return keys.size() == 1 ? graph.find(keys.front()) : nullptr;
}

bool RequestServer::answer(const ProjectRequest& request, const LiveNetwork* live) {
  try {
    const StepGraph& graph = live != nullptr ? live->graph : inspector_.graph();
    const Step* step = pretraining_of(graph, request);
    if (step == nullptr) {
      throw Error(ErrorKind::usage, {"no single network to project", "method " + request.method,
                                     "a method whose generic phase trains one network",
                                     "The experts of a mixture are small models already."});
    }
    if (live != nullptr && step == &live->step) {
      write_projection(request, live->network, graph,
                       fmt::format("{}, seed {}, step {}", step->key.method, step->key.seed, live->number));
    } else if (step->complete()) {
      write_projection(request, method::load_pretrained(step->folder(), {options_.device}), graph,
                       fmt::format("{}, seed {}, generic phase finished", request.method, request.seed));
    } else if (live != nullptr) {
      return false;
    } else {
      throw Error(ErrorKind::usage, {"not pretrained yet", step->title, "a running or finished generic phase",
                                     "Start the training first."});
    }
  } catch (const std::exception& e) {
    sink_(Projected{"", e.what()});
  }
  return true;
}

void RequestServer::write_projection(const ProjectRequest& request, const network::Network& network,
                                     const StepGraph& graph, const std::string& note) {
  const project::Project& project = inspector_.project();
  const project::MethodSpec& method = *project.method(request.method);
  const method::MethodInputs inputs = method_inputs(project, graph, method, options_.device);
  const int expert = method::choose_expert(project, inputs, network, request.domain, request.choice, {}).expert;
  const std::string which = expert < 0 ? note : fmt::format("{}: expert {} of {}", note, expert, network.config().k);
  model::ModelFacts facts;
  facts.name = which;
  facts.provenance.method = method.name;
  facts.provenance.kind = method.kind;
  facts.provenance.domain = request.domain;
  method::write_small_network(network, expert, std::move(facts), inputs, request.file);
  sink_(Projected{request.file, which});
}

bool RequestServer::answer(const AnnotateRequest& request, const LiveNetwork*) {
  try {
    write_run_notes(find_run(inspector_.runs(), request.run)->folder, request.notes);
    inspector_.runs_changed();
    changed_ = true;
  } catch (const std::exception& e) {
    sink_(Warning{"", e.what()});
  }
  return true;
}

bool RequestServer::answer(const DeleteRequest& request, const LiveNetwork*) {
  for (const std::string& named : request.runs) {
    try {
      const auto run = find_run(inspector_.runs(), named);
      delete_run(*run);
      if (const Step* step = inspector_.graph().find(run->record.step)) inspector_.step_changed(*step);
    } catch (const std::exception& e) {
      sink_(Warning{"", e.what()});
    }
  }
  inspector_.runs_changed();
  changed_ = true;
  return true;
}

bool RequestServer::answer(const CurvesRequest& request, const LiveNetwork*) {
  CurvesRead read{request.runs, {}};
  for (const std::string& named : request.runs) {
    try {
      read.curves.emplace_back(store::read_metrics(find_run(inspector_.runs(), named)->folder / kCurveFile));
    } catch (const std::exception& e) {
      read.curves.emplace_back();
      sink_(Warning{"", e.what()});
    }
  }
  sink_(read);
  return true;
}

bool RequestServer::answer(const PrunePlanRequest&, const LiveNetwork*) {
  inspector_.runs_changed();
  sink_(PrunePlanned{plan_prune(inspector_.project().artifacts(), inspector_.graph(), inspector_.runs())});
  return true;
}

bool RequestServer::answer(const PruneRequest& request, const LiveNetwork* live) {
  if (live != nullptr) return false;
  try {
    const store::ProjectLock lock(inspector_.project().artifacts());
    sink_(Pruned{prune(inspector_.project().artifacts(), request.plan), ""});
  } catch (const std::exception& e) {
    sink_(Pruned{0, e.what()});
  }
  inspector_.look(project::Project(inspector_.project()));
  inspector_.artifacts_pruned();
  changed_ = true;
  return true;
}

}  // namespace pantograph::job
