// SPDX-License-Identifier: GPL-3.0-or-later
// Start, pause, resume, stop, and how far the running step is: units per second and time left.
#pragma once

#include <QWidget>

#include "job/engine.h"

class EngineBridge;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QPushButton;

class StepProgressBar : public QWidget {
  Q_OBJECT
 public:
  explicit StepProgressBar(EngineBridge* bridge, QWidget* parent = nullptr);
  /// A button of the page, left of pause and stop, usable only while nothing runs.
  void addStartButton(QPushButton* button);
  void setStartAllowed(bool allowed);
  QPushButton* pauseButton() const { return pause_; }
  QPushButton* stopButton() const { return stop_; }
  QString text() const;

 private:
  void update();
  void showProgress(const pantograph::job::StepProgress& progress);
  EngineBridge* bridge_;
  QHBoxLayout* row_;
  std::vector<QPushButton*> starts_;
  QPushButton *pause_, *stop_;
  QProgressBar* bar_;
  QLabel* label_;
  bool running_ = false, paused_ = false, allowed_ = true;
  QString title_, id_;
  double rate_done_[2] = {}, rate_time_[2] = {};  // older and newer mark for a rate over the last 10 to 20 seconds
};
