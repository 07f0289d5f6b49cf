// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of [[method]]: its network, its generic phase, and the methods that it builds on.
#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "project/method_kind.h"
#include "project/project_checks.h"
#include "project/project_grid.h"

namespace pantograph::project::detail {
namespace {

const MethodKind& kind_of(const MethodSpec& m) {
  return method_kind(m.kind);
}

/// The small network that a method's specialized models have.
const SmallNetworkSpec& check_network_of(const Project& p, const MethodSpec& m, const std::string& key) {
  std::vector<std::string> known;
  const bool projected = kind_of(m).projected;
  if (projected) {
    if (const auto* network = p.projected_network(m.network)) return *p.small_network(network->small);
    for (const auto& n : p.projected) known.push_back(n.name);
  } else {
    if (const auto* network = p.small_network(m.network)) return *network;
    for (const auto& n : p.small) known.push_back(n.name);
  }
  const char* const sort = projected ? "projected" : "small";
  refuse(key + ".network", '"' + m.network + '"',
         fmt::format("a {} network of this project: {}", sort, list_words(known)));
}

void check_budgets(const GenericSpec& g, const std::string& key) {
  for (std::size_t i = 0; i < g.budgets.size(); ++i) {
    if (g.budgets[i] == 0 || g.budgets[i] >= g.tokens || (i > 0 && g.budgets[i] <= g.budgets[i - 1])) {
      refuse(key + ".budgets", fmt::format("{}", g.budgets[i]),
             fmt::format("rising numbers of tokens, all below generic.tokens = {}", g.tokens));
    }
  }
  if (g.budgets.empty()) return;
  if (g.schedule != "constant" && g.schedule != "wsd") {
    refuse(key + ".schedule", '"' + g.schedule + "\" beside budgets", "\"wsd\" or \"constant\"",
           "This decay fits one length of the run only: the networks that it passes on its way would be unfinished.");
  }
  if (g.schedule == "wsd" && g.stable_steps() < static_cast<double>(g.warmup)) {
    refuse(key + ".budgets",
           fmt::format("{}, whose decay begins after {:.0f} steps", g.budgets.front(), g.stable_steps()),
           fmt::format("budgets whose decay begins behind the warm-up of {} steps", g.warmup),
           "Give it more tokens, or warm up for fewer steps.");
  }
}

/// A method that `m` names: there, another one, and not itself built on a third.
const MethodSpec& other_method(const Project& p, const MethodSpec& m, const std::string& key, const std::string& name) {
  const MethodSpec* const other = p.method(name);
  if (other == nullptr || other == &m) {
    std::vector<std::string> known;
    for (const auto& candidate : p.methods) {
      if (candidate.name != m.name) known.push_back(candidate.name);
    }
    refuse(key, '"' + name + '"', "another method of this project: " + list_words(known));
  }
  return *other;
}

/// Whether the one's network can stand for the other's.
bool same_generic_phase(const MethodKind& a, const MethodKind& b) {
  const auto sort = [](const MethodKind& k) {
    return std::tuple(k.generic_phase, k.projected, k.per_cluster, k.per_domain);
  };
  return sort(a) == sort(b);
}

void check_pretrained(const Project& p, const MethodSpec& m, const std::string& key) {
  if (m.pretrained.empty()) return;
  const std::string own = key + ".pretrained";
  const MethodKind& kind = kind_of(m);
  if (!kind.generic_phase) refuse(own, '"' + m.pretrained + '"', "nothing: " + m.kind + " has no generic phase");
  const MethodSpec& other = other_method(p, m, own, m.pretrained);
  if (!same_generic_phase(kind_of(other), kind) || other.network != m.network ||
      p.clusters_of(other) != p.clusters_of(m) || other.experts != m.experts) {
    refuse(own, fmt::format("\"{}\", of kind {} with the network {}", other.name, other.kind, other.network),
           fmt::format("a method with the same sort of generic phase and the network {}", m.network));
  }
  if (!other.pretrained.empty()) {
    refuse(own, '"' + m.pretrained + "\", which takes its network from \"" + other.pretrained + '"',
           "the method that is pretrained: \"" + other.pretrained + '"');
  }
  if (!(m.generic == GenericSpec{})) {
    refuse(key + ".generic", "settings of a generic phase beside `pretrained`", "one of the two",
           "The generic phase is that of \"" + m.pretrained + "\".");
  }
}

void check_start(const Project& p, const MethodSpec& m, const std::string& key, const SmallNetworkSpec& large) {
  if (m.start.empty()) {
    if (m.start_budget > 0)
      refuse(key + ".start_budget", fmt::format("{}", m.start_budget),
             "nothing: this method starts from random weights");
    return;
  }
  const std::string own = key + ".start";
  const MethodKind& kind = kind_of(m);
  if (!kind.grows || !m.pretrained.empty()) {
    refuse(own, '"' + m.start + '"', "a start only where one network has a generic phase of its own");
  }
  const MethodSpec& other = other_method(p, m, own, m.start);
  if (!kind_of(other).grown_from || !other.start.empty() || !other.pretrained.empty()) {
    refuse(own, fmt::format("\"{}\", of kind {}", other.name, other.kind),
           "a method of kind " + names_of_kinds(&MethodKind::grown_from) +
               " with a generic phase of its own, from random weights");
  }
  const std::vector<std::uint64_t>& budgets = other.generic.budgets;
  if (m.start_budget > 0 && std::find(budgets.begin(), budgets.end(), m.start_budget) == budgets.end()) {
    refuse(key + ".start_budget", fmt::format("{}", m.start_budget),
           budgets.empty()
               ? fmt::format("0: the end of the run, since \"{}\" has no budgets", other.name)
               : fmt::format("a budget of \"{}\": {}, or 0: the end of its run", other.name, fmt::join(budgets, ", ")));
  }
  const SmallNetworkSpec& small = *p.small_network(other.network);
  const int times = small.width > 0 ? large.width / small.width : 0;
  if (!large.same_block(small)) {
    refuse(own, fmt::format("the network {} beside {}", small.name, large.name),
           "equal block, activation and rope_base, and key_value_heads in the ratio of the heads");
  }
  if (large.width != times * small.width || large.heads != times * small.heads || large.layers != small.layers ||
      large.context != small.context || large.inner_width() != times * small.inner_width() ||
      kind.projected != (times == 1)) {
    refuse(own, fmt::format("the network {} beside {}", small.name, large.name),
           kind.projected ? "the small network of the projected one"
                          : "width, heads and inner width of the larger network the same multiple (2, 3, …) of the "
                            "smaller one's; equal layers and context");
  }
}

void check_kind(const Project& p, const MethodSpec& m, const std::string& key) {
  const MethodKind& kind = kind_of(m);
  if (!m.selection.empty()) {
    if (!kind.experts()) refuse(key + ".selection", '"' + m.selection + '"', "nothing: this method has no experts");
  }
  if (kind.experts()) {
    check_selection(m.selection.empty() ? "specialization.selection" : key + ".selection", p.selection_of(m),
                    p.clusters_of(m));
  }
  if (m.clusters > 0 && !kind.own_clusters()) {
    refuse(key + ".clusters", fmt::format("{}", m.clusters), "nothing: this method has no clusters");
  }
  if (m.clusters > 0 && p.clustering.sample_windows > 0 && p.clustering.sample_windows < m.clusters) {
    refuse(key + ".clusters", fmt::format("{} clusters", m.clusters),
           fmt::format("at most clustering.sample_windows = {}", p.clustering.sample_windows));
  }
  if (m.experts == "needed") {
    if (!kind.per_cluster) {
      refuse(key + ".experts", "\"needed\"",
             "\"all\": only " + names_of_kinds(&MethodKind::per_cluster) + " trains its experts apart");
    }
    if (const std::string& s = p.selection_of(m); s == "best-before" || s == "best-after") {
      refuse(key + ".experts", "\"needed\" beside the selection " + s, "\"all\": this selection tries every expert");
    }
  }
  if (m.adaptation == "lora") {
    if (!kind.adapters)
      refuse(key + ".adaptation", "\"lora\"", "\"full\" for every kind but " + names_of_kinds(&MethodKind::adapters));
    const SmallNetworkSpec& network =
        check_network_of(p, m, key);  // the narrowest matrix is as wide as the smaller one
    const int most = std::min(network.width, network.inner_width());
    if (m.lora_rank > most) {
      refuse(key + ".lora_rank", fmt::format("{}", m.lora_rank),
             fmt::format("at most {}, the narrowest matrix of the network {}", most, network.name));
    }
  }
  if (kind.taught) {
    const std::string expected = "a method of kind " + names_of_kinds(&MethodKind::teaches);
    if (m.teacher.empty()) refuse(key + ".teacher", "nothing", "the name of " + expected);
    const MethodSpec& teacher = other_method(p, m, key + ".teacher", m.teacher);
    if (!kind_of(teacher).teaches) refuse(key + ".teacher", '"' + m.teacher + '"', expected);
    const SmallNetworkSpec* const large = p.small_network(teacher.network);
    const SmallNetworkSpec* const small = p.small_network(m.network);
    if (large != nullptr && small != nullptr && large->context < small->context) {
      refuse(key + ".teacher", fmt::format("a context of {} tokens", large->context),
             fmt::format("at least the student's {}", small->context));
    }
  } else if (!m.teacher.empty()) {
    refuse(key + ".teacher", '"' + m.teacher + '"',
           "nothing: only " + names_of_kinds(&MethodKind::taught) + " has a teacher");
  }
}

void check_plain_methods(const Project& p) {
  for (const auto& m : p.methods) {
    const std::string key = "method." + m.name;
    const SmallNetworkSpec& small = check_network_of(p, m, key);
    check_budgets(m.generic, key + ".generic");
    const auto context = static_cast<std::uint64_t>(small.context);
    if (kind_of(m).generic_phase) {
      if (m.generic.tokens == 0) {
        refuse(key + ".generic.tokens", "0", "a number above 0; only " + names_of_kinds([](const MethodKind& k) {
                                               return !k.generic_phase;
                                             }) + " has no generic phase");
      }
      if (m.generic.tokens_per_step < context) {
        refuse(key + ".generic.tokens_per_step", fmt::format("{}", m.generic.tokens_per_step),
               fmt::format("at least one context of the network {}: {} tokens", small.name, context));
      }
    }
    if (m.rate_factor > 0 && !p.specialization.sweep.rate_factor.empty()) {
      refuse(key + ".rate_factor", fmt::format("{} beside specialization.sweep.rate_factor", m.rate_factor),
             "one of the two", "With a sweep every method tries the same factors.");
    }
    if (p.specialization.tokens_per_step < context) {
      refuse("specialization.tokens_per_step", fmt::format("{}", p.specialization.tokens_per_step),
             fmt::format("at least one context of the network {}: {} tokens", small.name, context));
    }
  }
  for (const auto& m : p.methods) {  // once every kind and network is known to be right
    const std::string key = "method." + m.name;
    check_kind(p, m, key);
    check_pretrained(p, m, key);
    check_start(p, m, key, check_network_of(p, m, key));
  }
}

}  // namespace

void check_selection(const std::string& key, const std::string& selection, int clusters) {
  if (selection == "frequent" || selection == "best-before" || selection == "best-after") return;
  int expert = -1;
  const char* const end = selection.data() + selection.size();
  const auto [at, error] = std::from_chars(selection.data(), end, expert);
  if (error != std::errc() || at != end || expert < 0 || expert >= clusters) {
    refuse(
        key, '"' + selection + '"',
        fmt::format("\"frequent\", \"best-before\", \"best-after\" or an expert's number from 0 to {}", clusters - 1));
  }
}

void check_methods(const Project& p) {
  std::set<std::string> names;
  for (const auto& m : p.methods) {
    const std::string key = "method." + m.name;
    one_of(key + ".kind", m.kind, all_kinds());
    valid_name("method.name", m.name);
    if (!names.insert(m.name).second) {
      refuse(key, "a second method of this name", "unique names",
             "Give each its own `name`; it is the kind unless said otherwise.");
    }
  }
  check_grids(p);
  try {
    check_plain_methods(expanded(p));
  } catch (const Violation& violation) {
    throw of_declaration(p, violation);
  }
}

}  // namespace pantograph::project::detail
