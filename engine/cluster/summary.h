// SPDX-License-Identifier: GPL-3.0-or-later
// summary.json of a clustering.
#pragma once

#include "cluster/clustering.h"

namespace pantograph::cluster {

void write_clustering_summary(const ClusteringSummary& summary, const std::filesystem::path& folder);  ///< atomic

}  // namespace pantograph::cluster
