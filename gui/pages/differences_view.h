// SPDX-License-Identifier: GPL-3.0-or-later
// The report's table of differences: what the comparison of each size decides.
#pragma once

#include <QTableWidget>
#include <vector>

#include "measure/results.h"

class DifferencesView : public QTableWidget {
  Q_OBJECT
 public:
  explicit DifferencesView(QWidget* parent = nullptr);
  void setRecords(const std::vector<pantograph::measure::ResultRecord>& records);
};
