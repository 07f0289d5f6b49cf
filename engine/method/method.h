// SPDX-License-Identifier: GPL-3.0-or-later
// The recipes of the methods: a generic phase and a specialization, each a composition of sampler, network and
// training.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "measure/results.h"
#include "network/network.h"
#include "store/project.h"
#include "token/sampler.h"
#include "train/train.h"

namespace pantograph {

struct MethodKind {
  std::string id;     ///< "slm-pn"
  std::string title;  ///< for people
  bool generic_phase = true;
  bool projected = false;  ///< its network is a ProjectedNetworkSpec
};
const std::vector<MethodKind>& method_kinds();
const MethodKind& method_kind(const std::string& id);  ///< Error(project) listing the known ones

/// The network's shape for a method of the project.
NetworkConfig method_network(const Project& project, const MethodSpec& method, int vocabulary);

/// Probes that the user picked: may be changed while a run goes on, from any thread.
struct ProbePick {
  std::string domain;
  ExpertChoice choice;
};

/// What the recipes read: artifacts of the earlier steps, already made.
struct MethodInputs {
  int vocabulary = 0;
  std::filesystem::path clustering;                                    ///< folder
  std::vector<std::pair<std::string, std::filesystem::path>> generic;  ///< corpus name, tokens folder
  std::map<std::string, std::filesystem::path> domains;                ///< domain name, tokens folder
  Device device;
};

/// Bytes of the process while training: what was expected of it, and the peak that it had. 0: not known (another
/// device).
struct MemoryUse {
  std::uint64_t estimated = 0, peak = 0;
};

struct PretrainOutcome {
  TrainResult train;
  MemoryUse memory;
  NetworkConfig config;
  double flops = 0;
  double generic_loss = 0;  ///< validation
  std::string clusters;     ///< fingerprint of the generic windows' clusters: what expert i was trained on
};

/// The generic phase. Writes network.h5 (final weights, Checkpoint layout) and summary.json into `folder`, beside
/// train()'s files.
PretrainOutcome pretrain(const Project& project, const MethodSpec& method, std::uint64_t seed,
                         const MethodInputs& inputs, const std::function<std::vector<ProbePick>()>& picks,
                         const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task);
PretrainOutcome read_pretrain_summary(const std::filesystem::path& folder);

/// Picks the expert, projects it, evaluates before, fine-tunes with early stopping, evaluates after on the test set.
/// Writes small.h5 (weights of the specialized small network) and result.json. `pretrained` is the pretrain folder;
/// empty for slm-nopt.
ResultRecord specialize(const Project& project, const MethodSpec& method, const std::string& domain,
                        std::uint64_t tokens, std::uint64_t seed, const MethodInputs& inputs,
                        const std::filesystem::path& pretrained, const TrainHooks& hooks,
                        const std::filesystem::path& folder, const TaskContext& task);

/// The network that pretrain() wrote.
Network load_pretrained(const std::filesystem::path& folder, const Device& device);

struct ChosenExpert {
  int expert = -1;                ///< -1 for a small network
  double flops = 0, seconds = 0;  ///< of choosing
};
/// by_cluster: the domain's most frequent cluster; lowest_loss: every expert is evaluated on the domain's validation
/// set.
ChosenExpert choose_expert(const Project& project, const MethodInputs& inputs, const Network& network,
                           const std::string& domain, ExpertChoice choice, const TaskContext& task);

/// "project now": the small network of one expert, as a Checkpoint file that FORMATS.md describes.
void write_small_network(const Network& network, int expert, const std::filesystem::path& file,
                         const std::string& note);

}  // namespace pantograph
