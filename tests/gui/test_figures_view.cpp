// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures in the window: what is drawn, what is missing and why, exports.
#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "pages/figures_view.h"
#include "pages/results_page.h"
#include "plot/figure_plot.h"
#include "sample_views.h"
#include "theme.h"

using namespace pantograph;
using namespace sample;

namespace {

/// Two series of three points; the first has a spread, the second a point that a logarithmic axis cannot show.
measure::Figure example() {
  measure::Figure figure;
  figure.id = "example";
  figure.group = "Group";
  figure.title = "Title";
  figure.x = {"cost, FLOPs", true};
  figure.y = {"perplexity", false};
  figure.series = {{"slm", "slm", {{1e12, 40, 2, 3}, {2e12, 35, 1, 3}, {4e12, 30, 0.5, 3}}},
                   {"slm-pn", "slm-pn", {{0, 50, 0, 1}, {2e12, 33, 0, 1}, {4e12, 29, 0, 1}}}};
  return figure;
}

}  // namespace

class TestFigures : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { theme::apply(theme::Choice::light); }

  void a_figure_shows_its_points_and_spread() {
    FigurePlot plot;
    plot.resize(700, 450);
    plot.show();
    plot.setFigure(example(), {"slm", "slm-pn"});
    QTest::qWait(50);                                  // drawn, so that pixels are known
    QCOMPARE(plot.drawn(), (std::vector<int>{3, 2}));  // no place for a cost of 0 on this axis
    QCOMPARE(plot.seriesWithSpread(), 1);
    QVERIFY(plot.logX()->isChecked() && !plot.logY()->isChecked());
    QVERIFY(plot.range().top() < 29 && plot.range().bottom() > 42);
    plot.logX()->setChecked(false);
    QTest::qWait(50);
    QCOMPARE(plot.drawn(), (std::vector<int>{3, 3}));
    const QString text = plot.readout(plot.pixelOf(2e12, 35));
    QVERIFY2(text.startsWith("slm\n") && text.contains("35 ± 1") && text.contains("3 seeds"), qPrintable(text));
    QVERIFY(plot.readout(QPoint(1, 1)).isEmpty());
    const QRectF whole = plot.range();
    QTest::keyClick(plot.focusProxy(), Qt::Key_Plus);
    QVERIFY(plot.range().width() < whole.width());
    QTest::keyClick(plot.focusProxy(), Qt::Key_Home);
    QCOMPARE(plot.range(), whole);
  }

  void exports_are_written_in_every_format() {
    QTemporaryDir folder;
    FigurePlot plot;
    plot.setFigure(example(), {"slm", "slm-pn"});
    const auto written = [&](FigureFormat format) {
      const QString file = folder.filePath("figure." + plot_export::suffix(format));
      if (!plot.exportTo(format, file).isEmpty()) return QByteArray();
      QFile in(file);
      return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    };
    QVERIFY(written(FigureFormat::png).startsWith("\x89PNG"));
    QVERIFY(written(FigureFormat::pdf).startsWith("%PDF"));
    QVERIFY(written(FigureFormat::svg).contains("<svg"));
    const QByteArray csv = written(FigureFormat::csv);
    QCOMPARE(csv.trimmed().split('\n').size(), 1 + 6);  // also the point that the axis leaves out
    QVERIFY(csv.contains("example,Title,slm,slm,"));
    QVERIFY(!plot.exportTo(FigureFormat::svg, folder.filePath("no/such/folder.svg")).isEmpty());
  }

  void the_first_figure_is_shown_once_there_is_one() {
    const project::Project p = comparison();
    FiguresView figures;
    figures.resize(1000, 500);
    figures.show();
    QSignalSpy ready(&figures, &FiguresView::ready);
    figures.setRecords({}, {});  // a project that is still being read
    QTRY_COMPARE(ready.count(), 1);
    QVERIFY(figures.figures().figures.empty());
    figures.setRecords(comparisonView(p)->results, {"slm", "slm-pn", "slm-mix", "slm-is", "llm"});
    QTRY_COMPARE(ready.count(), 2);
    QCOMPARE(figures.plot()->figure().id, figures.figures().figures[0].id);
    QCOMPARE(figures.list()->currentItem()->text(0).toStdString(), figures.figures().figures[0].title);
  }

  void records_become_figures_and_reasons() {
    const project::Project p = comparison();
    const auto view = comparisonView(p);
    FiguresView figures;
    figures.resize(1000, 500);
    figures.show();
    QSignalSpy ready(&figures, &FiguresView::ready);
    QElapsedTimer clock;
    clock.start();
    figures.setRecords(view->results, {"slm", "slm-pn", "slm-mix", "slm-is", "llm"});
    QVERIFY2(clock.elapsed() < 200, "the window waited for the figures");
    QTRY_COMPARE(ready.count(), 1);
    QVERIFY(!figures.isBusy());
    QVERIFY(figures.figures().figures.size() > 8);
    QVERIFY(figures.list()->topLevelItemCount() > 3);
    QVERIFY(figures.plot()->drawn().size() > 1);
    QVERIFY2(figures.missingText().contains("slm-d"), qPrintable(figures.missingText()));
    for (const measure::Figure& figure : figures.figures().figures) {
      figures.select(figure.id);
      QCOMPARE(figures.plot()->figure().id, figure.id);
    }
    // A new view keeps the figure that is looked at.
    const std::string id = figures.figures().figures[2].id;
    figures.select(id);
    figures.setRecords(view->results, {"slm", "slm-pn"});
    figures.setRecords(view->results, {"slm", "slm-pn"});  // while the first is at work
    QTRY_VERIFY(!figures.isBusy());
    QCOMPARE(figures.plot()->figure().id, id);
    figures.unit()->setCurrentIndex(1);
    QTRY_VERIFY(!figures.isBusy());
    QVERIFY(figures.plot()->figure().x.label.find("FLOP") == std::string::npos);
    figures.setRecords({}, {});
    QTRY_VERIFY(!figures.isBusy());
    QVERIFY(figures.figures().figures.empty());
  }

  void the_results_page_recommends() {
    const project::Project p = comparison();
    Pages pages(p);
    ResultsPage page(&pages.document, &pages.bridge);
    page.resize(1100, 710);
    page.show();
    page.showView(comparisonView(p));
    QTRY_VERIFY(!page.recommendationText().isEmpty());
    const QString all = page.recommendationText();
    page.setFilter(QStringLiteral("slm"), {}, 0);
    QTRY_VERIFY(page.recommendationText() != all);
  }
};

QTEST_MAIN(TestFigures)
#include "test_figures_view.moc"
