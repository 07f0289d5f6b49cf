// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/law_figure.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <set>

#include "store/project_file.h"

using namespace pantograph;

namespace {

constexpr int kPoints = 60;
constexpr double kFurther = 10;  // as in the report's table

std::string tr(const char* text) {
  return QCoreApplication::translate("lawFigure", text).toStdString();
}

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

Figure lawFigure(const MethodLaw& law, QStringList* sizes) {
  Figure figure;
  figure.id = "law-" + file_name_of(law.method + "-" + law.domain);
  figure.group = law.domain;
  figure.title = law.method;
  figure.x = {tr("generic tokens"), true};
  figure.y = {tr("test loss, nats per token"), false};
  std::set<double> all;
  for (const ScalingPoint& point : law.points) all.insert(point.domain_tokens);
  sizes->clear();
  for (const double size : all) {
    const std::string name = format_count(static_cast<std::uint64_t>(size));
    *sizes << QString::fromStdString(name);
    FigureSeries fitted = curve(law, size), measured;
    fitted.name = name + tr(" tokens: law");
    measured.name = name + tr(" tokens: runs");
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
