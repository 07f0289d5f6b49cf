// SPDX-License-Identifier: GPL-3.0-or-later
// Light and dark: palettes for the Fusion style, and colours that mean something in both.
#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

namespace theme {

enum class Choice { system, light, dark };

QPalette lightPalette();
QPalette darkPalette();
void apply(Choice choice);  ///< to the running application
Choice fromName(const QString& name);
QString toName(Choice choice);

bool isDark(const QPalette& palette);
QColor warningColor(const QPalette& palette);  ///< readable as text on Base and Window
QColor errorColor(const QPalette& palette);
QColor goodColor(const QPalette& palette);
QColor mutedText(const QPalette& palette);  ///< for hints and units
/// From the background (0) to the accent (1), for heat maps; text on it is dark or light by contrastText().
QColor heat(const QPalette& palette, double fraction);
QColor contrastText(const QColor& background);

}  // namespace theme
