// SPDX-License-Identifier: GPL-3.0-or-later
// Curves to draw, and what the tests of the plots ask of the outcome.
#pragma once

#include <QFile>
#include <QImage>
#include <QTest>
#include <QWidget>
#include <cmath>
#include <vector>

#include "plot/curve_plot.h"

inline std::vector<CurveSample> noisy(int count, unsigned seed) {
  std::vector<CurveSample> samples(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    const double noise = static_cast<double>(seed >> 8) / (1 << 24) - 0.5;
    samples[static_cast<std::size_t>(i)] = {double(i + 1), 8192.0 * (i + 1), 0.1 * (i + 1),
                                            3 + 6 / std::sqrt(1 + i * 0.01) + noise};
  }
  return samples;
}

inline QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline void showPlot(QWidget& widget) {
  widget.resize(900, 520);
  widget.show();
  QVERIFY(QTest::qWaitForWindowExposed(&widget));
}

/// Pixels of the picture that are not its most left-upper colour.
inline int inked(const QImage& image) {
  int count = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) count += image.pixel(x, y) != image.pixel(0, 0);
  }
  return count;
}
