// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/project.h"

#include <algorithm>

namespace pantograph::project {
namespace fs = std::filesystem;
namespace {

template <typename Spec>
const Spec* find_by_name(const std::vector<Spec>& specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

}  // namespace

bool Project::operator==(const Project& other) const {
  return schema == other.schema && name == other.name && seed == other.seed && seeds == other.seeds &&
         evaluation_tokens == other.evaluation_tokens && corpora == other.corpora && tokenizer == other.tokenizer &&
         clustering == other.clustering && small == other.small && projected == other.projected &&
         methods == other.methods && specialization == other.specialization;
}

const CorpusSpec* Project::corpus(const std::string& corpus_name) const {
  return find_by_name(corpora, corpus_name);
}

bool SmallNetworkSpec::same_block(const SmallNetworkSpec& other) const {
  const auto kind = [](const SmallNetworkSpec& n) { return n.activation == "gelu-tanh"; };
  const auto key_heads = [](const SmallNetworkSpec& n) { return n.key_value_heads > 0 ? n.key_value_heads : n.heads; };
  return block == other.block && kind(*this) == kind(other) && rope_base == other.rope_base &&
         key_heads(*this) * other.heads == key_heads(other) * heads;
}

const SmallNetworkSpec* Project::small_network(const std::string& network_name) const {
  return find_by_name(small, network_name);
}

const ProjectedNetworkSpec* Project::projected_network(const std::string& network_name) const {
  return find_by_name(projected, network_name);
}

const MethodSpec* Project::method(const std::string& method_name) const {
  return find_by_name(methods, method_name);
}

namespace {

/// The file itself where the project was opened through a link: its paths and artifacts are beside it, not beside the
/// link.
fs::path real_file(const fs::path& file) {
  const fs::path named = fs::absolute(file.empty() ? fs::path("untitled.pantograph") : file);
  std::error_code code;
  const fs::path real = fs::weakly_canonical(named, code);
  return code ? named.lexically_normal() : real;
}

}  // namespace

fs::path Project::folder() const {
  return real_file(file).parent_path();
}

fs::path Project::artifacts() const {
  const fs::path real = real_file(file);
  return real.parent_path() / (real.stem().string() + ".artifacts");
}

std::uint64_t GenericSpec::branch_tokens() const {
  if (schedule != "wsd") return 0;
  double sum = 0;
  for (const std::uint64_t budget : budgets) sum += decay * static_cast<double>(budget);
  return static_cast<std::uint64_t>(sum);
}

double GenericSpec::stable_steps() const {
  const double smallest = static_cast<double>(budgets.empty() ? tokens : budgets.front());
  return (1 - decay) * smallest / static_cast<double>(tokens_per_step);
}

double SpecializationSpec::rate_factor_for(std::uint64_t size) const {
  if (rate_factor > 0) return rate_factor;
  return size <= 1'000'000 ? 1.0 / 3.0 : 1.0;
}

std::uint64_t SpecializationSpec::max_steps_for(std::uint64_t size) const {
  if (max_steps > 0) return max_steps;
  return size <= 1'000'000 ? 2'000 : size <= 8'000'000 ? 4'000 : 30'000;
}

int Project::clusters_of(const MethodSpec& method) const {
  return method.clusters > 0 ? method.clusters : clustering.clusters;
}

const std::string& Project::selection_of(const MethodSpec& method) const {
  return method.selection.empty() ? specialization.selection : method.selection;
}

const MethodSpec& Project::pretrained_by(const MethodSpec& method) const {
  const MethodSpec* const other = method.pretrained.empty() ? nullptr : this->method(method.pretrained);
  return other == nullptr ? method : *other;
}

std::uint64_t Project::tokens_before(const MethodSpec& method) const {
  const MethodSpec& own = pretrained_by(method);
  const MethodSpec* const from = own.start.empty() ? nullptr : this->method(own.start);
  if (from == nullptr) return 0;
  return own.start_budget > 0 ? own.start_budget : from->generic.tokens;
}

int Project::window() const {
  if (clustering.window > 0) return clustering.window;
  return small.empty() ? SmallNetworkSpec{}.context : small.front().context;
}

}  // namespace pantograph::project
