// SPDX-License-Identifier: GPL-3.0-or-later
// Which of a list's corpora, networks or methods is which of another's. Inside this room only.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "project/project_fields.h"

namespace pantograph::project::detail {

inline constexpr int kRenamedDiffers = 1;  ///< settings besides its name that a renamed one may differ in

template <typename Spec>
int settings_that_differ(const Spec& a, const Spec& b) {
  int count = 0;
  visit_fields(&a, [&](const char*, auto member, auto&&...) { count += a.*member == b.*member ? 0 : 1; });
  return count;
}

/// For each of `after` its place in `before`: of the same name, or else renamed, with nearly the same settings.
template <typename Spec>
std::vector<std::optional<std::size_t>> matched(const std::vector<Spec>& before, const std::vector<Spec>& after) {
  std::vector<std::optional<std::size_t>> from(after.size());
  std::vector<bool> taken(before.size(), false);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto same =
        std::find_if(before.begin(), before.end(), [&](const Spec& b) { return b.name == after[i].name; });
    if (same == before.end()) continue;
    from[i] = static_cast<std::size_t>(same - before.begin());
    taken[*from[i]] = true;
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    for (std::size_t j = 0; j < before.size() && !from[i]; ++j) {
      if (taken[j]) continue;
      Spec renamed = before[j];
      renamed.name = after[i].name;
      if (settings_that_differ(renamed, after[i]) > kRenamedDiffers) continue;
      from[i] = j;
      taken[j] = true;
    }
  }
  return from;
}

}  // namespace pantograph::project::detail
