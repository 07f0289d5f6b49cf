// SPDX-License-Identifier: GPL-3.0-or-later
// Tables and CSV of the clusterings.
#include "report/clusterings.h"

#include <fmt/format.h>

#include <set>

#include "base/numbers.h"
#include "base/text.h"
#include "report/table_cells.h"

namespace pantograph::report {

std::vector<Table> clusterings_tables(const Clusterings& clusterings) {
  if (clusterings.all.size() < 2) return {};
  Table share{"clusterings", "Clusterings compared",
              "For each clustering by its k: share of each corpus' training windows in its most frequent cluster, and "
              "entropy of its histogram in nats (all clusters alike: ln k)."};
  share.columns = {{"corpus", false}};
  std::set<std::string> domains;
  for (const ClusteringEntry& entry : clusterings.all) {
    share.columns.push_back({fmt::format("k = {}: share", entry.clusters)});
    share.columns.push_back({fmt::format("k = {}: entropy", entry.clusters)});
    for (const auto& [name, found] : entry.domains) domains.insert(name);
  }
  const auto add = [&](const std::string& name, const auto& of) {
    std::vector<TableCell> row = {cells::text(name)};
    for (const ClusteringEntry& entry : clusterings.all) {
      const cluster::ClusterConcentration* found = of(entry);
      row.push_back(found ? TableCell{format_percent(found->top_fraction), found->top_fraction} : TableCell{"–"});
      row.push_back(found ? TableCell{fmt::format("{:.2f}", found->entropy), found->entropy} : TableCell{"–"});
    }
    share.rows.push_back(std::move(row));
  };
  add("generic set", [](const ClusteringEntry& entry) { return &entry.generic; });
  for (const std::string& domain : domains) {
    add(domain, [&](const ClusteringEntry& entry) {
      const auto found = entry.domains.find(domain);
      return found == entry.domains.end() ? nullptr : &found->second;
    });
  }

  Table agreement{
      "clustering-agreement", "Agreement of the clusterings",
      "On the generic training windows. Adjusted Rand index: 1 for equal partitions, 0 on average for "
      "independent ones. Normalised mutual information: from 0 to 1; divided by the mean of the entropies."};
  agreement.columns = {{"clusterings", false},
                       {"windows"},
                       {"adjusted Rand index"},
                       {"normalised mutual information"},
                       {"mutual information, nats"}};
  for (const ClusteringPair& pair : clusterings.pairs) {
    const auto number = [](double value) { return TableCell{fmt::format("{:.3f}", value), value}; };
    agreement.rows.push_back({cells::text(fmt::format("k = {} and k = {}", pair.clusters_a, pair.clusters_b)),
                              {format_grouped(pair.windows), static_cast<double>(pair.windows)},
                              number(pair.adjusted_rand),
                              number(pair.normalised_mutual_information),
                              number(pair.mutual_information)});
  }
  return {share, agreement};
}

std::string clusterings_csv(const Clusterings& clusterings) {
  std::string out = "clustering,clusters,corpus,most_frequent,top_fraction,entropy\n";
  for (const ClusteringEntry& entry : clusterings.all) {
    const auto line = [&](const std::string& corpus, const cluster::ClusterConcentration& c) {
      out += fmt::format("{},{},{},{},{},{}\n", csv_field(entry.step), entry.clusters, csv_field(corpus),
                         c.most_frequent, format_exact(c.top_fraction), format_exact(c.entropy));
    };
    line("", entry.generic);
    for (const auto& [name, found] : entry.domains) line(name, found);
  }
  return out;
}

std::string agreement_csv(const Clusterings& clusterings) {
  std::string out = "clusters_a,clusters_b,windows,adjusted_rand,normalised_mutual_information,mutual_information\n";
  for (const ClusteringPair& pair : clusterings.pairs) {
    out += fmt::format("{},{},{},{},{},{}\n", pair.clusters_a, pair.clusters_b, pair.windows,
                       format_exact(pair.adjusted_rand), format_exact(pair.normalised_mutual_information),
                       format_exact(pair.mutual_information));
  }
  return out;
}

}  // namespace pantograph::report
