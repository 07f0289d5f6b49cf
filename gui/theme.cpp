// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyle>
#include <QStyleFactory>
#include <QStyleOption>
#include <algorithm>
#include <cmath>

namespace theme {
namespace {

QPalette make(const QColor& window, const QColor& base, const QColor& alternate, const QColor& button,
              const QColor& text, const QColor& muted, const QColor& accent, const QColor& link) {
  QPalette palette(button, window);
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, text);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, alternate);
  palette.setColor(QPalette::Text, text);
  palette.setColor(QPalette::Button, button);
  palette.setColor(QPalette::ButtonText, text);
  palette.setColor(QPalette::BrightText, Qt::white);
  palette.setColor(QPalette::Highlight, accent);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, link);
  palette.setColor(QPalette::LinkVisited, link);
  palette.setColor(QPalette::ToolTipBase, alternate);
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, muted);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText}) {
    palette.setColor(QPalette::Disabled, role, muted);
  }
  palette.setColor(QPalette::Disabled, QPalette::Highlight, alternate);
  return palette;
}

QColor mix(const QColor& a, const QColor& b, double t) {
  return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * t),
                          static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * t),
                          static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * t));
}

double luminance(const QColor& color) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// Fusion frames check boxes in a shade of the window, which cannot be seen where the window is dark; those of lists,
/// whose background is the box's own, are then not there at all.
class Style : public QProxyStyle {
 public:
  using QProxyStyle::QProxyStyle;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (element != PE_IndicatorCheckBox || !isDark(option->palette)) return;
    painter->save();
    painter->setPen(mutedText(option->palette));
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
    painter->restore();
  }
};

}  // namespace

QPalette lightPalette() {
  return make(QColor(0xf3f4f6), QColor(0xffffff), QColor(0xf7f8fa), QColor(0xe9ebef), QColor(0x1c2430),
              QColor(0x6b7380), QColor(0x1f6fb2), QColor(0x175e99));
}

QPalette darkPalette() {
  return make(QColor(0x22262c), QColor(0x1a1d22), QColor(0x20242a), QColor(0x2f353d), QColor(0xe6e9ee),
              QColor(0x939ca8), QColor(0x2f7fc4), QColor(0x6cb2ee));
}

void apply(Choice choice) {
  if (auto* fusion = QStyleFactory::create(QStringLiteral("Fusion"))) QApplication::setStyle(new Style(fusion));
  switch (choice) {
    case Choice::system:
      QApplication::setPalette(isDark(QApplication::style()->standardPalette()) ? darkPalette() : lightPalette());
      break;
    case Choice::light:
      QApplication::setPalette(lightPalette());
      break;
    case Choice::dark:
      QApplication::setPalette(darkPalette());
      break;
  }
}

Choice fromName(const QString& name) {
  return name == QLatin1String("light") ? Choice::light : name == QLatin1String("dark") ? Choice::dark : Choice::system;
}

QString toName(Choice choice) {
  return choice == Choice::light  ? QStringLiteral("light")
         : choice == Choice::dark ? QStringLiteral("dark")
                                  : QStringLiteral("system");
}

bool isDark(const QPalette& palette) {
  return luminance(palette.color(QPalette::Window)) < 0.25;
}

QColor warningColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0xe8b04a) : QColor(0x8a5a00);
}
QColor errorColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0xff8a80) : QColor(0xb3261e);
}
QColor goodColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0x7cc88a) : QColor(0x1b7a3d);
}
QColor mutedText(const QPalette& palette) {
  return palette.color(QPalette::Normal, QPalette::PlaceholderText);
}

QColor heat(const QPalette& palette, double fraction) {
  // The square root shows small shares apart; a linear scale would leave all but the largest blank.
  const double t = std::sqrt(std::clamp(fraction, 0.0, 1.0));
  const QColor low = palette.color(QPalette::Base);
  const QColor high = isDark(palette) ? QColor(0x7cc0ff) : QColor(0x0d4f8b);
  return mix(low, high, t);
}

QColor contrastText(const QColor& background) {
  return luminance(background) > 0.179 ? QColor(Qt::black) : QColor(Qt::white);  // where both have 4.58, WCAG's measure
}

}  // namespace theme
