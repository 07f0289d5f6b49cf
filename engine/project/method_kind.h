// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of method there are: one row of traits each. Nothing else in the program compares a kind with its id; what
// a trait means to training stands in the rooms that read it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "project/project.h"

namespace pantograph::project {

struct MethodKind {
  std::string id;              ///< as the project file has it: "slm-pn"
  std::string title;           ///< for people, in a list of kinds
  std::string generic;         ///< help: its generic phase
  std::string specialization;  ///< help: what a domain's model is made from
  std::string several = {};    ///< of kinds with clusters, as figures call them: "projected networks"
  bool baseline = false;       ///< the plain small model: costs are compared at its budgets, domains get its network
  bool generic_phase = true;   ///< false: nothing before the specialization
  bool projected = false;      ///< its network is a ProjectedNetworkSpec
  bool large = false;          ///< its network is above the limit at inference
  bool per_cluster = false;    ///< its generic phase is one run for each cluster
  bool per_domain = false;     ///< its generic phase is one run for each domain, whose cost it is part of
  bool grows = false;          ///< may start from the network that another method trained
  bool grown_from = false;     ///< may be the one that others start from
  bool adapters = false;       ///< may be fine-tuned by adapters of low rank
  bool taught = false;         ///< specialized with a teacher
  bool teaches = false;        ///< may be a teacher
  /// Its network has or its runs are experts, of which a domain takes one.
  bool experts() const { return projected || per_cluster; }
  /// Reads the generic set by clusters, and may have a k of its own.
  bool own_clusters() const { return experts() || per_domain; }
  /// Its generic phase is one run, whatever clusters and domains there are.
  bool one_run() const { return generic_phase && !per_cluster && !per_domain; }
};

const std::vector<MethodKind>& method_kinds();
const MethodKind& method_kind(const std::string& id);  ///< Error(project) listing the known ones
/// The same for ids that come from a file of results: of an unknown one, a row with a generic phase and nothing more.
const MethodKind& kind_of_result(const std::string& id);

/// A trait: &MethodKind::taught, &MethodKind::experts, or a function of one's own.
using KindTrait = std::function<bool(const MethodKind&)>;
std::vector<std::string> kinds_with(const KindTrait& trait);  ///< their ids, in the table's order
std::vector<std::string> all_kinds();
std::string names_of_kinds(const KindTrait& trait);  ///< "slm-pn, slm-mix and slm-is"

/// Whether a method has a generic phase of its own: its kind has one, and it does not take over another's.
bool pretrains(const MethodSpec& method);

}  // namespace pantograph::project
