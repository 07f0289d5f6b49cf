// SPDX-License-Identifier: GPL-3.0-or-later
// Scaling laws in the window: curves, split of a budget, what is missing. PANTOGRAPH_SCREENSHOTS=FOLDER keeps pictures.
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <algorithm>
#include <set>

#include "pages/law_words.h"
#include "pages/laws_view.h"
#include "pages/results_page.h"
#include "plot/figure_plot.h"
#include "plot/quantities.h"
#include "report/law_figure.h"
#include "sample_laws.h"
#include "sample_views.h"
#include "theme.h"
#include "typing.h"
#include "widgets/count_edit.h"
#include "widgets/empty_state.h"

using namespace pantograph;

namespace {

std::shared_ptr<job::ProjectView> viewWith(const report::Laws& laws) {
  auto view = std::make_shared<job::ProjectView>();
  view->laws = laws;
  return view;
}

}  // namespace

class TestLawsView : public QObject {
  Q_OBJECT
  report::Laws laws_;

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    theme::apply(theme::Choice::light);
    laws_ = sample::laws();
  }

  void the_figure_is_the_law() {
    const report::MethodLaw& law = laws_.fitted[0];
    const measure::Figure figure = report::law_figure(law);
    QStringList sizes;
    for (const measure::FigureSeries& series : figure.series) sizes << QString::fromStdString(series.method);
    sizes.removeDuplicates();
    QCOMPARE(sizes, (QStringList{"20k", "80k", "320k"}));
    QCOMPARE(figure.series.size(), std::size_t(6));
    const measure::FigureSeries &fitted = figure.series[2], &runs = figure.series[3];
    QCOMPARE(fitted.name, std::string("80k tokens: law"));
    QVERIFY(fitted.marks == measure::FigureMarks::line && runs.marks == measure::FigureMarks::points);
    QVERIFY(std::abs(fitted.points.front().x / 1e6 - 1) < 1e-9);
    QVERIFY(std::abs(fitted.points.back().x / 640e6 - 1) < 1e-9);  // ten times the largest run
    for (std::size_t i = 0; i < fitted.points.size(); ++i) {
      const measure::FigurePoint& p = fitted.points[i];
      QCOMPARE(p.y, plan::predict(law.choice.fit, 1e5, p.x, 80e3));
      QVERIFY(fitted.low[i] <= fitted.high[i]);
      const double truth = 2 + 60 / std::pow(p.x, 0.3) + 20 / std::pow(80e3, 0.3);
      QVERIFY2(std::abs(p.y / truth - 1) < 0.03, qPrintable(QString::number(p.y / truth)));
    }
    std::multiset<double> shown, measured;
    for (const measure::FigurePoint& p : runs.points) shown.insert(p.y);
    for (const plan::ScalingPoint& p : law.points) {
      if (p.domain_tokens == 80e3) measured.insert(p.loss);
    }
    QCOMPARE(shown.size(), std::size_t(8));
    QVERIFY(shown == measured);
  }

  void runs_go_by_their_tokens() {
    report::MethodLaw law = laws_.fitted[0];
    std::stable_sort(law.points.begin(), law.points.end(),
                     [](const plan::ScalingPoint& a, const plan::ScalingPoint& b) {
                       return a.seed < b.seed;  // as the report has them
                     });
    for (const measure::FigureSeries& series : report::law_figure(law).series) {
      for (std::size_t i = 1; i < series.points.size(); ++i) QVERIFY(series.points[i - 1].x <= series.points[i].x);
    }
  }

  void a_law_that_cannot_be_drawn_says_so() {
    report::Laws odd;
    odd.fitted = {laws_.fitted[0]};
    odd.fitted[0].split.parameters.clear();
    LawsView view;
    view.showView(viewWith(odd));
    QTRY_VERIFY(!view.isBusy());
    QVERIFY(!view.plan() && !view.splitText().isEmpty());
    view.showView(viewWith(laws_));
    QTRY_VERIFY(!view.isBusy());
    QVERIFY(view.plan());
  }

  void a_law_is_drawn_and_its_split_said() {
    LawsView view;
    view.resize(1080, 480);
    view.show();
    QSignalSpy ready(&view, &LawsView::ready);
    view.showView(viewWith(laws_));
    QVERIFY2(view.isBusy() && ready.count() == 0, "the window waited for the laws");
    QTRY_VERIFY(!view.isBusy() && ready.count() > 0);
    QVERIFY(!view.isEmpty());
    QCOMPARE(view.list()->topLevelItemCount(), 3 + 1);
    QCOMPARE(view.law()->method, std::string("slm"));
    QVERIFY(view.list()->topLevelItem(0)->text(3).contains('%'));
    QCOMPARE(view.plot()->drawn(), (std::vector<int>{60, 8, 60, 8, 60, 8}));
    QCOMPARE(view.plot()->seriesWithSpread(), 3);  // the bands
    QVERIFY2(view.noteText().contains("larger"), qPrintable(view.noteText()));
    // The report's own split: the same request, the same numbers.
    const plan::SplitPlan plan = plan::plan_split({laws_.fitted[0].choice.fit}, laws_.fitted[0].split);
    QCOMPARE(view.plan()->best().best.generic_share, plan.best().best.generic_share);
    QCOMPARE(view.plan()->generic_tokens.low, plan.generic_tokens.low);
    QVERIFY2(view.splitText().contains("Generic phase:") && view.splitText().contains("Specialization:"),
             qPrintable(view.splitText()));
    QVERIFY2(view.noteText().contains("fits to 8 resampled networks (budget and seed)"), qPrintable(view.noteText()));
    const QString text = view.plot()->readout(view.plot()->pixelOf(1e6, laws_.fitted[0].points[0].loss));
    QVERIFY2(text.contains("20k tokens"), qPrintable(text));
  }

  void an_interval_that_is_a_bound_says_so() {
    plan::SplitPlan plan = plan::plan_split({laws_.fitted[0].choice.fit}, laws_.fitted[0].split);
    plan.generic_tokens = {{3e6, 64e6}, {false, true}};
    plan.domain_tokens = {{0, 320e3}, {true, false}};
    plan.generic_share = {{1, 1}, {false, true}};
    plan.loss = {{2.5, 2.75}, {}};
    const QString text = law_words::split(plan);
    for (const char* words :
         {" (at least 3M)", " (at most 320k)", " (at the bound of the search)", " (2.500 to 2.750)"})
      QVERIFY2(text.contains(words), qPrintable(text));
    report::MethodLaw few = laws_.fitted[0];
    few.choice.fit.draws.clear();
    few.choice.fit.level = 0;
    few.choice.fit.no_intervals = "2 networks";
    QVERIFY2(law_words::found(few).contains("no intervals: 2 networks"), qPrintable(law_words::found(few)));
    LawsView view;  // no bands, no brackets
    report::Laws laws;
    laws.fitted = {few};
    view.showView(viewWith(laws));
    QTRY_VERIFY(!view.isBusy());
    QCOMPARE(view.plot()->seriesWithSpread(), 0);
    QVERIFY2(view.splitText().contains("no intervals: 2 networks") && !view.splitText().contains(" to "),
             qPrintable(view.splitText()));
  }

  void another_budget_is_split_anew() {
    LawsView view;
    view.resize(1080, 480);
    view.show();
    view.showView(viewWith(laws_));
    QTRY_VERIFY(!view.isBusy());
    const plan::SplitPlan before = *view.plan();
    const QRectF whole = view.plot()->range();
    QTest::keyClick(view.plot()->focusProxy(), Qt::Key_Plus);
    const QRectF zoomed = view.plot()->range();
    QVERIFY(zoomed != whole);
    enter(view.budget(), "1e16");
    QTRY_VERIFY(!view.isBusy());
    plan::SplitRequest request = laws_.fitted[0].split;
    request.budget = 1e16;
    QCOMPARE(view.plan()->best().best.loss, plan::plan_split({laws_.fitted[0].choice.fit}, request).best().best.loss);
    QVERIFY(view.plan()->best().best.loss < before.best().best.loss);
    QCOMPARE(view.plot()->range(), zoomed);  // what is looked at stays
    view.domains()->setValue(50);
    QTRY_VERIFY(!view.isBusy());
    request.domains = 50;
    QCOMPARE(view.plan()->best().best.loss, plan::plan_split({laws_.fitted[0].choice.fit}, request).best().best.loss);
    enter(view.domainSet(), "");  // no limit
    QTRY_VERIFY(!view.isBusy());
    request.domain_set_tokens = 0;
    QCOMPARE(view.plan()->best().best.domain_tokens,
             plan::plan_split({laws_.fitted[0].choice.fit}, request).best().best.domain_tokens);
    QVERIFY(view.plan()->best().best.domain_tokens > 320e3);
    view.lossOf()->setCurrentIndex(1);
    QTRY_VERIFY(!view.isBusy());
    const std::vector<plan::LawFit> both = {laws_.fitted[0].choice.fit, laws_.fitted[1].choice.fit};  // of slm
    QCOMPARE(view.plan()->best().best.loss, plan::plan_split(both, request).best().best.loss);
    QCOMPARE(view.plan()->generic_share.high, plan::plan_split(both, request).generic_share.high);
    view.lossOf()->setCurrentIndex(0);
    QTRY_VERIFY(!view.isBusy());
    // No number is too long for its place.
    enter(view.budget(), "1e300");
    QTRY_VERIFY(!view.isBusy());
    for (const QString& word : view.splitText().split(QRegularExpression("\\s")))
      QVERIFY2(word.size() < 30, qPrintable(word));
    enter(view.budget(), "1e16");
    QTRY_VERIFY(!view.isBusy());
    for (const char* bad : {"much", "-3", "0", "1e999"}) {
      enter(view.budget(), bad);
      QCOMPARE(view.budget()->text(), QStringLiteral("1e16"));  // what stood there
    }
    view.select("slm", "recipes");  // keeps the user's budget
    QTRY_VERIFY(!view.isBusy());
    request = laws_.fitted[1].split;
    request.budget = 1e16;
    request.domains = 50;
    request.domain_set_tokens = 0;
    QCOMPARE(view.plan()->best().best.loss, plan::plan_split({laws_.fitted[1].choice.fit}, request).best().best.loss);
    enter(view.budget(), "");
    enter(view.domainSet(), "320k");
    view.domains()->setValue(0);
    view.select("slm", "law");
    QTRY_VERIFY(!view.isBusy());
    QCOMPARE(view.plan()->best().best.loss, before.best().best.loss);
    // Another project is asked nothing.
    enter(view.budget(), "1e16");
    enter(view.domainSet(), "5k");
    view.domains()->setValue(50);
    view.lossOf()->setCurrentIndex(1);
    view.showView(nullptr);
    view.showView(viewWith(laws_));
    view.select("slm", "law");
    QTRY_VERIFY(!view.isBusy());
    QCOMPARE(view.budget()->text(), QString());
    QCOMPARE(view.plan()->best().best.loss, before.best().best.loss);
  }

  void amounts_are_read_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<double>("value");
    QTest::newRow("plain") << "1500" << 1500.0;
    QTest::newRow("exponent") << " 2e15 " << 2e15;
    QTest::newRow("unit") << "1.5 P" << 1.5e15;
    QTest::newRow("kilo") << "3k" << 3e3;
    QTest::newRow("zetta") << "1Z" << 1e21;
    QTest::newRow("word") << "much" << 0.0;
    QTest::newRow("empty") << "" << 0.0;
    QTest::newRow("unit alone") << "P" << 0.0;
    QTest::newRow("negative") << "-1P" << 0.0;
    QTest::newRow("not a number") << "nan" << 0.0;
    QTest::newRow("infinite") << "inf" << 0.0;
  }
  void amounts_are_read() {
    QFETCH(QString, text);
    QFETCH(double, value);
    QCOMPARE(quantities::parseAmount(text).value_or(0), value);
  }

  void what_is_missing_is_said() {
    LawsView view;
    QVERIFY(view.isEmpty());
    QSignalSpy wanted(&view, &LawsView::reportWanted);
    view.emptyState()->button()->click();
    QCOMPARE(wanted.count(), 1);
    report::Laws none;
    view.showView(viewWith(none));
    QVERIFY(view.isEmpty());
    none.missing = laws_.missing;
    view.showView(viewWith(none));
    QVERIFY(!view.isEmpty() && !view.law());
    QCOMPARE(view.list()->topLevelItemCount(), 1);
    const QString text = view.missingText();
    QVERIFY2(text.contains("llm on law, recipes: 2 runs at 1 budget and 2 sizes. Missing: 2 more generic budgets, for "
                           "example 32M, 128M."),
             qPrintable(text));
    QVERIFY2(text.contains("1 more size of the specialization set, for example 5k"), qPrintable(text));
    view.setFilter("slm", {});
    QVERIFY(!view.missingText().contains("llm"));
    view.setFilter("slm-pn", {});
    QVERIFY2(view.missingText().contains("filter"), qPrintable(view.missingText()));
  }

  void the_filter_and_a_new_view_keep_the_choice() {
    LawsView view;
    view.showView(viewWith(laws_));
    view.select("slm-pn", "law");
    view.showView(viewWith(laws_));
    QCOMPARE(view.law()->method, std::string("slm-pn"));
    view.setFilter("slm", "law");
    QCOMPARE(view.list()->topLevelItemCount(), 1);
    QCOMPARE(view.law()->domain, std::string("law"));
    view.showView(nullptr);  // an answer on its way belongs to a view that is gone
    QTest::qWait(200);
    QVERIFY(view.isEmpty());
  }

  void the_plot_is_exported() {
    LawsView view;
    view.showView(viewWith(laws_));
    QTRY_VERIFY(!view.isBusy());
    QTemporaryDir folder;
    const auto written = [&](FigureFormat format) {
      const QString file = folder.filePath("law." + plot_export::suffix(format));
      if (!view.plot()->exportTo(format, file).isEmpty()) return QByteArray();
      QFile in(file);
      return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    };
    QVERIFY(written(FigureFormat::png).startsWith("\x89PNG"));
    QVERIFY(written(FigureFormat::svg).contains("<svg"));
    const QList<QByteArray> lines = written(FigureFormat::csv).trimmed().split('\n');
    QCOMPARE(lines.size(), 1 + 3 * (60 + 8));
    QVERIFY(lines[0].endsWith(",low,high"));
    // The label of the axis has a comma of its own, in quotes.
    for (const QByteArray& line : lines.mid(1)) QCOMPARE(line.count(','), lines[0].count(',') + 1);
  }

  void pictures_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("1280x800-light") << false;
    QTest::newRow("1280x800-dark") << true;
  }
  void pictures() {
    QFETCH(bool, dark);
    const QString folder = qEnvironmentVariable("PANTOGRAPH_SCREENSHOTS");
    theme::apply(dark ? theme::Choice::dark : theme::Choice::light);
    sample::Pages pages(sample::comparison());
    const auto view = sample::comparisonView(pages.document.project());
    view->laws = laws_;
    ResultsPage page(&pages.document, &pages.bridge);
    page.showView(view);
    page.tabs()->setCurrentWidget(page.laws());
    page.resize(1280 - 180, 800 - 90);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QTRY_VERIFY(!page.laws()->isBusy() && !page.recommendationText().isEmpty());
    QVERIFY2(page.minimumSizeHint().width() <= 1280 - 180, qPrintable(QString::number(page.minimumSizeHint().width())));
    QVERIFY2(page.minimumSizeHint().height() <= 800 - 90, qPrintable(QString::number(page.minimumSizeHint().height())));
    const auto shoot = [&](const char* name) {
      QTest::qWait(100);
      QVERIFY(sample::inked(page) > 500);
      if (folder.isEmpty()) return;
      QVERIFY(QDir().mkpath(folder));
      QVERIFY(page.grab().save(
          QStringLiteral("%1/%2-%3.png").arg(folder, QLatin1String(name), QLatin1String(QTest::currentDataTag()))));
    };
    shoot("laws");
    page.laws()->list()->setCurrentItem(page.laws()->list()->topLevelItem(3));
    shoot("laws-missing");
    page.laws()->showView(nullptr);
    shoot("laws-empty");
    // The list and the budget are reached by Tab.
    for (QWidget* widget : {static_cast<QWidget*>(page.laws()->list()), static_cast<QWidget*>(page.laws()->budget()),
                            static_cast<QWidget*>(page.laws()->domains())})
      QVERIFY(widget->focusPolicy() & Qt::TabFocus);
  }
};

QTEST_MAIN(TestLawsView)
#include "test_laws_view.moc"
