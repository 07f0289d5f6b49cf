// SPDX-License-Identifier: GPL-3.0-or-later
// The project: a declaration, as values. project/project_file.h reads and writes it as TOML; docs/FORMATS.md lists the
// keys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace pantograph::project {

inline constexpr int kProjectSchema = 1;

enum class Role { generic, domain };

struct CorpusSpec {
  std::string name;  ///< letters, digits, - and _; unique
  Role role = Role::generic;
  std::string reader = "text";     ///< id of a reader, built in or from a plugin
  std::vector<std::string> paths;  ///< files, folders or * patterns, relative to the project; split by the seed
  std::vector<std::string> train, validation, test;  ///< or the user's own files (then `paths` is empty)
  std::vector<std::string> exclude;                  ///< patterns of paths to leave out (corpus/source_files.h)
  std::string text_field = "text";    ///< of records: a field, or a template of several (corpus/text_field.h)
  std::string encoding;               ///< of text files, as in "windows-1252"; empty: found out
  double validation_fraction = 0.05;  ///< of documents, when split by the seed
  double test_fraction = 0.05;
  std::uint64_t max_documents = 0;         ///< 0: no limit
  std::uint64_t max_bytes = 0;             ///< of text; 0: no limit
  std::uint64_t min_characters = 1;        ///< shorter documents are dropped and counted
  std::string near_duplicates = "report";  ///< copies with small changes: or "drop" from training, or "keep"
  bool operator==(const CorpusSpec&) const = default;
};

struct TokenizerSpec {
  int vocabulary = 4096;                    ///< pieces, trained on the generic set
  std::string algorithm = "unigram";        ///< or "bpe"
  std::string model;                        ///< a SentencePiece model of the user's instead
  std::uint64_t sample_bytes = 10'000'000;  ///< of generic text used for training it
  bool operator==(const TokenizerSpec&) const = default;
};

struct ClusteringSpec {
  std::string embedder = "tfidf-svd";
  int clusters = 16;           ///< k of the projected network
  int window = 0;              ///< tokens; 0: the first small network's context
  int features = 65536;        ///< hashed TF-IDF features
  int dimensions = 64;         ///< of the truncated SVD
  int sample_windows = 20000;  ///< windows that the SVD and k-means are fitted on; 0: all
  int restarts = 3;
  int iterations = 30;
  std::string model;  ///< folder of the embedder's trained model, relative to the project; for embedders that need one
  bool operator==(const ClusteringSpec&) const = default;
};

struct SmallNetworkSpec {
  std::string name = "small";
  int layers = 2;
  int width = 64;  ///< d
  int heads = 4;
  int inner = 0;      ///< d' of the MLP; 0: 4·width
  int context = 128;  ///< tokens
  std::string block = "gpt2";
  std::string activation = {};  ///< of gpt2's MLP; empty: the block's own
  int key_value_heads = 0;      ///< of a llama block; 0: as many as heads
  int rope_base = 10'000;       ///< θ of a llama block's rotary positions
  bool operator==(const SmallNetworkSpec&) const = default;
  int inner_width() const { return inner > 0 ? inner : 4 * width; }
  /// Whether another network computes the same functions, at whatever sizes.
  bool same_block(const SmallNetworkSpec& other) const;
};

struct ProjectedNetworkSpec {
  std::string name = "projected";
  std::string small = "small";                                   ///< the SmallNetworkSpec that its projections have
  int h = 16;                                                    ///< capacity multiplier
  int m = 8;                                                     ///< size of an expert's vector
  bool operator==(const ProjectedNetworkSpec&) const = default;  // k is clustering.clusters
};

/// The generic phase.
struct GenericSpec {
  std::uint64_t tokens = 1'000'000;    ///< budget; 0 without a generic phase
  std::vector<std::uint64_t> budgets;  ///< smaller ones that the run is specialized from as well, as it passes them
  std::uint64_t tokens_per_step = 8192;
  double rate = 1e-3;               ///< peak learning rate
  std::uint64_t warmup = 100;       ///< steps
  std::string schedule = "cosine";  ///< after warm-up: "constant", "cosine", "linear", or "wsd" (stable, then decay)
  double decay = 0.2;               ///< "wsd": share of the steps that decay, of the whole run and of each budget
  double final_rate = 0.1;          ///< fraction of `rate` at the end of a decay
  double clip = 5.0;                ///< gradient norm [METHOD: 5.0]
  double weight_decay = 0.0;
  std::uint64_t rows_at_once = 0;  ///< rows per forward pass; 0: the whole step (else gradients accumulate)
  int experts_per_step = 4;        ///< clusters drawn for one step
  double evaluate_every = 0.05;    ///< fraction of the run between evaluations and probes
  double checkpoint_seconds = 30;  ///< between checkpoints
  std::string precision = "fp32";  ///< or "bf16"
  bool operator==(const GenericSpec&) const = default;
  /// Read beside `tokens`: by the decays that smaller budgets end in, each from the run's own path ("wsd").
  std::uint64_t branch_tokens() const;
  /// Steps before the decay of the smallest budget, which begins behind the warm-up: "wsd" asks for that.
  double stable_steps() const;
};

