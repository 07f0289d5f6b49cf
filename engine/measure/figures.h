// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures as data, made from a user's own records. Report and window draw them; CSV holds every point.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure/ledger.h"
#include "measure/results.h"

namespace pantograph::measure {

struct FigurePoint {
  double x = 0, y = 0;
  double spread = 0;  ///< standard deviation of y over seeds; 0 with one seed
  int seeds = 0;
};
enum class FigureMarks { line_and_points, line, points };
struct FigureSeries {
  std::string name;                 ///< as the legend shows it
  std::string method;               ///< whose colour it has; empty for none
  std::vector<FigurePoint> points;  ///< by x
  FigureMarks marks = FigureMarks::line_and_points;
  std::vector<double> low = {}, high = {};  ///< interval of y at each point, of a fitted curve; empty: none
};
struct FigureAxis {
  std::string label;  ///< with its unit
  bool log = false;
};
struct Figure {
  std::string id;     ///< of letters, digits and hyphens, unique in a set: the name of its file
  std::string group;  ///< heading that it stands under; the figures of a group follow one another
  std::string title;
  FigureAxis x, y;
  std::vector<FigureSeries> series;
  std::string note;    ///< what a reader must know beside the picture; may be empty
  bool panel = false;  ///< one of several small ones
};

struct FigureSet {
  std::vector<Figure> figures;
  std::vector<std::string> missing;  ///< one sentence for each figure without data: which runs would fill it
};

/// Costs in `unit`: FLOPs, or device time in seconds (hours where a cost of the records is above two hours). Figures
/// [PN]: generic perplexity and, at each specialization size, macro-averaged perplexity against the cost of the generic
/// phase; distillation against the student's and the overall cost; perplexity against C_total of 1, 7 and 50 tasks;
/// projected networks and mixtures with different numbers of experts; importance sampling with different numbers of
/// clusters; a panel per domain; cost of fine-tuning against cost of pretraining.
FigureSet paper_figures(const std::vector<ResultRecord>& records, CostUnit unit);

/// Every point: figure, title, series, method, x label, x, y label, y, spread, seeds; with a header line. Where a
/// series has an interval, also low and high, empty for the others.
std::string figures_csv(const std::vector<Figure>& figures);

/// Letters, digits and hyphens of any name: for ids and file names. Different names may give the same.
std::string file_name_of(const std::string& name);

}  // namespace pantograph::measure
