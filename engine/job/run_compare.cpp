// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/run_compare.h"

#include <map>
#include <set>
#include <tuple>

#include "store/manifest.h"

namespace pantograph::job {
namespace {

using nlohmann::json;

/// Leaves of the settings by dotted path; a list is a leaf.
void flatten(const json& value, const std::string& path, std::map<std::string, std::string>& out) {
  if (!value.is_object()) {
    out[path] = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return;
  }
  for (const auto& [key, inner] : value.items()) flatten(inner, path.empty() ? key : path + '.' + key, out);
}

std::map<std::string, std::string> facts_of(const RunInfo& run) {
  std::map<std::string, std::string> facts;
  flatten(run.record.settings, "", facts);
  for (const auto& [input, hash] : run.record.inputs) facts["input: " + input] = hash;
  return facts;
}

/// Domain, tokens, budget, seed, sample.
using Place = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;

Place place_of(const RunInfo& run) {
  const StepKey& step = run.record.step;
  return {step.domain, step.tokens, step.budget, step.seed, step.sample};
}

/// Whether `user` read one of the networks that `generic` left.
bool made_from(const RunInfo& user, const RunInfo& generic) {
  const auto manifest = store::read_manifest(generic.folder);
  if (manifest == nullptr) return false;
  for (const auto& [file, entry] : manifest->files) {
    const auto input = user.record.inputs.find(generic.record.step.id() + ' ' + file);
    if (input != user.record.inputs.end() && input->second == entry.checksum) return true;
  }
  return false;
}

std::map<Place, double> outcomes(const RunList& all, const RunInfo& of) {
  std::map<Place, double> found;
  if (of.record.step.kind == StepKind::specialize) {
    if (of.result) found[place_of(of)] = of.result->perplexity_after;
    return found;
  }
  for (const auto& run : all) {  // the last started first: of several with the same place it counts
    if (run->result && made_from(*run, of)) found.emplace(place_of(*run), run->result->perplexity_after);
  }
  return found;
}

}  // namespace

RunComparison compare_runs(const RunList& all, const RunInfo& a, const RunInfo& b) {
  RunComparison out;
  const auto in_a = facts_of(a), in_b = facts_of(b);
  std::set<std::string> names;
  for (const auto& [name, value] : in_a) names.insert(name);
  for (const auto& [name, value] : in_b) names.insert(name);
  const auto text = [](const std::map<std::string, std::string>& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string() : found->second;
  };
  for (const std::string& name : names) {
    if (text(in_a, name) != text(in_b, name)) out.differences.push_back({name, text(in_a, name), text(in_b, name)});
  }
  const auto of_a = outcomes(all, a), of_b = outcomes(all, b);
  for (const auto& [place, value] : of_a) {
    const auto other = of_b.find(place);
    if (other == of_b.end()) continue;
    const auto& [domain, tokens, budget, seed, sample] = place;
    out.results.push_back({domain, tokens, seed, budget, sample, value, other->second});
  }
  return out;
}

}  // namespace pantograph::job
