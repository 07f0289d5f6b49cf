// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/law_figure.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/numbers.h"

namespace pantograph::report {
namespace {

constexpr int kPoints = 60;
constexpr double kFurther = 10;  // as in the report's table

measure::FigureSeries curve(const MethodLaw& law, double size) {
  const plan::LawFit& fit = law.choice.fit;
  measure::FigureSeries out;
  out.marks = measure::FigureMarks::line;
  const double from = fit.generic_tokens.low, to = kFurther * fit.generic_tokens.high;
  for (int i = 0; i < kPoints; ++i) {
    const double d = from * std::pow(to / from, i / (kPoints - 1.0));
    out.points.push_back({d, plan::predict(fit, law.split.parameters.at(0), d, size), 0, 0});
    if (fit.draws.empty()) continue;
    const plan::Range range = plan::predict_interval(fit, law.split.parameters.at(0), d, size);
    out.low.push_back(range.low);
    out.high.push_back(range.high);
  }
  return out;
}

}  // namespace

measure::Figure law_figure(const MethodLaw& law) {
  measure::Figure figure;
  figure.id = "law-" + measure::file_name_of(law.method + "-" + law.domain);
  figure.group = law.domain;
  figure.title = law.method;
  figure.x = {"generic tokens", true};
  figure.y = {"test loss, nats per token", false};
  figure.panel = true;
  std::set<double> sizes;
  for (const plan::ScalingPoint& point : law.points) sizes.insert(point.domain_tokens);
  for (const double size : sizes) {
    const std::string name = format_count(static_cast<std::uint64_t>(size));
    measure::FigureSeries fitted = curve(law, size), measured;
    fitted.name = name + " tokens: law";
    measured.name = name + " tokens: runs";
    fitted.method = measured.method = name;
    measured.marks = measure::FigureMarks::points;
    for (const plan::ScalingPoint& point : law.points) {
      if (point.domain_tokens == size) measured.points.push_back({point.generic_tokens, point.loss, 0, 1});
    }
    // Runs come by seed; a series goes by x.
    std::stable_sort(measured.points.begin(), measured.points.end(),
                     [](const measure::FigurePoint& a, const measure::FigurePoint& b) { return a.x < b.x; });
    figure.series.push_back(std::move(fitted));
    figure.series.push_back(std::move(measured));
  }
  return figure;
}

std::vector<measure::Figure> law_figures(const Laws& laws) {
  std::vector<measure::Figure> out;
  std::set<std::string> ids;
  for (const MethodLaw& law : laws.fitted) {
    measure::Figure figure = law_figure(law);
    const std::string name = figure.id;
    for (int n = 2; !ids.insert(figure.id).second; ++n) figure.id = name + "-" + std::to_string(n);
    out.push_back(std::move(figure));
  }
  // Methods of one domain side by side.
  std::stable_sort(out.begin(), out.end(),
                   [](const measure::Figure& a, const measure::Figure& b) { return a.group < b.group; });
  return out;
}

}  // namespace pantograph::report
