// SPDX-License-Identifier: GPL-3.0-or-later
// The clusters page: the folder of an embedder's model, and clusterings compared. PANTOGRAPH_SCREENSHOTS=FOLDER keeps
// pictures.
#include <QComboBox>
#include <QDir>
#include <QLineEdit>
#include <QTabWidget>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "pages/clusterings_view.h"
#include "pages/clusters_page.h"
#include "sample_views.h"
#include "theme.h"
#include "typing.h"

using namespace pantograph;

namespace {

report::Clusterings three() {
  report::Clusterings out;
  for (const int k : {16, 4, 64}) {
    report::ClusteringEntry entry;
    entry.step = k == 16 ? "cluster" : "cluster/" + std::to_string(k);
    entry.clusters = k;
    entry.windows = 12'345;
    entry.generic = {3, 0.125, 2.5};
    entry.domains["law"] = {1, 4.0 / k, std::log(k) / 2};
    entry.domains["recipes"] = {0, 0.5, 1};
    out.all.push_back(entry);
  }
  out.pairs = {
      {16, 4, 12'345, 0.3125, 0.5, 0.75}, {16, 64, 12'345, 0.25, 0.625, 1.5}, {4, 64, 12'345, 0.125, 0.375, 1}};
  return out;
}

}  // namespace

class TestClustersPage : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

  void the_model_is_for_embedders_that_take_one() {
    sample::Pages pages(sample::project());
    ClustersPage page(&pages.document, &pages.bridge);
    page.show();
    QVERIFY(!page.modelFolder()->isEnabled());  // tfidf-svd
    pages.document.change("bert", [](project::Project& p) { p.clustering.embedder = "bert"; });
    QVERIFY(page.modelFolder()->isEnabled());
    QCOMPARE(page.embedder()->currentData().toString(), QStringLiteral("bert"));
    const int steps = pages.document.undoStack()->count();
    enter(page.modelFolder(), " models/encoder ");
    QCOMPARE(pages.document.project().clustering.model, std::string("models/encoder"));
    QCOMPARE(pages.document.undoStack()->count(), steps + 1);
    enter(page.modelFolder(), "models/encoder");  // the same again is no step
    QCOMPARE(pages.document.undoStack()->count(), steps + 1);
    pages.document.undoStack()->undo();
    QCOMPARE(pages.document.project().clustering.model, std::string());
    QCOMPARE(page.modelFolder()->text(), QString());
    pages.document.undoStack()->redo();
    QCOMPARE(page.modelFolder()->text(), QStringLiteral("models/encoder"));
    // A folder that the embedder does not need can be taken out.
    pages.document.change("tfidf", [](project::Project& p) { p.clustering.embedder = "tfidf-svd"; });
    QVERIFY(page.modelFolder()->isEnabled());
    enter(page.modelFolder(), "");
    QVERIFY(!page.modelFolder()->isEnabled());
  }

  void a_view_from_the_engine_keeps_what_is_being_typed() {
    sample::Pages pages(sample::project());
    pages.document.change("bert", [](project::Project& p) { p.clustering.embedder = "bert"; });
    ClustersPage page(&pages.document, &pages.bridge);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.modelFolder()->setFocus();
    QTest::keyClicks(page.modelFolder(), "models/enc");
    page.showView(std::make_shared<job::ProjectView>());
    QCOMPARE(page.modelFolder()->text(), QStringLiteral("models/enc"));
    QTest::keyClicks(page.modelFolder(), "oder ");
    QTest::keyClick(page.modelFolder(), Qt::Key_Return);
    QCOMPARE(page.modelFolder()->text(), QStringLiteral("models/encoder"));
    pages.document.undoStack()->undo();
    QCOMPARE(page.modelFolder()->text(), QString());
  }

  void saving_elsewhere_keeps_the_model() {
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("a/models") && QDir(folder.path()).mkpath("b"));
    sample::Pages pages(sample::project());
    pages.document.save(folder.filePath("a/p.pantograph"));
    pages.document.change("model", [](project::Project& p) { p.clustering.model = "models"; });
    pages.document.save(folder.filePath("b/p.pantograph"));
    const std::filesystem::path there = folder.filePath("b").toStdString();
    QCOMPARE((there / pages.document.project().clustering.model).lexically_normal(),
             std::filesystem::path(folder.filePath("a/models").toStdString()));
  }

