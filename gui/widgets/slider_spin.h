// SPDX-License-Identifier: GPL-3.0-or-later
// A slider and a spin box that show one whole number. The slider may be geometric: each of its steps multiplies.
#pragma once

#include <QWidget>

class QSlider;
class QSpinBox;
class QTimer;

class SliderSpin : public QWidget {
  Q_OBJECT
 public:
  enum class Scale { linear, geometric };
  /// `step`: of the spin box and, on a linear scale, of the slider. The spin box takes any value between the limits.
  SliderSpin(int minimum, int maximum, int step, Scale scale, QWidget* parent = nullptr);
  int value() const;
  void setValue(int value);  ///< without a signal
  QSpinBox* spinBox() const { return spin_; }
  QSlider* slider() const { return slider_; }
  void setNames(const QString& name, const QString& tip);

 Q_SIGNALS:
  /// By the user. One drag, or one burst of key strokes, has one number in `gesture`.
  void valueEdited(int value, int gesture);

 private:
  int fromSlider(int position) const;
  int toSlider(int value) const;
  void edited(int value);

  int minimum_, maximum_, step_;
  Scale scale_;
  QSlider* slider_;
  QSpinBox* spin_;
  QTimer* pause_;
  int gesture_;
};
