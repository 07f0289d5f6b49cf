// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/slider_spin.h"

#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QTimer>
#include <algorithm>
#include <cmath>

namespace {
constexpr int kGeometricPositions = 60;
constexpr int kGesturePauseMilliseconds = 1000;
int next_gesture() {
  static int gesture = 0;
  return ++gesture;
}
}  // namespace

SliderSpin::SliderSpin(int minimum, int maximum, int step, Scale scale, QWidget* parent)
    : QWidget(parent), minimum_(minimum), maximum_(maximum), step_(step), scale_(scale), gesture_(next_gesture()) {
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setRange(0, scale == Scale::geometric ? kGeometricPositions : (maximum - minimum) / step);
  slider_->setPageStep(std::max(1, slider_->maximum() / 10));
  slider_->setFocusPolicy(Qt::StrongFocus);
  spin_ = new QSpinBox(this);
  spin_->setRange(minimum, maximum);
  spin_->setSingleStep(step);
  spin_->setGroupSeparatorShown(true);
  spin_->setKeyboardTracking(false);
  spin_->setAlignment(Qt::AlignRight);
  pause_ = new QTimer(this);
  pause_->setSingleShot(true);
  pause_->setInterval(kGesturePauseMilliseconds);
  connect(pause_, &QTimer::timeout, this, [this] { gesture_ = next_gesture(); });
  connect(slider_, &QSlider::sliderPressed, this, [this] { gesture_ = next_gesture(); });
  connect(slider_, &QSlider::valueChanged, this, [this](int position) {
    const int value = fromSlider(position);
    const QSignalBlocker block(spin_);
    spin_->setValue(value);
    edited(value);
  });
  connect(spin_, &QSpinBox::valueChanged, this, [this](int value) {
    const QSignalBlocker block(slider_);
    slider_->setValue(toSlider(value));
    edited(value);
  });
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(slider_, 1);
  layout->addWidget(spin_);
  setFocusProxy(spin_);
}

int SliderSpin::value() const {
  return spin_->value();
}

void SliderSpin::setValue(int value) {
  const QSignalBlocker block_slider(slider_), block_spin(spin_);
  spin_->setValue(value);
  // While it is dragged the slider stays under the mouse, even where its value was rounded.
  if (!slider_->isSliderDown()) slider_->setValue(toSlider(value));
}

void SliderSpin::setNames(const QString& name, const QString& tip) {
  spin_->setAccessibleName(name);
  slider_->setAccessibleName(tr("%1 (slider)").arg(name));
  setToolTip(tip);
}

int SliderSpin::fromSlider(int position) const {
  if (scale_ == Scale::linear) return minimum_ + position * step_;
  const double ratio = static_cast<double>(maximum_) / minimum_;
  const double exact = minimum_ * std::pow(ratio, static_cast<double>(position) / kGeometricPositions);
  const int rounded = static_cast<int>(std::lround(exact / step_)) * step_;
  return std::clamp(rounded, minimum_, maximum_);
}

int SliderSpin::toSlider(int value) const {
  if (scale_ == Scale::linear) return (value - minimum_ + step_ / 2) / step_;
  const double ratio = static_cast<double>(maximum_) / minimum_;
  return static_cast<int>(std::lround(kGeometricPositions *
                                      std::log(static_cast<double>(std::max(value, 1)) / minimum_) / std::log(ratio)));
}

void SliderSpin::edited(int value) {
  pause_->start();
  Q_EMIT valueEdited(value, gesture_);
}
