// SPDX-License-Identifier: GPL-3.0-or-later
// The chosen models side by side.
#pragma once

#include <QSplitter>
#include <QStringList>

#include "use/used_model.h"

class ModelColumn;

class ModelColumns : public QSplitter {
  Q_OBJECT
 public:
  explicit ModelColumns(QWidget* parent = nullptr);

  /// Columns of models that stay keep what they show. `names`: empty ones where the models say their own.
  void setModels(const QList<UsedModel*>& models, const QStringList& names);
  const QList<ModelColumn*>& columns() const { return columns_; }
  ModelColumn* columnOf(const UsedModel* model) const;
  void setColoured(bool coloured);
  bool isBusy() const;  ///< a model of them
  void stop();

 Q_SIGNALS:
  void columnAdded(ModelColumn* column);
  void stateChanged();  ///< models came, went, began or ended something

 private:
  QList<ModelColumn*> columns_;
  bool coloured_ = true;
};
