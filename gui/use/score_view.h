// SPDX-License-Identifier: GPL-3.0-or-later
// How well each chosen model predicts a text: bits per byte, perplexity, and where it was surprised.
#pragma once

#include <QHash>
#include <QWidget>

#include "use/used_model.h"

class ModelColumn;
class ModelColumns;
class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

class ScoreView : public QWidget {
  Q_OBJECT
 public:
  explicit ScoreView(QWidget* parent = nullptr);

  ModelColumns* columns() const { return columns_; }
  QPlainTextEdit* text() const { return text_; }
  QPushButton* scoreButton() const { return score_; }
  QPushButton* stopButton() const { return stop_; }
  QCheckBox* colourBox() const { return colour_; }
  QString ranking() const;

  void score();
  void openFile();                     ///< asks for one
  void readFile(const QString& file);  ///< on another thread

 private:
  void setUp(ModelColumn* column);
  void showEnd(ModelColumn* column, const ScoreEnd& end);
  void refresh();
  void rank();
  QPlainTextEdit* text_;
  QPushButton *score_, *stop_, *open_;
  QCheckBox* colour_;
  QLabel* ranking_;
  ModelColumns* columns_;
  QHash<const UsedModel*, pantograph::infer::Score> scores_;  // of the text that was scored last
  QString scored_;
};
