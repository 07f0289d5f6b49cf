// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/law_figure.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/numbers.h"

namespace pantograph {
namespace {

constexpr int kPoints = 60;
constexpr double kFurther = 10;  // as in the report's table

FigureSeries curve(const MethodLaw& law, double size) {
  const LawFit& fit = law.choice.fit;
  FigureSeries out;
  out.marks = FigureMarks::line;
  const double from = fit.generic_tokens.low, to = kFurther * fit.generic_tokens.high;
  for (int i = 0; i < kPoints; ++i) {
    const double d = from * std::pow(to / from, i / (kPoints - 1.0));
    out.points.push_back({d, predict(fit, law.split.parameters.at(0), d, size), 0, 0});
    if (fit.draws.empty()) continue;
    const Range range = predict_interval(fit, law.split.parameters.at(0), d, size);
    out.low.push_back(range.low);
    out.high.push_back(range.high);
  }
  return out;
}

}  // namespace

Figure law_figure(const MethodLaw& law) {
  Figure figure;
  figure.id = "law-" + file_name_of(law.method + "-" + law.domain);
  figure.group = law.domain;
  figure.title = law.method;
  figure.x = {"generic tokens", true};
  figure.y = {"test loss, nats per token", false};
  figure.panel = true;
  std::set<double> sizes;
  for (const ScalingPoint& point : law.points) sizes.insert(point.domain_tokens);
  for (const double size : sizes) {
    const std::string name = format_count(static_cast<std::uint64_t>(size));
    FigureSeries fitted = curve(law, size), measured;
    fitted.name = name + " tokens: law";
    measured.name = name + " tokens: runs";
    fitted.method = measured.method = name;
    measured.marks = FigureMarks::points;
    for (const ScalingPoint& point : law.points) {
      if (point.domain_tokens == size) measured.points.push_back({point.generic_tokens, point.loss, 0, 1});
    }
    // Runs come by seed; a series goes by x.
    std::stable_sort(measured.points.begin(), measured.points.end(),
                     [](const FigurePoint& a, const FigurePoint& b) { return a.x < b.x; });
    figure.series.push_back(std::move(fitted));
    figure.series.push_back(std::move(measured));
  }
  return figure;
}

std::vector<Figure> law_figures(const Laws& laws) {
  std::vector<Figure> out;
  std::set<std::string> ids;
  for (const MethodLaw& law : laws.fitted) {
    Figure figure = law_figure(law);
    const std::string name = figure.id;
    for (int n = 2; !ids.insert(figure.id).second; ++n) figure.id = name + "-" + std::to_string(n);
    out.push_back(std::move(figure));
  }
  // Methods of one domain side by side.
  std::stable_sort(out.begin(), out.end(), [](const Figure& a, const Figure& b) { return a.group < b.group; });
  return out;
}

}  // namespace pantograph
