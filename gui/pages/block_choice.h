// SPDX-License-Identifier: GPL-3.0-or-later
// What a network's layers are made of, and how many heads of keys a llama block has.
#pragma once

#include <QWidget>

#include "project/project.h"

class QComboBox;

class BlockChoice : public QWidget {
  Q_OBJECT
 public:
  explicit BlockChoice(QWidget* parent = nullptr);
  void setSpec(const pantograph::project::SmallNetworkSpec* spec);  ///< null: nothing to choose for
  QComboBox* blocks() const { return blocks_; }
  QComboBox* keyHeads() const { return key_heads_; }

 Q_SIGNALS:
  void blockChosen(const QString& block, const QString& activation);
  void keyHeadsChosen(int heads);  ///< 0: as many as heads

 private:
  QComboBox *blocks_, *key_heads_;
};
