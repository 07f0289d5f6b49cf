// SPDX-License-Identifier: GPL-3.0-or-later
// How answers are drawn.
#pragma once

#include <QVariantMap>
#include <QWidget>

#include "infer/session.h"

class QDoubleSpinBox;
class QPlainTextEdit;
class QSpinBox;

class AnswerSettings : public QWidget {
  Q_OBJECT
 public:
  explicit AnswerSettings(QWidget* parent = nullptr);

  pantograph::infer::GenerateSettings settings() const;
  void setSettings(const pantograph::infer::GenerateSettings& settings);
  /// For the user's preferences; what is missing or wrong stays as it is.
  QVariantMap saved() const;
  void restore(const QVariantMap& saved);
  /// "Temperature 1, seed 0, at most 128 tokens": for where the form is folded.
  QString summary() const;

 Q_SIGNALS:
  void changed();

 private:
  QDoubleSpinBox *temperature_, *top_p_, *min_p_, *penalty_;
  QSpinBox *top_k_, *seed_, *tokens_;
  QPlainTextEdit* stop_;
};
