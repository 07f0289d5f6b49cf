// SPDX-License-Identifier: GPL-3.0-or-later
// How concentrated a corpus is in its clusters [PN].
#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace pantograph::measure {

struct Concentration {
  std::vector<double> fractions;  ///< of the windows, by cluster; all 0 when there are none
  std::size_t top_cluster = 0;    ///< the most frequent, the first of equals
  double top = 0;                 ///< its fraction
  double entropy = 0;             ///< of the histogram, nats; clusters alike: ln of their number
};
/// From an object with the array "windows" (windows by cluster). Values that are not positive numbers count as 0;
/// without the array there are no fractions.
Concentration concentration(const nlohmann::json& corpus);

}  // namespace pantograph::measure
