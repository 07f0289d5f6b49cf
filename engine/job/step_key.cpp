// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/step_key.h"

#include <fmt/format.h>

#include <utility>

#include "base/words.h"

namespace pantograph::job {

StepKey StepKey::import(std::string corpus) {
  StepKey key(StepKind::import);
  key.corpus = std::move(corpus);
  return key;
}

StepKey StepKey::overlap() {
  return StepKey(StepKind::overlap);
}

StepKey StepKey::distinct(std::string corpus) {
  StepKey key(StepKind::distinct);
  key.corpus = std::move(corpus);
  return key;
}

StepKey StepKey::tokenizer() {
  return StepKey(StepKind::tokenizer);
}

StepKey StepKey::tokenize(std::string corpus) {
  StepKey key(StepKind::tokenize);
  key.corpus = std::move(corpus);
  return key;
}

StepKey StepKey::clustering(int own_clusters) {
  StepKey key(StepKind::cluster);
  key.clusters = own_clusters;
  return key;
}

StepKey StepKey::pretrain(std::string method, std::uint64_t seed) {
  StepKey key(StepKind::pretrain);
  key.method = std::move(method);
  key.seed = seed;
  return key;
}

StepKey StepKey::pretrain_for(std::string method, std::uint64_t seed, std::string domain) {
  StepKey key = pretrain(std::move(method), seed);
  key.domain = std::move(domain);
  return key;
}

StepKey StepKey::pretrain_expert(std::string method, std::uint64_t seed, int cluster) {
  StepKey key = pretrain(std::move(method), seed);
  key.cluster = cluster;
  return key;
}

StepKey StepKey::specialize(std::string method, std::string domain, std::uint64_t tokens, std::uint64_t seed,
                            std::uint64_t budget, std::uint64_t sample) {
  StepKey key(StepKind::specialize);
  key.method = std::move(method);
  key.domain = std::move(domain);
  key.tokens = tokens;
  key.seed = seed;
  key.budget = budget;
  key.sample = sample;
  return key;
}

StepKey StepKey::report() {
  return StepKey(StepKind::report);
}

std::string StepKey::id() const {
  std::string id = to_string(kind);
  switch (kind) {
    case StepKind::import:
    case StepKind::distinct:
    case StepKind::tokenize:
      return id + '/' + corpus;
    case StepKind::overlap:
    case StepKind::tokenizer:
    case StepKind::report:
      return id;
    case StepKind::cluster:
      return clusters > 0 ? fmt::format("{}/{}", id, clusters) : id;
    case StepKind::pretrain:
      id = fmt::format("{}/{}/{}", id, method, seed);
      if (cluster >= 0) return fmt::format("{}/{}", id, cluster);
      return domain.empty() ? id : id + '/' + domain;
    case StepKind::specialize:
      id = fmt::format("{}/{}/{}/{}/{}", id, method, domain, tokens, words::seed_and_sample(seed, sample));
      return budget > 0 ? fmt::format("{}/{}", id, budget) : id;
  }
  return id;
}

const char* to_string(StepKind kind) {
  switch (kind) {
    case StepKind::import:
      return "import";
    case StepKind::overlap:
      return "overlap";
    case StepKind::distinct:
      return "distinct";
    case StepKind::tokenizer:
      return "tokenizer";
    case StepKind::tokenize:
      return "tokenize";
    case StepKind::cluster:
      return "cluster";
    case StepKind::pretrain:
      return "pretrain";
    case StepKind::specialize:
      return "specialize";
    case StepKind::report:
      return "report";
  }
  return "report";
}

bool is_part_of(const std::string& id, const std::string& part) {
  return id == part || (id.size() > part.size() && id.compare(0, part.size(), part) == 0 && id[part.size()] == '/');
}

}  // namespace pantograph::job
