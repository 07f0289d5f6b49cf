// SPDX-License-Identifier: GPL-3.0-or-later
// What the two phases share: rows of a step, token stores, evaluation sets. Private to this room.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cluster/clustering.h"
#include "method/method.h"
#include "model/model_file.h"
#include "token/tokenizer.h"

namespace pantograph::method::recipe {

/// How a step's tokens fall into rows: whole rows of `context` tokens, a number of rows that the groups divide.
struct StepShape {
  int rows = 1;
  int groups = 1;
  std::uint64_t tokens(int context) const { return static_cast<std::uint64_t>(rows) * context; }
};
StepShape step_shape(std::uint64_t tokens_per_step, int context, int groups_wanted);

/// Refuses a training run that does not fit into memory, before it starts, and measures what it takes.
class MemoryWatch {
 public:
  /// Error(project) with what would fit. Only the CPU's memory is looked after. fine_tunes: the network and its teacher
  /// are there already.
  MemoryWatch(const network::NetworkConfig& config, const train::TrainSettings& settings, const StepShape& shape,
              const network::Device& device, const std::string& method, bool fine_tunes = false);
  MemoryUse use() const;

 private:
  std::uint64_t estimated_ = 0;
};

using Stores = std::vector<std::pair<std::string, std::shared_ptr<const token::TokenStore>>>;
Stores open_generic(const MethodInputs& inputs);
std::shared_ptr<const token::TokenStore> open_domain(const MethodInputs& inputs, const std::string& domain);

/// A domain's validation or test set.
token::EvaluationSet domain_evaluation(const project::Project& project, const MethodInputs& inputs,
                                       const std::string& domain, corpus::Split split, int context);

/// By document, from what each target of a domain's set has of the loss.
measure::TestLosses document_losses(const token::EvaluationSet& set, const std::vector<float>& each);
void write_test_losses(const measure::TestLosses& test, const std::filesystem::path& folder);
/// Of the text that the set's targets stand for.
std::uint64_t text_bytes(const token::EvaluationSet& set, const token::Tokenizer& tokenizer);

/// What is written beside a generic phase's network.
void write_pretrain_summary(const PretrainOutcome& outcome, const std::filesystem::path& folder);
network::Network load_network(const std::filesystem::path& file, const network::Device& device);

/// What the generic phase of a part reads.
struct GenericData {
  token::WindowSet train, validation;
  double share = 1;            ///< of the method's budget that this run has
  std::vector<double> shares;  ///< to draw clusters by; empty: in proportion to their tokens
  std::string clusters;        ///< fingerprint of the whole generic set's
  ResamplingFacts resampling;
};
GenericData generic_data(const project::MethodSpec& method, const PretrainPart& part, const MethodInputs& inputs,
                         const TaskContext& task);

/// What a generic phase begins with: random weights, or grown from the network in `grown_from` (see PretrainPart).
network::Network starting_network(const project::MethodSpec& method, const network::NetworkConfig& config,
                                  std::uint64_t seed, const std::filesystem::path& grown_from,
                                  const network::Device& device);

/// The small networks that a domain may be specialized from: one, or one for each expert.
struct Candidates {
  int count = 1;
  std::vector<int> trained;                    ///< those that are there
  std::function<network::Network(int)> small;  ///< of expert i
};
/// Error(run) when experts belong to other clusters than those that are there now.
Candidates candidates(const project::MethodSpec& method, const Pretrained& pretrained, const MethodInputs& inputs);

/// Windows of a sample by cluster: all that a method may know of a domain before it is trained on it.
std::vector<std::uint64_t> histogram(const MethodInputs& inputs, const std::string& domain,
                                     const token::WindowSet& sample);
int most_frequent(const std::vector<std::uint64_t>& counts);  ///< the first of equals

/// The experts to fine-tune, and what finding them cost [PN, expert selection]: the most frequent cluster's, that of
/// the lowest validation loss, or ("best-after") all.
struct Shortlist {
  std::vector<int> experts;
  double flops = 0, seconds = 0;
};
Shortlist shortlist(const Candidates& candidates, const std::string& selection, int frequent, const std::string& domain,
                    const token::EvaluationSet& validation, const std::string& precision, const TaskContext& task);

/// Fingerprint of every window's cluster.
std::string fingerprint(const token::WindowSet& windows);

/// The expert that `selection` names before any fine-tuning: "frequent" and "best-before" as an ExpertChoice, a number
/// as a fixed one. Error(project) for a number outside the experts.
train::ExpertChoice parse_selection(const std::string& selection, int experts);

/// by_cluster becomes the domain's most frequent cluster, for a set that one expert serves.
train::ExpertChoice resolve(train::ExpertChoice choice, const cluster::ClusteringSummary& clustering,
                            const std::string& domain);

/// With the tokenizer and the version of the program.
void write_model(const network::Network& network, model::ModelFacts facts, const MethodInputs& inputs,
                 const std::filesystem::path& file);

}  // namespace pantograph::method::recipe
