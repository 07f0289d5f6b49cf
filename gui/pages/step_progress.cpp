// SPDX-License-Identifier: GPL-3.0-or-later
// Start, pause, resume, stop, and how far the running step is.
#include "pages/step_progress.h"

#include <QBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

#include "engine_bridge.h"
#include "format.h"
#include "icons.h"
#include "plot/quantities.h"

namespace {
constexpr double kRateSeconds = 10;
}

StepProgressBar::StepProgressBar(EngineBridge* bridge, QWidget* parent) : QWidget(parent), bridge_(bridge) {
  pause_ = new QPushButton(icons::get(icons::Icon::pause), tr("&Pause"), this);
  stop_ = new QPushButton(icons::get(icons::Icon::stop), tr("S&top"), this);
  stop_->setToolTip(tr("End after a checkpoint; a later start goes on from there"));
  bar_ = new QProgressBar(this);
  bar_->setTextVisible(false);
  bar_->setFixedWidth(160);
  bar_->setAccessibleName(tr("Progress of the running step"));
  label_ = new QLabel(this);
  label_->setAccessibleName(tr("Running step"));
  label_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(0, 0, 0, 0);
  row_->addWidget(pause_);
  row_->addWidget(stop_);
  row_->addSpacing(8);
  row_->addWidget(bar_);
  row_->addWidget(label_, 1);
  connect(pause_, &QPushButton::clicked, this, [this] {
    if (paused_)
      bridge_->resume();
    else
      bridge_->pause();
  });
  connect(stop_, &QPushButton::clicked, bridge_, &EngineBridge::stop);
  connect(bridge_, &EngineBridge::runStarted, this, [this] {
    running_ = true;
    title_.clear();
    update();
  });
  connect(bridge_, &EngineBridge::runEnded, this, [this](const pantograph::job::RunEnded& ended) {
    running_ = bridge_->isRunning();
    paused_ = false;
    update();
    using pantograph::job::RunEnded;
    if (running_) return;
    if (ended.kind == RunEnded::failed)
      label_->setText(tr("Failed: see the messages."));
    else if (ended.kind == RunEnded::cancelled)
      label_->setText(tr("Stopped. A checkpoint is saved."));
    else
      label_->setText(ended.steps_run == 0 ? tr("Everything was up to date.")
                                           : tr("Done: %n step(s).", nullptr, ended.steps_run));
  });
  connect(bridge_, &EngineBridge::pausedChanged, this, [this](bool paused) {
    paused_ = paused;
    update();
  });
  connect(bridge_, &EngineBridge::stepStarted, this, [this](const pantograph::job::StepStarted& step) {
    title_ = QString::fromStdString(step.title);
    if (step.count > 1) title_ = tr("%1 of %2: %3").arg(step.index).arg(step.count).arg(title_);
    bar_->setRange(0, 0);
    label_->setText(title_);
  });
  connect(bridge_, &EngineBridge::stepProgress, this, &StepProgressBar::showProgress);
  running_ = bridge_->isRunning();
  paused_ = bridge_->isPaused();
  update();
}

void StepProgressBar::addStartButton(QPushButton* button) {
  row_->insertWidget(static_cast<int>(starts_.size()), button);
  starts_.push_back(button);
  update();
}

void StepProgressBar::setStartAllowed(bool allowed) {
  allowed_ = allowed;
  update();
}

QString StepProgressBar::text() const {
  return label_->text();
}

void StepProgressBar::update() {
  for (QPushButton* button : starts_) button->setEnabled(!running_ && allowed_);
  pause_->setEnabled(running_);
  stop_->setEnabled(running_);
  pause_->setText(paused_ ? tr("&Resume") : tr("&Pause"));
  pause_->setIcon(icons::get(paused_ ? icons::Icon::resume : icons::Icon::pause));
  bar_->setVisible(running_);
  if (!running_) id_.clear();
}

void StepProgressBar::showProgress(const pantograph::job::StepProgress& progress) {
  const QString id = QString::fromStdString(progress.id);
  if (id != id_) {
    id_ = id;
    for (int i : {0, 1}) rate_done_[i] = progress.done, rate_time_[i] = progress.elapsed_seconds;
  }
  if (progress.elapsed_seconds - rate_time_[1] > kRateSeconds) {
    rate_done_[0] = rate_done_[1], rate_time_[0] = rate_time_[1];
    rate_done_[1] = progress.done, rate_time_[1] = progress.elapsed_seconds;
  }
  const double time = progress.elapsed_seconds - rate_time_[0];
  const QString unit = QString::fromStdString(progress.unit);
  QStringList parts;
  if (!title_.isEmpty()) parts << title_;
  if (progress.total > 0) {
    bar_->setRange(0, 1000);
    bar_->setValue(static_cast<int>(1000 * std::min(1.0, progress.done / progress.total)));
    parts << tr("%1 of %2 %3").arg(formatShort(progress.done), formatShort(progress.total), unit);
  } else {
    bar_->setRange(0, 0);
    parts << QStringLiteral("%1 %2").arg(formatShort(progress.done), unit);
  }
  if (paused_)
    parts << tr("paused");
  else if (time > 0.5) {
    const double rate = (progress.done - rate_done_[0]) / time;
    parts << tr("%1 %2/s").arg(formatShort(rate), unit);
    if (progress.ceiling > 0) parts << tr("%1 of the ceiling").arg(formatPercent(rate / progress.ceiling, 0));
  }
  if (progress.remaining_seconds >= 0) parts << tr("%1 left").arg(formatDuration(progress.remaining_seconds));
  label_->setText(parts.join(QStringLiteral(" · ")));
  const QString meaning = tr("The ceiling is what this machine's bare matrix products would reach.");
  label_->setToolTip(progress.ceiling > 0 ? label_->text() + QLatin1Char('\n') + meaning : label_->text());
}
