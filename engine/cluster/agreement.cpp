// SPDX-License-Identifier: GPL-3.0-or-later
// How far two labellings agree.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "cluster/compare.h"

namespace pantograph::cluster {
namespace {

/// Pairs among n items.
double pairs(std::uint64_t n) {
  return 0.5 * static_cast<double>(n) * (static_cast<double>(n) - 1);
}

double sum_of_pairs(const std::vector<std::uint64_t>& counts) {
  double sum = 0;
  for (const std::uint64_t count : counts) sum += count > 1 ? pairs(count) : 0;
  return sum;
}

double entropy(const std::vector<std::uint64_t>& counts, double n) {
  double sum = 0;
  for (const std::uint64_t count : counts) {
    const double p = static_cast<double>(count) / n;
    if (count > 0) sum -= p * std::log(p);
  }
  return std::max(sum, 0.0);
}

void check_labels(const std::vector<std::uint16_t>& labels, int clusters) {
  for (const std::uint16_t label : labels) {
    if (label >= clusters) {
      throw Error(ErrorKind::usage, {"label " + std::to_string(label), "a comparison of clusterings",
                                     "0 to " + std::to_string(clusters - 1), ""});
    }
  }
}

}  // namespace

LabelAgreement compare_labels(const std::vector<std::uint16_t>& a, int clusters_a, const std::vector<std::uint16_t>& b,
                              int clusters_b) {
  if (a.size() != b.size()) {
    throw Error(ErrorKind::usage, {std::to_string(a.size()) + " and " + std::to_string(b.size()) + " labels",
                                   "a comparison of clusterings", "labels of the same windows", ""});
  }
  check_labels(a, clusters_a);
  check_labels(b, clusters_b);
  const auto ka = static_cast<std::size_t>(clusters_a), kb = static_cast<std::size_t>(clusters_b);
  LabelAgreement out;
  out.items = a.size();
  out.confusion.assign(ka, std::vector<std::uint64_t>(kb, 0));
  std::vector<std::uint64_t> rows(ka, 0), columns(kb, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++out.confusion[a[i]][b[i]];
    ++rows[a[i]];
    ++columns[b[i]];
  }
  if (a.empty()) return out;

  const auto n = static_cast<double>(a.size());
  double together = 0;
  for (std::size_t i = 0; i < ka; ++i) {
    together += sum_of_pairs(out.confusion[i]);
    for (std::size_t j = 0; j < kb; ++j) {
      const auto both = static_cast<double>(out.confusion[i][j]);
      if (both == 0) continue;
      out.mutual_information +=
          both / n * std::log(n * both / (static_cast<double>(rows[i]) * static_cast<double>(columns[j])));
    }
  }
  const double in_a = sum_of_pairs(rows), in_b = sum_of_pairs(columns), highest = 0.5 * (in_a + in_b);
  const double expected = a.size() > 1 ? in_a * in_b / pairs(a.size()) : 0;
  // Equal only for the two trivial partitions, where the index is 0 / 0.
  if (highest != expected) out.adjusted_rand = (together - expected) / (highest - expected);
  out.mutual_information = std::max(out.mutual_information, 0.0);
  out.entropy_a = entropy(rows, n);
  out.entropy_b = entropy(columns, n);
  const double mean = 0.5 * (out.entropy_a + out.entropy_b);
  if (mean > 0) out.normalised_mutual_information = std::min(out.mutual_information / mean, 1.0);
  return out;
}

}  // namespace pantograph::cluster
