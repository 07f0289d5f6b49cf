// SPDX-License-Identifier: GPL-3.0-or-later
#include "icons.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

#include "theme.h"

namespace icons {
namespace {

/// Strokes and fills of an icon on a 24 × 24 grid.
struct Drawing {
  QPainterPath line, fill;
};

void segment(QPainterPath& path, double x1, double y1, double x2, double y2) {
  path.moveTo(x1, y1);
  path.lineTo(x2, y2);
}

void polyline(QPainterPath& path, std::initializer_list<QPointF> points, bool closed = false) {
  auto at = points.begin();
  path.moveTo(*at);
  while (++at != points.end()) path.lineTo(*at);
  if (closed) path.closeSubpath();
}

void page(QPainterPath& path) {
  polyline(path, {{6, 3}, {14, 3}, {19, 8}, {19, 21}, {6, 21}}, true);
  polyline(path, {{14, 3}, {14, 8}, {19, 8}});
}

void folder(QPainterPath& path) {
  polyline(path, {{3, 19}, {3, 5}, {9, 5}, {11, 8}, {21, 8}, {21, 19}}, true);
}

void disk(QPainterPath& path) {
  polyline(path, {{4, 4}, {16, 4}, {20, 8}, {20, 20}, {4, 20}}, true);
  polyline(path, {{8, 4}, {8, 9}, {15, 9}, {15, 4}});
  polyline(path, {{7, 20}, {7, 13}, {17, 13}, {17, 20}});
}

Drawing draw(Icon icon) {
  Drawing d;
  switch (icon) {
    case Icon::data:
      d.line.addEllipse(QRectF(4, 3, 16, 5));
      d.line.moveTo(4, 5.5);
      d.line.lineTo(4, 18.5);
      d.line.arcTo(QRectF(4, 16, 16, 5), 180, 180);
      d.line.lineTo(20, 5.5);
      d.line.arcMoveTo(QRectF(4, 9.5, 16, 5), 180);
      d.line.arcTo(QRectF(4, 9.5, 16, 5), 180, 180);
      break;
    case Icon::clusters:
      for (const QPointF& at : {QPointF(6, 7), QPointF(10, 5), QPointF(8.5, 10)}) d.fill.addEllipse(at, 1.9, 1.9);
      for (const QPointF& at : {QPointF(17, 8), QPointF(18.5, 12.5)}) d.line.addEllipse(at, 1.9, 1.9);
      for (const QPointF& at : {QPointF(7, 18), QPointF(11.5, 19), QPointF(12, 15)})
        d.line.addRect(QRectF(at.x() - 1.5, at.y() - 1.5, 3, 3));
      break;
    case Icon::networks:
      for (const double y : {5.0, 12.0, 19.0}) {
        segment(d.line, 6.5, y, 17.5, 8.5);
        segment(d.line, 6.5, y, 17.5, 15.5);
        d.fill.addEllipse(QPointF(5, y), 2, 2);
      }
      d.fill.addEllipse(QPointF(19, 8.5), 2, 2);
      d.fill.addEllipse(QPointF(19, 15.5), 2, 2);
      break;
    case Icon::training:
      polyline(d.line, {{4, 3}, {4, 20}, {21, 20}});
      d.line.moveTo(7, 6);
      d.line.cubicTo(9, 14, 12, 16, 20, 16.5);
      break;
    case Icon::specialization:
      d.line.addEllipse(QPointF(12, 12), 8.5, 8.5);
      d.line.addEllipse(QPointF(12, 12), 4.5, 4.5);
      d.fill.addEllipse(QPointF(12, 12), 1.6, 1.6);
      break;
    case Icon::results:
      d.line.addRect(QRectF(4, 13, 4, 7));
      d.line.addRect(QRectF(10, 8, 4, 12));
      d.line.addRect(QRectF(16, 4, 4, 16));
      break;
    case Icon::runs:
      for (const double y : {5.5, 12.0, 18.5}) {
        d.fill.addEllipse(QPointF(5, y), 1.8, 1.8);
        segment(d.line, 10, y, 20, y);
      }
      break;
    case Icon::disk_use:
      d.line.addEllipse(QRectF(3.5, 3.5, 17, 17));
      polyline(d.line, {{12, 12}, {12, 3.5}});
      polyline(d.line, {{12, 12}, {18.5, 17.5}});
      break;
    case Icon::file_new:
      page(d.line);
      break;
    case Icon::file_open:
      folder(d.line);
      break;
    case Icon::file_save:
      disk(d.line);
      break;
    case Icon::save_as:
      disk(d.line);
      segment(d.line, 10, 16.5, 14, 16.5);
      break;
    case Icon::undo:
    case Icon::redo: {
      d.line.moveTo(5, 9);
      d.line.lineTo(14, 9);
      d.line.cubicTo(21, 9, 21, 19, 14, 19);
      d.line.lineTo(9, 19);
      polyline(d.line, {{9, 4.5}, {4.5, 9}, {9, 13.5}});
      if (icon == Icon::redo) d.line = QTransform(-1, 0, 0, 1, 24, 0).map(d.line);
      break;
    }
    case Icon::run:
      d.line.arcMoveTo(QRectF(4, 4, 16, 16), 60);
      d.line.arcTo(QRectF(4, 4, 16, 16), 60, 270);
      polyline(d.line, {{12, 2}, {16.5, 5}, {13, 9}});
      polyline(d.fill, {{10, 8.5}, {16, 12}, {10, 15.5}}, true);
      break;
    case Icon::resume:
      polyline(d.fill, {{7, 4}, {20, 12}, {7, 20}}, true);
      break;
    case Icon::pause:
      d.fill.addRect(QRectF(6, 5, 4, 14));
      d.fill.addRect(QRectF(14, 5, 4, 14));
      break;
    case Icon::stop:
      d.fill.addRect(QRectF(6, 6, 12, 12));
      break;
    case Icon::add_file:
      page(d.line);
      segment(d.line, 12.5, 11, 12.5, 18);
      segment(d.line, 9, 14.5, 16, 14.5);
      break;
    case Icon::add_folder:
      folder(d.line);
      segment(d.line, 12, 10.5, 12, 16.5);
      segment(d.line, 9, 13.5, 15, 13.5);
      break;
    case Icon::remove:
      polyline(d.line, {{6, 7}, {7, 21}, {17, 21}, {18, 7}});
      segment(d.line, 4, 7, 20, 7);
      polyline(d.line, {{9, 7}, {9, 3.5}, {15, 3.5}, {15, 7}});
      break;
    case Icon::warning:
      polyline(d.line, {{12, 3}, {22, 20}, {2, 20}}, true);
      segment(d.line, 12, 9, 12, 14);
      d.fill.addEllipse(QPointF(12, 17), 1.2, 1.2);
      break;
    case Icon::error:
      d.line.addEllipse(QPointF(12, 12), 9, 9);
      segment(d.line, 8.5, 8.5, 15.5, 15.5);
      segment(d.line, 15.5, 8.5, 8.5, 15.5);
      break;
    case Icon::info:
      d.line.addEllipse(QPointF(12, 12), 9, 9);
      segment(d.line, 12, 11, 12, 16.5);
      d.fill.addEllipse(QPointF(12, 7.5), 1.2, 1.2);
      break;
    case Icon::close:
      segment(d.line, 6, 6, 18, 18);
      segment(d.line, 18, 6, 6, 18);
      break;
    case Icon::use:
      polyline(d.line, {{3.5, 4.5}, {20.5, 4.5}, {20.5, 16}, {11, 16}, {7, 20}, {7, 16}, {3.5, 16}}, true);
      segment(d.line, 7, 8.5, 17, 8.5);
      segment(d.line, 7, 12, 13.5, 12);
      break;
    case Icon::quit:
      polyline(d.line, {{13, 4}, {5, 4}, {5, 20}, {13, 20}});
      segment(d.line, 10, 12, 20, 12);
      polyline(d.line, {{16, 8}, {20, 12}, {16, 16}});
      break;
  }
  return d;
}

class Engine : public QIconEngine {
 public:
  explicit Engine(Icon icon) : icon_(icon), drawing_(draw(icon)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const QPalette palette = QApplication::palette();
    QColor color = palette.color(mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active,
                                 mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText);
    if (mode == QIcon::Disabled) color.setAlphaF(0.55F);
    if (mode == QIcon::Normal || mode == QIcon::Active) {
      if (icon_ == Icon::warning) color = theme::warningColor(palette);
      if (icon_ == Icon::error) color = theme::errorColor(palette);
      if (icon_ == Icon::info) color = palette.color(QPalette::Link);
      if (icon_ == Icon::run || icon_ == Icon::resume) color = theme::goodColor(palette);
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const double side = std::min(rect.width(), rect.height());
    painter->translate(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2);
    painter->scale(side / 24, side / 24);
    painter->setPen(QPen(color, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPath(drawing_.line);
    painter->fillPath(drawing_.fill, color);
    painter->restore();
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    painter.end();
    return QPixmap::fromImage(image);
  }

  QIconEngine* clone() const override { return new Engine(icon_); }

 private:
  Icon icon_;
  Drawing drawing_;
};

}  // namespace

QIcon get(Icon icon) {
  return QIcon(new Engine(icon));
}

}  // namespace icons
