// SPDX-License-Identifier: GPL-3.0-or-later
// Colours of charts, and charts as files of their own.
#pragma once

#include <array>
#include <string>

#include "report/svg_chart.h"

namespace pantograph::report::chart {

struct Palette {
  const char *page, *panel, *ink, *faint, *rule, *heat;
  std::array<const char*, kColors> series;
};
inline constexpr Palette kLight = {
    "#ffffff",
    "#f5f6f8",
    "#1b1f24",
    "#5d6670",
    "#d9dde2",
    "#0b5ea8",
    {"#0072b2", "#d55e00", "#00855f", "#b5508f", "#a87400", "#2b8fcf", "#7a5c00", "#555b63"}};
inline constexpr Palette kDark = {
    "#14171b",
    "#1d2127",
    "#e6e9ed",
    "#9aa4af",
    "#363c44",
    "#6cb8ff",
    {"#58b4f0", "#ff8f52", "#35c99b", "#e79ac5", "#f0b73a", "#9ad3f7", "#cdb25a", "#b9c0c8"}};

/// A chart of draw() as a file of its own: the classes that a page's style sheet explains become attributes in light
/// colours on white, so that any viewer shows it.
std::string standalone(const std::string& svg);

}  // namespace pantograph::report::chart