  void clusterings_stand_side_by_side() {
    ClusteringsView view;
    view.showClusterings(report::Clusterings(), {"law"});
    QVERIFY(view.isEmpty());
    report::Clusterings one = three();
    one.all.resize(1);
    one.pairs.clear();
    view.showClusterings(one, {"law"});
    QVERIFY(view.isEmpty());
    view.showClusterings(three(), {"law", "medical-questions", "recipes"});
    QVERIFY(!view.isEmpty());
    const QTableWidget* shares = view.shares();
    QCOMPARE(shares->rowCount(), 4);
    QCOMPARE(shares->columnCount(), 1 + 2 * 3);
    QCOMPARE(shares->item(0, 1)->text(), QStringLiteral("12.5 %"));
    QCOMPARE(shares->item(1, 0)->text(), QStringLiteral("law"));
    QCOMPARE(shares->item(1, 1)->text(), QStringLiteral("25.0 %"));  // 4/16
    QCOMPARE(shares->item(1, 2)->text(), QStringLiteral("1.39"));    // ln(16)/2
    QCOMPARE(shares->item(2, 1)->text(), QStringLiteral("–"));
    QCOMPARE(shares->item(3, 6)->text(), QStringLiteral("1.00"));
    const QTableWidget* agreement = view.agreement();
    QCOMPARE(agreement->rowCount(), 3);
    QCOMPARE(agreement->item(1, 0)->text(), QStringLiteral("k = 16 and k = 64"));
    QCOMPARE(agreement->item(1, 1)->text(), QStringLiteral("12,345"));
    QCOMPARE(agreement->item(1, 2)->text(), QStringLiteral("0.250"));
    QCOMPARE(agreement->item(1, 3)->text(), QStringLiteral("0.625"));
    QCOMPARE(agreement->item(1, 4)->text(), QStringLiteral("1.500"));
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
    auto view = std::make_shared<job::ProjectView>();
    cluster::ClusteringSummary summary;
    summary.clusters = 4;
    summary.generic = cluster::make_histogram({6, 2, 5, 4}, {60, 20, 50, 40});
    summary.domains["law"] = cluster::make_histogram({1, 3, 0, 0}, {10, 30, 0, 0});
    summary.top_terms.resize(4);
    view->clustering = summary;
    view->clusterings = three();
    sample::Pages pages(sample::project());
    pages.document.change("bert", [](project::Project& p) {
      p.clustering.embedder = "bert";
      p.clustering.model = "models/all-MiniLM-L6-v2";
    });
    ClustersPage page(&pages.document, &pages.bridge);
    page.showView(view);
    page.resize(1280 - 180, 800 - 90);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    for (int tab = 0; tab < page.tabs()->count(); ++tab) {
      page.tabs()->setCurrentIndex(tab);
      QTest::qWait(100);
      QVERIFY2(page.minimumSizeHint().width() <= 1280 - 180,
               qPrintable(QString::number(page.minimumSizeHint().width())));
      QVERIFY2(page.minimumSizeHint().height() <= 800 - 90,
               qPrintable(QString::number(page.minimumSizeHint().height())));
      QVERIFY(sample::inked(page) > 500);
      if (folder.isEmpty()) continue;
      QVERIFY(QDir().mkpath(folder));
      QVERIFY(page.grab().save(
          QStringLiteral("%1/clusters-%2-%3.png").arg(folder).arg(tab).arg(QLatin1String(QTest::currentDataTag()))));
    }
  }
};

QTEST_MAIN(TestClustersPage)
#include "test_clusters_page.moc"