/// Values to run a method with, each combination as a method of its own (project/project_grid.h). An empty list: as the
/// method and its network have it.
struct MethodGrid {
  std::vector<int> h, m;      ///< of its projected network
  std::vector<int> clusters;  ///< k
  bool operator==(const MethodGrid&) const = default;
  bool empty() const { return h.empty() && m.empty() && clusters.empty(); }
};

struct MethodSpec {
  std::string name;     ///< unique; default: its kind
  std::string kind;     ///< id of a row in project/method_kind.cpp, which says what the settings below are for
  std::string network;  ///< name of a network of the right sort
  GenericSpec generic;
  std::string pretrained;  ///< name of a method whose generic phase this one takes over; empty: its own
  std::string selection;   ///< of the expert, in place of specialization.selection
  int clusters = 0;        ///< k of its own; 0: clustering.clusters
  double rate_factor = 0;  ///< of the generic rate, when fine-tuning; 0: specialization.rate_factor
  std::string start;       ///< name of a method whose network this one's grows from (HyperCloning); empty: random
  std::uint64_t start_budget = 0;           ///< which of that method's budgets; 0: the end of its run
  std::string start_variant = "symmetric";  ///< or "diagonal"
  double start_noise = 10;                  ///< signal-to-noise ratio of the copies in dB; 0: no noise
  std::string adaptation = "full";          ///< fine-tuning of all weights, or "lora"
  int lora_rank = 8;
  double lora_alpha = 16;
  double rate_t = 0.25;  ///< learning-rate factors of T, E and M
  double rate_e = 1.0;
  double rate_m = 1.0;
  std::string t_moments = "fp32";  ///< Adam's moments of T; "bf16" halves them, rounding stochastically
  std::string experts = "all";     ///< which are trained; or "needed": the domains' most frequent clusters
  std::string teacher;             ///< name of a method that teaches
  double temperature = 1.0;        ///< of both distributions
  double teacher_weight = 0.5;     ///< share of the teacher in the loss; the rest is the text's
  MethodGrid grid;                 ///< empty: one method
  bool operator==(const MethodSpec&) const = default;
};

/// Values to try in place of a setting of [specialization]. Every fine-tuning tries each, keeps the one of the lowest
/// validation loss, and pays for all. Empty: none.
struct SpecializationSweep {
  std::vector<double> rate_factor;
  bool operator==(const SpecializationSweep&) const = default;
};

struct SpecializationSpec {
  std::vector<std::string> domains;    ///< names of domain corpora
  std::vector<std::uint64_t> tokens;   ///< sizes of the specialization set
  std::uint64_t samples = 1;           ///< draws of each set, for each seed; they share its generic phase
  std::string selection = "frequent";  ///< expert: "frequent", "best-before", "best-after", or a number
  double rate_factor = 0;              ///< of the method's generic rate; 0: the paper's, by size
  SpecializationSweep sweep;
  std::uint64_t tokens_per_step = 2048;
  std::uint64_t max_steps = 0;  ///< 0: the paper's, by size
  std::uint64_t warmup = 0;
  std::uint64_t evaluate_every = 20;  ///< steps
  int patience = 5;                   ///< evaluations without a better validation loss
  std::string precision = "fp32";
  bool operator==(const SpecializationSpec&) const = default;
  /// [PN, fine-tuning]: up to 1M tokens a third of the base rate and at most 2k steps; up to 8M the base rate and 4k;
  /// beyond that the base rate and 30k. Early stopping ends most runs before.
  double rate_factor_for(std::uint64_t size) const;
  std::uint64_t max_steps_for(std::uint64_t size) const;
};

struct Project {
  int schema = kProjectSchema;
  std::string name = "untitled";
  std::uint64_t seed = 7;                     ///< splits, tokenizer, clustering
  std::vector<std::uint64_t> seeds = {7};     ///< one run of every method for each
  std::uint64_t evaluation_tokens = 200'000;  ///< at most so many per evaluation of a validation or test set; 0: all
  std::vector<CorpusSpec> corpora;
  TokenizerSpec tokenizer;
  ClusteringSpec clustering;
  std::vector<SmallNetworkSpec> small;
  std::vector<ProjectedNetworkSpec> projected;
  std::vector<MethodSpec> methods;
  SpecializationSpec specialization;
  std::filesystem::path file;  ///< where it was read from; not part of its value
  bool operator==(const Project& other) const;

  const CorpusSpec* corpus(const std::string& corpus_name) const;
  const SmallNetworkSpec* small_network(const std::string& network_name) const;
  const ProjectedNetworkSpec* projected_network(const std::string& network_name) const;
  const MethodSpec* method(const std::string& method_name) const;
  std::filesystem::path folder() const;     ///< that relative paths start from
  std::filesystem::path artifacts() const;  ///< NAME.artifacts beside NAME.pantograph
  int window() const;                       ///< clustering window in tokens, resolved
  int clusters_of(const MethodSpec& method) const;
  const std::string& selection_of(const MethodSpec& method) const;
  /// The method whose generic phase this one uses: itself, unless `pretrained` names another.
  const MethodSpec& pretrained_by(const MethodSpec& method) const;
  /// Generic tokens of the network that this one's generic phase grows from; 0 from random weights.
  std::uint64_t tokens_before(const MethodSpec& method) const;
};

}  // namespace pantograph::project
