// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/project.h"

#include <algorithm>

namespace pantograph {
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

const SmallNetworkSpec* Project::small_network(const std::string& network_name) const {
  return find_by_name(small, network_name);
}

const ProjectedNetworkSpec* Project::projected_network(const std::string& network_name) const {
  return find_by_name(projected, network_name);
}

const MethodSpec* Project::method(const std::string& method_name) const {
  return find_by_name(methods, method_name);
}

fs::path Project::folder() const {
  const fs::path parent = fs::absolute(file.empty() ? fs::path("untitled.pantograph") : file).parent_path();
  return parent.lexically_normal();
}

fs::path Project::artifacts() const {
  const std::string stem = file.empty() ? "untitled" : file.stem().string();
  return folder() / (stem + ".artifacts");
}

int Project::window() const {
  if (clustering.window > 0) return clustering.window;
  return small.empty() ? SmallNetworkSpec{}.context : small.front().context;
}

}  // namespace pantograph
