// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heat_map.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "format.h"
#include "theme.h"

HeatMap::HeatMap(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Histogram over the clusters"));
}

void HeatMap::setData(const QStringList& rows, const std::vector<std::vector<double>>& shares) {
  rows_ = rows;
  shares_ = shares;
  if (selected_ >= columns()) selected_ = -1;
  updateGeometry();
  update();
}

void HeatMap::selectColumn(int column) {
  if (column < 0 || column >= columns() || column == selected_) return;
  selected_ = column;
  setAccessibleDescription(tr("Cluster %1 is selected").arg(column));
  update();
  Q_EMIT columnSelected(column);
}

int HeatMap::columns() const {
  std::size_t most = 0;
  for (const auto& row : shares_) most = std::max(most, row.size());
  return static_cast<int>(most);
}

int HeatMap::labelWidth() const {
  int width = 0;
  for (const QString& row : rows_) width = std::max(width, fontMetrics().horizontalAdvance(row));
  return std::min(width + fontMetrics().averageCharWidth() * 2, this->width() / 3);
}

int HeatMap::headerHeight() const {
  return fontMetrics().height() * 3 / 2;
}

QSize HeatMap::sizeHint() const {
  const int line = fontMetrics().height();
  return {line * 34, headerHeight() + line * 2 * std::max<int>(1, static_cast<int>(rows_.size()))};
}

QSize HeatMap::minimumSizeHint() const {
  const int line = fontMetrics().height();
  return {line * 16, headerHeight() + line * 3 / 2 * std::max<int>(1, static_cast<int>(rows_.size()))};
}

QRectF HeatMap::cell(int row, int column) const {
  const double left = labelWidth(), top = headerHeight();
  const double wide = (width() - left - 2) / std::max(1, columns());
  const double line = fontMetrics().height();
  const double high =
      std::min((height() - top - 2) / std::max<double>(1, static_cast<double>(rows_.size())), 3.2 * line);
  return {left + column * wide, top + row * high, wide, high};
}

int HeatMap::columnAt(const QPointF& at) const {
  for (int column = 0; column < columns(); ++column) {
    const QRectF box = cell(0, column);
    if (at.x() >= box.left() && at.x() < box.right()) return column;
  }
  return -1;
}

int HeatMap::rowAt(const QPointF& at) const {
  for (int row = 0; row < rows_.size(); ++row) {
    const QRectF box = cell(row, 0);
    if (at.y() >= box.top() && at.y() < box.bottom()) return row;
  }
  return -1;
}

void HeatMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const int count = columns();
  if (count == 0) return;
  const QPalette& colors = palette();
  const QFontMetrics metrics = fontMetrics();
  // Numbers of clusters and shares are left out where they would not fit.
  const double wide = cell(0, 0).width();
  const int label_every = std::max(1, static_cast<int>(metrics.horizontalAdvance(QStringLiteral("000")) / wide) + 1);
  const bool write_shares = wide > metrics.horizontalAdvance(QStringLiteral("100 %")) + 4;
  for (int column = 0; column < count; ++column) {
    if (column % label_every != 0 && column != selected_) continue;
    if (column != selected_ && selected_ >= 0 && label_every > 1 && std::abs(column - selected_) < label_every)
      continue;
    const QRectF box = cell(0, column);
    painter.setPen(column == selected_ ? colors.color(QPalette::Link) : theme::mutedText(colors));
    painter.drawText(QRectF(box.center().x() - 40, 0, 80, headerHeight()), Qt::AlignCenter, QString::number(column));
  }
  const double label = labelWidth();
  for (int row = 0; row < rows_.size(); ++row) {
    const QRectF first = cell(row, 0);
    painter.setPen(colors.color(QPalette::WindowText));
    const QString text =
        metrics.elidedText(rows_[row], Qt::ElideMiddle, static_cast<int>(label) - metrics.averageCharWidth());
    painter.drawText(QRectF(0, first.top(), label - metrics.averageCharWidth(), first.height()),
                     Qt::AlignVCenter | Qt::AlignLeft, text);
    const auto& shares = shares_[static_cast<std::size_t>(row)];
    for (int column = 0; column < static_cast<int>(shares.size()); ++column) {
      const QRectF box = cell(row, column).adjusted(0.5, 0.5, -0.5, -0.5);
      const double share = shares[static_cast<std::size_t>(column)];
      const QColor color = theme::heat(colors, share);
      painter.fillRect(box, color);
      if (write_shares) {
        painter.setPen(share < 0.0005 ? theme::mutedText(colors) : theme::contrastText(color));
        painter.drawText(box, Qt::AlignCenter,
                         share > 0 && share < 0.005 ? QStringLiteral("<1 %") : formatPercent(share, 0));
      }
    }
  }
  if (selected_ >= 0) {
    const QRectF top = cell(0, selected_), bottom = cell(static_cast<int>(rows_.size()) - 1, selected_);
    painter.setPen(QPen(colors.color(QPalette::Link), 2));
    painter.drawRect(QRectF(top.topLeft(), bottom.bottomRight()));
  }
  if (hasFocus()) {
    painter.setPen(QPen(colors.color(QPalette::Highlight), 1, Qt::DotLine));
    const int last = static_cast<int>(rows_.size()) - 1;
    painter.drawRect(QRectF(0.5, 0.5, width() - 1.5, cell(last, 0).bottom() + 1));
  }
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
  selectColumn(columnAt(event->position()));
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      selectColumn(std::max(0, selected_ - 1));
      break;
    case Qt::Key_Right:
      selectColumn(std::min(columns() - 1, selected_ + 1));
      break;
    case Qt::Key_Home:
      selectColumn(0);
      break;
    case Qt::Key_End:
      selectColumn(columns() - 1);
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

bool HeatMap::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int row = rowAt(help->pos()), column = columnAt(help->pos());
    if (row >= 0 && column >= 0 && column < static_cast<int>(shares_[static_cast<std::size_t>(row)].size())) {
      QToolTip::showText(
          help->globalPos(),
          tr("%1: %2 of its windows in cluster %3")
              .arg(rows_[row],
                   formatPercent(shares_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)], 2))
              .arg(column),
          this);
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QWidget::event(event);
}
