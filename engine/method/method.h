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
#include "model/model_file.h"
#include "network/network.h"
#include "project/method_kind.h"
#include "project/project.h"
#include "token/sampler.h"
#include "train/train.h"

namespace pantograph::method {

/// The network's shape for a method of the project.
network::NetworkConfig method_network(const project::Project& project, const project::MethodSpec& method,
                                      int vocabulary);

/// Why a method's generic phase, or its fine-tuning, does not fit into this machine's free memory, and which single
/// change would: "" where it fits, or where the device has memory of its own.
std::string memory_shortfall(const project::Project& project, const project::MethodSpec& method, bool generic_phase,
                             const network::Device& device);

/// Probes that the user picked: may be changed while a run goes on, from any thread.
struct ProbePick {
  std::string domain;
  train::ExpertChoice choice;
};

/// What the recipes read: artifacts of the earlier steps, already made.
struct MethodInputs {
  int vocabulary = 0;
  std::filesystem::path tokenizer;                                     ///< file; empty: how long texts are is not known
  std::filesystem::path clustering;                                    ///< folder
  std::vector<std::pair<std::string, std::filesystem::path>> generic;  ///< corpus name, tokens folder
  std::map<std::string, std::filesystem::path> domains;                ///< domain name, tokens folder
  network::Device device;
  std::string program;  ///< its version, for what is written
};

/// Bytes of the process while training: what was expected of it, and the peak that it had. 0: not known (another
/// device).
struct MemoryUse {
  std::uint64_t estimated = 0, peak = 0;
};

/// A point of the generic phase that models are specialized from: a budget of the method, or its end.
struct GenericStage {
  std::uint64_t budget = 0;  ///< tokens of the whole method; 0: the end of the run
  std::uint64_t tokens = 0;  ///< that the network has seen
  double flops = 0, seconds = 0;
  double generic_loss = 0;           ///< validation, nats per token; of its own cluster for an expert of a mixture
  std::uint64_t generic_tokens = 0;  ///< that this loss is a mean of
};

/// What a generic phase that resamples the generic set drew from [PN, importance sampling].
struct ResamplingFacts {
  double effective_windows = 0, windows = 0;  ///< effective sample size of the weights, and of the generic set
  double repetition = 0;                      ///< how often a token that is drawn is read, on average
};

struct PretrainOutcome {
  train::TrainResult train;
  MemoryUse memory;
  network::NetworkConfig config;
  std::vector<GenericStage> stages;  ///< rising; the end of the run is the last
  std::string clusters;              ///< fingerprint of the generic windows' clusters: what expert i was trained on
  ResamplingFacts resampling;
  const GenericStage& stage(std::uint64_t budget) const;  ///< Error(run) when the run has none of this budget
};

/// Which run of a method's generic phase, and what it grows from.
struct PretrainPart {
  int cluster = -1;                  ///< of a run for each cluster: on its windows alone, for its share of the budget
  std::string domain;                ///< of a run for each domain: resampled for it
  std::uint64_t specialization = 0;  ///< tokens of that domain's sample that its histogram is taken from
  std::uint64_t seed = 0;            ///< of the sample
  std::uint32_t window = 0;          ///< tokens of the clustering's windows
  std::filesystem::path grown_from;  ///< pretrain folder of the method that `start` names; empty: random weights
};

/// The generic phase. Writes network.h5 (final weights, Checkpoint layout), network-BUDGET.h5 for each smaller budget,
/// and summary.json into `folder`, beside train()'s files.
PretrainOutcome pretrain(const project::Project& project, const project::MethodSpec& method, std::uint64_t seed,
                         const PretrainPart& part, const MethodInputs& inputs,
                         const std::function<std::vector<ProbePick>()>& picks, const train::TrainHooks& hooks,
                         const std::filesystem::path& folder, const TaskContext& task);
PretrainOutcome read_pretrain_summary(const std::filesystem::path& folder);

/// What a specialization starts from.
struct Pretrained {
  std::vector<std::filesystem::path> folders;  ///< of pretrain(): none without a generic phase, one, or one for
                                               ///< each cluster (empty where that expert was not trained)
  std::uint64_t budget = 0;                    ///< of the generic phase; 0: its end
  std::filesystem::path teacher;               ///< of the teacher's specialize(), for kinds that are taught
};

/// Of one specialization.
struct SpecializePart {
  std::string domain;
  std::uint64_t tokens = 0;  ///< size of the set
  std::uint64_t seed = 0;
  std::uint64_t sample = 1;  ///< which draw of the set
};

/// Picks the expert, projects it, evaluates before, fine-tunes with early stopping, evaluates after on the test set.
/// Writes small.h5 (weights of the specialized small network), test-losses.h5 and result.json; where several experts or
/// rates are tried, beside it a folder for each.
measure::ResultRecord specialize(const project::Project& project, const project::MethodSpec& method,
                                 const SpecializePart& part, const MethodInputs& inputs, const Pretrained& pretrained,
                                 const train::TrainHooks& hooks, const std::filesystem::path& folder,
                                 const TaskContext& task);

/// Names of what the phases leave: the network at a budget of the generic phase (0: at its end), the specialized small
/// network, and its record.
std::string network_file_name(std::uint64_t budget);
inline constexpr const char* kSmallNetworkFile = "small.h5";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kTestLossesFile = "test-losses.h5";

/// What specialize() found of the test set; null where an older version has not written it. Error(run) for a damaged
/// file.
std::shared_ptr<const measure::TestLosses> read_test_losses(const std::filesystem::path& folder);

/// The network that pretrain() wrote, at a budget of its method or (0) at its end.
network::Network load_pretrained(const std::filesystem::path& folder, const network::Device& device,
                                 std::uint64_t budget = 0);

struct ChosenExpert {
  int expert = -1;                ///< -1 for a small network
  double flops = 0, seconds = 0;  ///< of choosing
};
/// by_cluster: the domain's most frequent cluster; lowest_loss: every expert is evaluated on the domain's validation
/// set.
ChosenExpert choose_expert(const project::Project& project, const MethodInputs& inputs, const network::Network& network,
                           const std::string& domain, train::ExpertChoice choice, const TaskContext& task);

/// "project now": the small network of one expert, as a model file.
void write_small_network(const network::Network& network, int expert, model::ModelFacts facts,
                         const MethodInputs& inputs, const std::filesystem::path& file);

}  // namespace pantograph::method
