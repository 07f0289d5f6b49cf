// SPDX-License-Identifier: GPL-3.0-or-later
#include "project_template.h"

#include <algorithm>
#include <cctype>

using namespace pantograph;

Project newProject() {
  Project project;
  project.tokenizer.vocabulary = 4096;
  project.clustering.clusters = 8;
  project.small = {SmallNetworkSpec{}};
  project.projected = {ProjectedNetworkSpec{}};
  project.projected.front().h = 8;
  project.projected.front().m = 8;
  project.methods = {newMethod(project, "slm"), newMethod(project, "slm-pn")};
  project.specialization.tokens = {100'000};
  return project;
}

MethodSpec newMethod(const Project& project, const std::string& kind) {
  MethodSpec method;
  method.kind = kind;
  method.name = kind;
  for (int number = 2; project.method(method.name); ++number) method.name = kind + "-" + std::to_string(number);
  if (kind == "slm-pn") {
    if (!project.projected.empty()) method.network = project.projected.front().name;
  } else if (!project.small.empty()) {
    method.network = project.small.front().name;
  }
  const auto like = std::find_if(project.methods.begin(), project.methods.end(),
                                 [](const MethodSpec& other) { return other.generic.tokens > 0; });
  if (like != project.methods.end()) method.generic = like->generic;
  if (kind == "slm-nopt") method.generic.tokens = 0;
  return method;
}

std::string freeCorpusName(const Project& project, const std::string& wanted) {
  std::string base;
  for (const unsigned char c : wanted) base += std::isalnum(c) || c == '-' || c == '_' ? static_cast<char>(c) : '-';
  while (!base.empty() && base.back() == '-') base.pop_back();
  if (base.empty()) base = "corpus";
  std::string name = base;
  for (int number = 2; project.corpus(name); ++number) name = base + "-" + std::to_string(number);
  return name;
}
