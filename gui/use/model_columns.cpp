// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/model_columns.h"

#include <algorithm>

#include "use/model_column.h"
#include "use/token_text.h"

ModelColumns::ModelColumns(QWidget* parent) : QSplitter(parent) {
  setChildrenCollapsible(false);
}

void ModelColumns::setModels(const QList<UsedModel*>& models, const QStringList& names) {
  const qsizetype before = columns_.size();
  for (int i = static_cast<int>(columns_.size()) - 1; i >= 0; --i) {
    if (!models.contains(columns_[i]->model())) delete columns_.takeAt(i);
  }
  for (int i = 0; i < models.size(); ++i) {
    if (ModelColumn* there = columnOf(models[i])) {
      there->setName(names[i]);
      continue;
    }
    auto* made = new ModelColumn(models[i], names[i], this);
    made->text()->setColoured(coloured_);
    connect(models[i], &UsedModel::busyChanged, made, [this] { Q_EMIT stateChanged(); });
    addWidget(made);
    columns_ << made;
    Q_EMIT columnAdded(made);
  }
  if (columns_.size() != before) setSizes(QList<int>(columns_.size(), 1000));
  Q_EMIT stateChanged();
}

ModelColumn* ModelColumns::columnOf(const UsedModel* model) const {
  const auto found =
      std::find_if(columns_.begin(), columns_.end(), [&](const ModelColumn* one) { return one->model() == model; });
  return found == columns_.end() ? nullptr : *found;
}

void ModelColumns::setColoured(bool coloured) {
  coloured_ = coloured;
  for (ModelColumn* one : columns_) one->text()->setColoured(coloured);
}

bool ModelColumns::isBusy() const {
  return std::any_of(columns_.begin(), columns_.end(), [](const ModelColumn* one) { return one->model()->isBusy(); });
}

void ModelColumns::stop() {
  for (ModelColumn* one : columns_) one->model()->stop();
}
