// SPDX-License-Identifier: GPL-3.0-or-later
// Two clustering artifacts, checked against each other and compared.
#include "cluster/compare.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "store/hdf5.h"

namespace pantograph::cluster {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Artifact {
  fs::path folder;
  ClusteringSummary summary;
  std::map<std::string, std::vector<std::uint16_t>> labels;  // of the train split, by corpus
};

Artifact read_artifact(const fs::path& folder) {
  Artifact out{folder, read_clustering_summary(folder), {}};
  const fs::path path = folder / "clustering.h5";
  const auto fail = [&](const std::string& found, const std::string& expected) {
    throw Error(ErrorKind::run, {found, path.string(), expected, "Delete the clustering's folder and run again."});
  };
  const auto file = store::Hdf5File::open(path);
  const std::string begin = "assignments/", end = "/train";
  for (const std::string& name : file.datasets("assignments")) {
    if (!name.starts_with(begin) || !name.ends_with(end)) continue;
    auto labels = file.read_all<std::uint16_t>(name, store::DataType::u16);
    const auto wrong =
        std::find_if(labels.begin(), labels.end(), [&](int label) { return label >= out.summary.clusters; });
    if (wrong != labels.end())
      fail(name + " names cluster " + std::to_string(*wrong), "0 to " + std::to_string(out.summary.clusters - 1));
    out.labels[name.substr(begin.size(), name.size() - begin.size() - end.size())] = std::move(labels);
  }
  for (const auto& [name, histogram] : out.summary.domains) {
    if (!out.labels.contains(name)) fail("no windows of " + name, "those of every corpus that summary.json names");
  }
  return out;
}

[[noreturn]] void differ(const Artifact& a, const Artifact& b, const std::string& what, const std::string& in_a,
                         const std::string& in_b) {
  throw Error(ErrorKind::input, {what + ": " + in_a + " and " + in_b, a.folder.string() + " and " + b.folder.string(),
                                 "two clusterings of the same windows",
                                 "Cluster the same corpora twice, with the same tokenizer and clustering.window."});
}

std::vector<std::string> generic_corpora(const Artifact& artifact) {
  std::vector<std::string> out;
  for (const auto& [name, labels] : artifact.labels) {
    if (!artifact.summary.domains.contains(name)) out.push_back(name);
  }
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

std::uint64_t tokens(const ClusterHistogram& histogram) {
  return std::accumulate(histogram.tokens.begin(), histogram.tokens.end(), std::uint64_t{0});
}

void check_tokens(const Artifact& a, const Artifact& b, const std::string& name, const ClusterHistogram& in_a,
                  const ClusterHistogram& in_b) {
  if (tokens(in_a) != tokens(in_b)) {
    differ(a, b, "the tokens of " + name + " differ", std::to_string(tokens(in_a)), std::to_string(tokens(in_b)));
  }
}

void check_windows(const Artifact& a, const Artifact& b, const std::string& corpus) {
  const std::size_t in_a = a.labels.at(corpus).size(), in_b = b.labels.at(corpus).size();
  if (in_a != in_b) differ(a, b, "the windows of " + corpus + " differ", std::to_string(in_a), std::to_string(in_b));
}

json to_json(const ClusterConcentration& c) {
  return {{"most_frequent", c.most_frequent}, {"top_fraction", c.top_fraction}, {"entropy", c.entropy}};
}

}  // namespace

ClusterConcentration concentration_of(const ClusterHistogram& histogram) {
  return {histogram.most_frequent, histogram.top_fraction, histogram.entropy};
}

ClusteringComparison compare_clusterings(const fs::path& folder_a, const fs::path& folder_b) {
  const Artifact a = read_artifact(folder_a), b = read_artifact(folder_b);
  if (a.summary.window != b.summary.window) {
    differ(a, b, "the windows' lengths differ", std::to_string(a.summary.window) + " tokens",
           std::to_string(b.summary.window) + " tokens");
  }
  const auto corpora = generic_corpora(a);
  if (corpora != generic_corpora(b))
    differ(a, b, "the generic corpora differ", joined(corpora), joined(generic_corpora(b)));

  ClusteringComparison out;
  out.window = a.summary.window;
  out.clusters_a = a.summary.clusters;
  out.clusters_b = b.summary.clusters;
  std::vector<std::uint16_t> labels_a, labels_b;
  for (const std::string& corpus : corpora) {
    check_windows(a, b, corpus);
    labels_a.insert(labels_a.end(), a.labels.at(corpus).begin(), a.labels.at(corpus).end());
    labels_b.insert(labels_b.end(), b.labels.at(corpus).begin(), b.labels.at(corpus).end());
  }
  check_tokens(a, b, "the generic set", a.summary.generic, b.summary.generic);
  out.agreement = compare_labels(labels_a, out.clusters_a, labels_b, out.clusters_b);
  out.generic_a = concentration_of(a.summary.generic);
  out.generic_b = concentration_of(b.summary.generic);
  for (const auto& [name, in_a] : a.summary.domains) {
    const auto in_b = b.summary.domains.find(name);
    if (in_b == b.summary.domains.end()) {
      out.only_a.push_back(name);
      continue;
    }
    check_windows(a, b, name);
    check_tokens(a, b, name, in_a, in_b->second);
    out.domains[name] = {a.labels.at(name).size(), concentration_of(in_a), concentration_of(in_b->second)};
  }
  for (const auto& [name, in_b] : b.summary.domains) {
    if (!a.summary.domains.contains(name)) out.only_b.push_back(name);
  }
  return out;
}

json to_json(const ClusteringComparison& c) {
  json domains = json::object();
  for (const auto& [name, domain] : c.domains)
    domains[name] = {{"windows", domain.windows}, {"a", to_json(domain.a)}, {"b", to_json(domain.b)}};
  const LabelAgreement& agreement = c.agreement;
  return {{"window", c.window},
          {"clusters", {{"a", c.clusters_a}, {"b", c.clusters_b}}},
          {"generic",
           {{"windows", agreement.items},
            {"adjusted_rand", agreement.adjusted_rand},
            {"normalised_mutual_information", agreement.normalised_mutual_information},
            {"mutual_information", agreement.mutual_information},
            {"confusion", agreement.confusion},
            {"a", to_json(c.generic_a)},
            {"b", to_json(c.generic_b)}}},
          {"domains", domains},
          {"only", {{"a", c.only_a}, {"b", c.only_b}}}};
}

}  // namespace pantograph::cluster
