// SPDX-License-Identifier: GPL-3.0-or-later
// Shares of rows over columns as shaded cells: how each corpus falls over the clusters. A column can be selected by
// mouse or keys.
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

class HeatMap : public QWidget {
  Q_OBJECT
 public:
  explicit HeatMap(QWidget* parent = nullptr);
  void setData(const QStringList& rows,
               const std::vector<std::vector<double>>& shares);  ///< shares: [row][column], 0 to 1
  int selectedColumn() const { return selected_; }
  void selectColumn(int column);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void columnSelected(int column);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int columns() const;
  int labelWidth() const;
  int headerHeight() const;
  QRectF cell(int row, int column) const;
  int columnAt(const QPointF& at) const;
  int rowAt(const QPointF& at) const;

  QStringList rows_;
  std::vector<std::vector<double>> shares_;
  int selected_ = -1;
};
