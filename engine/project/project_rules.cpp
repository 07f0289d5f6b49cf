// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/project_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "project/project_checks.h"
#include "project/project_fields.h"
#include "project/project_file.h"
#include "project/project_grid.h"

namespace pantograph::project {
namespace detail {
namespace {

template <typename Spec>
void check_table(const Spec& spec, const std::string& key) {
  visit_fields(&spec, [&](const char* name, auto member, Effect, const auto& rule) {
    const std::string own = key.empty() ? name : key + '.' + name;
    if constexpr (kIsTable<std::decay_t<decltype(spec.*member)>>) {
      check_table(spec.*member, own);
    } else {
      rule(own, spec.*member);
    }
  });
}

template <typename Spec>
void check_section(const std::string& key, const Spec& spec) {
  check_table(spec, key);
}

template <typename Spec>
void check_section(const std::string& key, const std::vector<Spec>& specs) {
  for (const Spec& spec : specs) check_table(spec, key + '.' + spec.name);
}

void check_corpora(const Project& p) {
  std::set<std::string> names;
  for (const auto& c : p.corpora) {
    const std::string key = "corpus." + c.name;
    valid_name("corpus.name", c.name);
    if (!names.insert(c.name).second) refuse(key, "a second corpus of this name", "unique names");
    if (c.reader.empty()) refuse(key + ".reader", "\"\"", "the id of a reader, such as \"text\" or \"jsonl\"");
    const bool own_split = !c.train.empty() || !c.validation.empty() || !c.test.empty();
    if (own_split && !c.paths.empty()) {
      refuse(key + ".paths", "paths beside train, validation or test",
             "either paths, split by the seed, or your own three lists");
    }
    if (c.validation_fraction + c.test_fraction >= 1) {
      refuse(key + ".test_fraction", "nothing is left to train on", "validation_fraction + test_fraction below 1");
    }
  }
}

void check_clustering(const Project& p) {
  const ClusteringSpec& c = p.clustering;
  if (c.embedder.empty()) refuse("clustering.embedder", "\"\"", "the id of an embedder, such as \"tfidf-svd\"");
  at_least("clustering.sample_windows", c.sample_windows, 0);
  if (c.sample_windows > 0 && c.sample_windows < c.clusters) {
    refuse("clustering.sample_windows", fmt::format("{} windows for {} clusters", c.sample_windows, c.clusters),
           "at least one window for each cluster, or 0 for all");
  }
}

void check_block(const SmallNetworkSpec& n, const std::string& key) {
  one_of(key + ".block", n.block, {"gpt2", "llama"});
  if (n.block == "gpt2") {
    one_of(key + ".activation", n.activation, {"", "gelu", "gelu-tanh"});
    const char* const nothing = "nothing: only a block \"llama\" has it";
    if (n.key_value_heads != 0) refuse(key + ".key_value_heads", fmt::format("{}", n.key_value_heads), nothing);
    if (n.rope_base != SmallNetworkSpec{}.rope_base)
      refuse(key + ".rope_base", fmt::format("{}", n.rope_base), nothing);
    return;
  }
  if (!n.activation.empty())
    refuse(key + ".activation", '"' + n.activation + '"', "nothing: a block \"llama\" has SwiGLU");
  if (n.key_value_heads > 0 && n.heads % n.key_value_heads != 0) {
    refuse(key + ".key_value_heads", fmt::format("{} beside {} heads", n.key_value_heads, n.heads),
           "a number that divides the heads, or 0 for as many");
  }
  if (n.width / n.heads % 2 != 0) {
    refuse(key + ".heads", fmt::format("heads of size {}", n.width / n.heads),
           "heads of an even size: a block \"llama\" turns their numbers in pairs");
  }
}

void check_networks(const Project& p) {
  std::set<std::string> names;
  for (const auto& n : p.small) {
    const std::string key = "network." + n.name;
    valid_name(key, n.name);
    if (!names.insert(n.name).second) refuse(key, "a second network of this name", "unique names");
    if (n.width % n.heads != 0) {
      refuse(key + ".heads", fmt::format("{} heads for a width of {}", n.heads, n.width),
             "a number that divides the width");
    }
    check_block(n, key);
  }
  for (const auto& n : p.projected) {
    const std::string key = "network." + n.name;
    valid_name(key, n.name);
    if (!names.insert(n.name).second) refuse(key, "a second network of this name", "unique names");
    if (p.small_network(n.small) == nullptr) {
      std::vector<std::string> known;
      for (const auto& s : p.small) known.push_back(s.name);
      refuse(key + ".small", '"' + n.small + '"', "a small network of this project: " + list_words(known));
    }
  }
}

void check_specialization(const Project& p) {
  const SpecializationSpec& s = p.specialization;
  std::set<std::string> domains;
  for (const auto& name : s.domains) {
    const CorpusSpec* const corpus = p.corpus(name);
    if (corpus == nullptr || corpus->role != Role::domain) {
      std::vector<std::string> known;
      for (const auto& c : p.corpora) {
        if (c.role == Role::domain) known.push_back(c.name);
      }
      refuse("specialization.domains", corpus == nullptr ? '"' + name + '"' : '"' + name + "\", a generic corpus",
             "corpora of role \"domain\": " + list_words(known));
    }
    if (!domains.insert(name).second) refuse("specialization.domains", '"' + name + "\" twice", "each domain once");
  }
  std::set<std::uint64_t> sizes;
  for (const std::uint64_t tokens : s.tokens) {
    if (tokens == 0) refuse("specialization.tokens", "0", "sizes above 0");
    if (!sizes.insert(tokens).second)
      refuse("specialization.tokens", fmt::format("{} twice", tokens), "each size once");
  }
  std::set<double> factors;
  for (const double factor : s.sweep.rate_factor) {
    if (!factors.insert(factor).second)
      refuse("specialization.sweep.rate_factor", fmt::format("{} twice", factor), "each factor once");
  }
  if (s.sweep.rate_factor.size() > kMostSwept) {
    refuse("specialization.sweep.rate_factor", fmt::format("{} factors", s.sweep.rate_factor.size()),
           fmt::format("at most {}", std::size_t{kMostSwept}));
  }
  if (!factors.empty() && s.rate_factor > 0) {
    refuse("specialization.rate_factor", fmt::format("{} beside sweep.rate_factor", s.rate_factor), "one of the two");
  }
  check_selection("specialization.selection", s.selection, p.clustering.clusters);
  at_least("specialization.patience", s.patience, 0);
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string list_words(const std::vector<std::string>& words) {
  if (words.empty()) return "nothing";
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += '"' + words[i] + '"';
  }
  return out;
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

/// What a project asks for is held against what a graph of steps may hold, before anything is built from it.
void check_size(const Project& p) {
  for (const auto& [key, size] :
       {std::pair{"corpus", p.corpora.size()}, std::pair{"seeds", p.seeds.size()},
        std::pair{"network", p.small.size() + p.projected.size()}, std::pair{"method", p.methods.size()}}) {
    if (size > kMostTables) refuse(key, fmt::format("{}", size), fmt::format("at most {}", int{kMostTables}));
  }
  if (p.specialization.samples > kMostSamples) {
    refuse("specialization.samples", fmt::format("{}", p.specialization.samples),
           fmt::format("at most {}", int{kMostSamples}));
  }
  double points = 0, results = 0;
  for (const MethodSpec& method : p.methods) {
    const auto size = static_cast<double>(grid_size(method.grid));
    points += size;
    results += size *
               static_cast<double>(p.seeds.size() * std::max<std::size_t>(1, p.specialization.domains.size()) *
                                   std::max<std::size_t>(1, p.specialization.tokens.size())) *
               static_cast<double>(p.specialization.samples) * static_cast<double>(1 + method.generic.budgets.size());
  }
  if (points > kMostTables) {
    refuse("method", fmt::format("{} methods with those of grids", points),
           fmt::format("at most {}", int{kMostTables}));
  }
  if (results > kMostResults) {
    refuse("method", fmt::format("{:.0f} results of methods, seeds, samples, budgets, domains and sizes", results),
           fmt::format("at most {}", int{kMostResults}), "Make several projects of it.");
  }
}

void check_settings(const Project& project) {
  check_table(project, "");
  visit_sections(&project, [&](const char* key, auto member) { check_section(key, project.*member); });
}

void check_rules(const Project& project) {
  if (project.schema != kProjectSchema) {
    refuse("schema", fmt::format("{}", project.schema), fmt::format("{}", kProjectSchema));
  }
  if (project.name.empty()) refuse("name", "\"\"", "a name");
  if (project.seeds.empty()) refuse("seeds", "an empty list", "at least one seed");
  if (std::set<std::uint64_t>(project.seeds.begin(), project.seeds.end()).size() != project.seeds.size()) {
    refuse("seeds", "a seed twice", "each seed once");
  }
  check_size(project);
  check_settings(project);
  check_corpora(project);
  check_clustering(project);
  check_networks(project);
  check_methods(project);
  check_specialization(project);
}

}  // namespace detail

void validate_project(const Project& project) {
  try {
    detail::check_rules(project);
  } catch (const detail::Violation& v) {
    throw Error(ErrorKind::project, {"found " + v.found, v.key, v.expected, v.remedy});
  }
}

}  // namespace pantograph::project
