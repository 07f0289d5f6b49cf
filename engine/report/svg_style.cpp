// SPDX-License-Identifier: GPL-3.0-or-later
// Charts as files of their own.
#include "report/svg_style.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace pantograph::report::chart {

namespace {

constexpr std::string_view kClass = " class=\"";

/// The attributes of one class; `color` is that of the element's series.
std::string attributes(std::string_view name, const char* color) {
  const Palette& p = kLight;
  if (name == "chart") return " font-family=\"DejaVu Sans, Segoe UI, sans-serif\" font-size=\"12\"";
  if (name == "faint") return fmt::format(" fill=\"{}\"", p.faint);
  if (name == "strong") return " font-weight=\"600\"";
  if (name == "grid") return fmt::format(" stroke=\"{}\" stroke-width=\"1\"", p.rule);
  if (name == "axis") return fmt::format(" stroke=\"{}\" stroke-width=\"1\"", p.faint);
  if (name == "line")
    return fmt::format(" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"", color);
  if (name == "whisker") return fmt::format(" stroke=\"{}\" stroke-width=\"1.2\"", color);
  if (name == "dot" || name == "solid") return fmt::format(" fill=\"{}\"", color);
  if (name == "band") return fmt::format(" fill=\"{}\" opacity=\"0.16\"", color);
  if (name == "pale") return fmt::format(" fill=\"{}\" opacity=\"0.28\"", color);
  if (name == "cut") return fmt::format(" stroke=\"{}\" stroke-width=\"2.5\"", p.page);
  if (name == "ring")
    return fmt::format(" fill=\"{}\" fill-opacity=\"0.6\" stroke=\"{}\" stroke-width=\"2\"", p.page, color);
  if (name == "cell") return fmt::format(" fill=\"{}\" stroke=\"{}\" stroke-width=\"1\"", p.heat, p.rule);
  return "";
}

/// Index of a class "c3", or -1.
int color_of(std::string_view name) {
  int index = -1;
  if (name.size() < 2 || name[0] != 'c') return -1;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), index);
  return error == std::errc() && end == name.data() + name.size() && index >= 0 ? index % kColors : -1;
}

/// "line c3" as attributes.
std::string styled(std::string_view classes) {
  const char* color = kLight.ink;
  std::vector<std::string_view> names;
  while (!classes.empty()) {
    const std::string_view name = classes.substr(0, classes.find(' '));
    classes.remove_prefix(std::min(classes.size(), name.size() + 1));
    if (const int index = color_of(name); index >= 0)
      color = kLight.series[static_cast<std::size_t>(index)];
    else
      names.push_back(name);
  }
  std::string out;
  for (std::string_view name : names) out += attributes(name, color);
  return out;
}

}  // namespace

std::string standalone(const std::string& svg) {
  // Text cannot be mistaken for a class: its quotes are escaped.
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::string_view rest = svg;
  for (std::size_t at = rest.find(kClass); at != std::string_view::npos; at = rest.find(kClass)) {
    out += rest.substr(0, at);
    rest.remove_prefix(at + kClass.size());
    const std::size_t end = std::min(rest.size(), rest.find('"'));
    out += styled(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  out += rest;
  const std::size_t root = out.find('>', out.find("<svg"));
  if (root != std::string::npos)
    out.insert(root + 1, fmt::format("<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", kLight.page));
  return out;
}

}  // namespace pantograph::report::chart
