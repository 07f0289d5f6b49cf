// SPDX-License-Identifier: GPL-3.0-or-later
// Which step: a value. Its id is text for people, folders and the command line; nothing takes an id apart.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace pantograph::job {

enum class StepKind { import, overlap, distinct, tokenizer, tokenize, cluster, pretrain, specialize, report };

/// The fields that a kind does not have stand at their defaults.
struct StepKey {
  StepKind kind = StepKind::report;
  std::string corpus;        ///< import, distinct, tokenize
  std::string method;        ///< pretrain, specialize
  std::uint64_t seed = 0;    ///< pretrain, specialize
  std::string domain;        ///< specialize; pretrain of a method that has a generic phase for each domain
  int cluster = -1;          ///< pretrain of one expert of a mixture
  std::uint64_t tokens = 0;  ///< specialize: size of the specialization set
  std::uint64_t sample = 1;  ///< specialize: which draw of that set
  std::uint64_t budget = 0;  ///< specialize: of the generic phase that it starts from; 0: its end
  int clusters = 0;          ///< cluster: k, where it is not the project's

  StepKey() = default;
  explicit StepKey(StepKind step_kind) : kind(step_kind) {}
  auto operator<=>(const StepKey&) const = default;

  static StepKey import(std::string corpus);
  static StepKey overlap();                     ///< what the corpora have in common
  static StepKey distinct(std::string corpus);  ///< its documents without near-copies
  static StepKey tokenizer();
  static StepKey tokenize(std::string corpus);
  static StepKey clustering(int own_clusters = 0);  ///< 0: the project's k
  static StepKey pretrain(std::string method, std::uint64_t seed);
  static StepKey pretrain_for(std::string method, std::uint64_t seed, std::string domain);
  static StepKey pretrain_expert(std::string method, std::uint64_t seed, int cluster);
  static StepKey specialize(std::string method, std::string domain, std::uint64_t tokens, std::uint64_t seed,
                            std::uint64_t budget = 0, std::uint64_t sample = 1);
  static StepKey report();

  /// "import/law", "tokenizer", "cluster/32", "pretrain/slm-mix/7/3", "specialize/slm/law/100000/7/2000000",
  /// "specialize/slm/law/100000/7.2" (the second sample), "report".
  std::string id() const;
  bool trains() const { return kind == StepKind::pretrain || kind == StepKind::specialize; }
};

/// First part of the ids: "import", "tokenizer", …
const char* to_string(StepKind kind);

/// Whether a step is asked for by its id or by its first parts: "pretrain", "specialize/slm".
bool is_part_of(const std::string& id, const std::string& part);

}  // namespace pantograph::job
