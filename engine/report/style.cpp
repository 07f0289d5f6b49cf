// SPDX-License-Identifier: GPL-3.0-or-later
// The report's style sheet: light and dark.
#include <fmt/format.h>

#include "report/parts.h"
#include "report/svg_style.h"

namespace pantograph::report {

namespace {

constexpr const char* kRules = R"css(* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.02rem; margin: 1.4rem 0 .4rem; }
.verdict p { margin: .4rem 0; }
.verdict { max-width: 75ch; background: var(--panel); border-left: 4px solid var(--s0); padding: .9rem 1.2rem; margin: 1.3rem 0; }
.note, .sub { color: var(--faint); font-size: .9rem; max-width: 80ch; margin: .2rem 0 .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; margin: .3rem 0 1rem; }
th, td { padding: .32rem .8rem; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; white-space: nowrap; }
table.dense { font-size: .84rem; }
.dense th, .dense td { padding: .32rem .5rem; }
a { color: var(--s0); }
th.span { text-align: center; }
.n { text-align: right; }
td.n { white-space: nowrap; }
.best { font-weight: 700; }
.sum th, .sum td { border-top: 2px solid var(--faint); background: var(--panel); }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: .5rem 2rem; }
svg.chart { max-width: 100%; height: auto; display: block; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
svg text { fill: var(--ink); }
svg text.faint { fill: var(--faint); }
svg text.strong { font-weight: 600; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .line { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; }
svg .whisker { stroke: var(--c); stroke-width: 1.2; }
svg .dot, svg .solid { fill: var(--c); }
svg .band { fill: var(--c); opacity: .16; }
svg .pale { fill: var(--c); opacity: .28; }
svg .cut { stroke: var(--page); stroke-width: 2.5; }
svg .ring { fill: var(--page); fill-opacity: .6; stroke: var(--c); stroke-width: 2; }
svg .cell { fill: var(--heat); stroke: var(--rule); stroke-width: 1; }
.switch label { font-size: .85rem; color: var(--faint); margin: 0 .9rem 0 .25rem; }
.switch .log { display: none; }
.switch input:nth-of-type(2):checked ~ .linear { display: none; }
.switch input:nth-of-type(2):checked ~ .log { display: block; }
.units > label { font-size: .9rem; margin: 0 1.2rem 0 .3rem; }
.units > .second { display: none; }
.units > input:nth-of-type(2):checked ~ .first { display: none; }
.units > input:nth-of-type(2):checked ~ .second { display: block; }
ul.advice { padding-left: 1.2rem; max-width: 80ch; }
ul.advice li { margin: .3rem 0; font-size: 1.08rem; }
.name { white-space: nowrap; }
details { margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
pre { background: var(--panel); padding: 1rem; overflow-x: auto; font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
@media print { body { font-size: 11pt; } section { break-inside: avoid-page; } }
)css";

/// The variables that rules and charts take their colours from.
std::string variables(const chart::Palette& palette) {
  std::string out = fmt::format("--page: {}; --panel: {}; --ink: {}; --faint: {}; --rule: {}; --heat: {};",
                                palette.page, palette.panel, palette.ink, palette.faint, palette.rule, palette.heat);
  for (std::size_t i = 0; i < palette.series.size(); ++i) out += fmt::format(" --s{}: {};", i, palette.series[i]);
  return out;
}

}  // namespace

std::string style_sheet() {
  std::string out = fmt::format(
      "\n:root {{ color-scheme: light dark; {} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} }} }}\n",
      variables(chart::kLight), variables(chart::kDark));
  for (int i = 0; i < chart::kColors; ++i) out += fmt::format(".c{0} {{ --c: var(--s{0}); }}\n", i);
  return out + kRules;
}

}  // namespace pantograph::report
