// SPDX-License-Identifier: GPL-3.0-or-later
// The signals that ask the program to stop (base/process.h), on the window's thread.
#pragma once

#include <QObject>

/// From its making on, and for good, signals are taken, those that came earlier included. An insistent one ends the
/// process at once with 130. They are handled and not held, so that programs started from here inherit nothing. One
/// only.
class StopNotifier : public QObject {
  Q_OBJECT
 public:
  explicit StopNotifier(QObject* parent = nullptr);
  bool wasAsked() const { return asked_; }

 Q_SIGNALS:
  void asked();  ///< once

 private:
  bool asked_ = false;
};
