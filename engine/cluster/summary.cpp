// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/summary.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace pantograph::cluster {
namespace {

using nlohmann::json;

json to_json(const ClusterHistogram& h) {
  return {{"windows", h.windows},
          {"tokens", h.tokens},
          {"most_frequent", h.most_frequent},
          {"top_fraction", h.top_fraction},
          {"entropy", h.entropy}};
}

ClusterHistogram histogram_of(const json& value, int clusters) {
  ClusterHistogram h;
  h.windows = value.at("windows").get<std::vector<std::uint64_t>>();
  h.tokens = value.at("tokens").get<std::vector<std::uint64_t>>();
  h.most_frequent = value.at("most_frequent").get<int>();
  h.top_fraction = value.at("top_fraction").get<double>();
  h.entropy = value.at("entropy").get<double>();
  if (h.windows.size() != static_cast<std::size_t>(clusters) || h.tokens.size() != h.windows.size() ||
      h.most_frequent < 0 || h.most_frequent >= clusters) {
    throw json::other_error::create(501, "a histogram of another number of clusters", nullptr);
  }
  return h;
}

}  // namespace

void write_clustering_summary(const ClusteringSummary& summary, const std::filesystem::path& folder) {
  json domains = json::object();
  for (const auto& [name, histogram] : summary.domains) domains[name] = to_json(histogram);
  const json value = {
      {"clusters", summary.clusters}, {"dimensions", summary.dimensions}, {"window", summary.window},
      {"inertia", summary.inertia},   {"top_terms", summary.top_terms},   {"generic", to_json(summary.generic)},
      {"domains", domains},           {"variance", summary.variance}};
  write_atomically(folder / "summary.json", value.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

ClusteringSummary read_clustering_summary(const std::filesystem::path& folder) {
  const auto path = folder / "summary.json";
  const auto fail = [&](const std::string& found) {
    throw Error(ErrorKind::run, {found, path.string(), "the summary of a clustering",
                                 "Delete the folder and run again: the corpora will be clustered anew."});
  };
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& error) {
    fail(error.text().found);
  }
  ClusteringSummary out;
  try {
    const json value = json::parse(text);
    out.clusters = value.at("clusters").get<int>();
    out.dimensions = value.at("dimensions").get<int>();
    out.window = value.at("window").get<int>();
    out.inertia = value.at("inertia").get<double>();
    out.top_terms = value.at("top_terms").get<std::vector<std::vector<std::string>>>();
    out.generic = histogram_of(value.at("generic"), out.clusters);
    for (const auto& [name, histogram] : value.at("domains").items())
      out.domains[name] = histogram_of(histogram, out.clusters);
    out.variance = value.at("variance").get<std::vector<double>>();
    if (out.top_terms.size() != static_cast<std::size_t>(out.clusters)) fail("terms of another number of clusters");
  } catch (const json::exception& error) {
    fail(std::string("broken: ") + error.what());
  }
  return out;
}

}  // namespace pantograph::cluster
