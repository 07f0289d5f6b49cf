// SPDX-License-Identifier: GPL-3.0-or-later
#include "project_template.h"

#include <algorithm>
#include <cctype>

#include "project/method_kind.h"
#include "project/project_grid.h"

using namespace pantograph;

namespace {

template <typename Taken>
std::string free_name(const std::string& wanted, const std::string& otherwise, const Taken& taken) {
  std::string base;
  for (const unsigned char c : wanted) base += std::isalnum(c) || c == '-' || c == '_' ? static_cast<char>(c) : '-';
  while (!base.empty() && base.back() == '-') base.pop_back();
  if (base.empty()) base = otherwise;
  std::string name = base;
  for (int number = 2; taken(name); ++number) name = base + "-" + std::to_string(number);
  return name;
}

}  // namespace

project::Project newProject() {
  project::Project project;
  project.tokenizer.vocabulary = 4096;
  project.clustering.clusters = 8;
  project.small = {project::SmallNetworkSpec{}};
  project.projected = {project::ProjectedNetworkSpec{}};
  project.projected.front().h = 8;
  project.projected.front().m = 8;
  project.methods = {newMethod(project, "slm"), newMethod(project, "slm-pn")};
  project.specialization.tokens = {100'000};
  return project;
}

const project::SmallNetworkSpec* servedNetwork(const project::Project& project) {
  for (const project::MethodSpec& method : project.methods) {
    const project::SmallNetworkSpec* network =
        project::method_kind(method.kind).baseline ? project.small_network(method.network) : nullptr;
    if (network != nullptr) return network;
  }
  return project.small.empty() ? nullptr : &project.small.front();
}

const project::SmallNetworkSpec* largeNetwork(const project::Project& project) {
  const project::SmallNetworkSpec* large = servedNetwork(project);
  for (const project::SmallNetworkSpec& network : project.small) {
    if (network.width > large->width) large = &network;
  }
  return large == servedNetwork(project) ? nullptr : large;
}

project::MethodSpec newMethod(const project::Project& project, const std::string& id) {
  const project::MethodKind& kind = project::method_kind(id);
  project::MethodSpec method;
  method.kind = id;
  method.name = freeMethodName(project, id);
  const project::SmallNetworkSpec* const large = kind.large ? largeNetwork(project) : nullptr;
  if (kind.projected) {
    if (!project.projected.empty()) method.network = project.projected.front().name;
  } else if (const project::SmallNetworkSpec* network = large != nullptr ? large : servedNetwork(project)) {
    method.network = network->name;
  }
  const auto like = std::find_if(project.methods.begin(), project.methods.end(), [](const project::MethodSpec& other) {
    return other.generic.tokens > 0 && project::pretrains(other);
  });
  if (like != project.methods.end()) method.generic = like->generic;
  if (!kind.generic_phase) {  // its rate and schedule still are those that domains are trained with
    method.generic.tokens = 0;
    method.generic.budgets.clear();
  }
  return method;
}

std::string freeCorpusName(const project::Project& project, const std::string& wanted) {
  return free_name(wanted, "corpus", [&](const std::string& name) { return project.corpus(name) != nullptr; });
}

std::string freeMethodName(const project::Project& project, const std::string& wanted) {
  return free_name(wanted, "method",
                   [&](const std::string& name) { return project::declared_method(project, name) != nullptr; });
}

std::string freeNetworkName(const project::Project& project, const std::string& wanted) {
  return free_name(wanted, "network", [&](const std::string& name) {
    return project.small_network(name) != nullptr || project.projected_network(name) != nullptr;
  });
}
