// SPDX-License-Identifier: GPL-3.0-or-later
// Plots as files: pictures, SVG and CSV, and what a failed export leaves behind.
#include <QDir>
#include <QFile>
#include <QImage>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>
#include <cmath>

#include "plot/bar_plot.h"
#include "plot/curve_plot.h"
#include "plot/plot_export.h"
#include "plot_samples.h"

class TestPlotExport : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void exports_data();
  void exports();
  void exportFailureKeepsTheOldFile();
  void barsExport();
  void csvQuoting();
};

void TestPlotExport::exports_data() {
  QTest::addColumn<int>("format");
  QTest::addColumn<QString>("name");
  QTest::newRow("png") << int(FigureFormat::png) << QStringLiteral("a.png");
  QTest::newRow("pdf") << int(FigureFormat::pdf) << QStringLiteral("a.pdf");
  QTest::newRow("svg") << int(FigureFormat::svg) << QStringLiteral("a.svg");
  QTest::newRow("csv") << int(FigureFormat::csv) << QStringLiteral("a.csv");
}

void TestPlotExport::exports() {
  QFETCH(int, format);
  QFETCH(QString, name);
  QTemporaryDir folder;
  CurvePlot plot;
  plot.setValueLabel(QStringLiteral("loss"));
  plot.addCurve(QStringLiteral("a"), QStringLiteral("slm, \"small\""), {0, 0, false, 2});
  plot.addCurve(QStringLiteral("b"), QStringLiteral("slm-pn"), {1, 1, true, 0});
  plot.append(QStringLiteral("a"), noisy(5000, 1));
  plot.append(QStringLiteral("b"), noisy(3000, 2));
  CurveView view = plot.view();
  view.smoothing = 0.9;
  view.logX = true;
  plot.setView(view);
  const QString path = folder.filePath(name);
  QCOMPARE(plot.exportTo(static_cast<FigureFormat>(format), path), QString());
  const QByteArray bytes = contents(path);
  switch (static_cast<FigureFormat>(format)) {
    case FigureFormat::png: {
      const QImage image(path);
      QCOMPARE(image.size(), plot_export::kFigureSize * 2);
      QVERIFY(inked(image) > 5000);
      break;
    }
    case FigureFormat::pdf:
      QVERIFY(bytes.startsWith("%PDF-"));
      QVERIFY(bytes.trimmed().endsWith("%%EOF"));
      QVERIFY(bytes.size() > 2000);
      break;
    case FigureFormat::svg: {
      QXmlStreamReader reader(bytes);
      while (!reader.atEnd()) reader.readNext();
      QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
      QVERIFY(bytes.contains("slm-pn"));  // text stays text
      QVERIFY(bytes.contains("loss (smoothed, weight 0.9)"));
      QSvgRenderer renderer(bytes);
      QVERIFY(renderer.isValid());
      break;
    }
    case FigureFormat::csv: {
      const QList<QByteArray> lines = bytes.trimmed().split('\n');
      QCOMPARE(lines.size(), 1 + 5000 + 3000);  // raw: neither thinned, smoothed nor cut by the axes
      QCOMPARE(lines[0], QByteArray("curve,label,step,tokens,seconds,flops,value"));
      QVERIFY(lines[1].startsWith("a,\"slm, \"\"small\"\"\",1,8192,0.1,16384,"));
      const double value = lines[1].split(',').last().toDouble();
      QCOMPARE(value, noisy(1, 1)[0].value);
      QVERIFY(lines[5001].startsWith("b,slm-pn,1,8192,0.1,,"));
      break;
    }
  }
}

void TestPlotExport::exportFailureKeepsTheOldFile() {
  QTemporaryDir folder;
  CurvePlot plot;
  const QString missing = folder.filePath(QStringLiteral("no/such/folder/a.png"));
  for (const auto format : {FigureFormat::png, FigureFormat::pdf, FigureFormat::svg, FigureFormat::csv}) {
    const QString problem = plot.exportTo(format, missing);
    QVERIFY2(problem.contains(QStringLiteral("no/such/folder")), qPrintable(problem));
    QVERIFY(!QFile::exists(missing));
  }
  // A target that cannot be replaced stays as it is.
  QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("taken.csv")));
  QVERIFY(plot.exportTo(FigureFormat::csv, folder.filePath(QStringLiteral("taken.csv")))
              .contains(QStringLiteral("taken.csv")));
  QCOMPARE(QDir(folder.path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries),
           QStringList{QStringLiteral("taken.csv")});
}

void TestPlotExport::barsExport() {
  QTemporaryDir folder;
  BarPlot bars;
  showPlot(bars);
  bars.setData(
      {QStringLiteral("law"), QStringLiteral("recipes")},
      {{QStringLiteral("slm"), {142.8, 90}, {26.9, 30}}, {QStringLiteral("slm-pn"), {150.4, std::nan("")}, {28.1, 0}}});
  QCOMPARE(bars.exportTo(FigureFormat::svg, folder.filePath(QStringLiteral("b.svg"))), QString());
  QVERIFY(QSvgRenderer(folder.filePath(QStringLiteral("b.svg"))).isValid());
  QCOMPARE(bars.exportTo(FigureFormat::csv, folder.filePath(QStringLiteral("b.csv"))), QString());
  QCOMPARE(contents(folder.filePath(QStringLiteral("b.csv"))),
           QByteArray("category,series,before,after\nlaw,slm,142.8,26.9\nrecipes,slm,90,30\nlaw,slm-pn,150.4,28."
                      "1\nrecipes,slm-pn,nan,0\n"));
  bars.setData({}, {});  // and nothing at all
  bars.setLogarithmic(false);
  QCOMPARE(bars.exportTo(FigureFormat::png, folder.filePath(QStringLiteral("b.png"))), QString());
}

void TestPlotExport::csvQuoting() {
  QCOMPARE(plot_export::csvField(QStringLiteral("plain é")), QByteArray("plain é"));
  QCOMPARE(plot_export::csvField(QStringLiteral("a,b")), QByteArray("\"a,b\""));
  QCOMPARE(plot_export::csvField(QStringLiteral("a\"b\n")), QByteArray("\"a\"\"b\n\""));
  for (const double value : {0.1, 1.0 / 3, 1e300, 5e-324, -123456789.123})
    QCOMPARE(plot_export::csvNumber(value).toDouble(), value);
}

QTEST_MAIN(TestPlotExport)
#include "test_plot_export.moc"
