// SPDX-License-Identifier: GPL-3.0-or-later
// Large numbers in few characters.
#pragma once

#include <string>

namespace pantograph {

/// Three digits with k, M, G, T, P or E: "100k", "2.61M"; larger ones as "3.2e+24"; a dash where the number is not finite.
std::string short_count(double count);

}  // namespace pantograph
