// SPDX-License-Identifier: GPL-3.0-or-later
// The Data page: what the corpora have in common, in its tab and in the colour of the split.
#include <QBrush>
#include <QDir>
#include <QPlainTextEdit>
#include <QTabWidget>
#include <QTableView>
#include <QTest>

#include "pages/data_page.h"
#include "sample_views.h"
#include "theme.h"

using namespace pantograph;

namespace {

overlap::Overlap found() {
  overlap::Overlap overlap;
  overlap::Leaks& leaks = overlap.leaks["law"];
  leaks.documents = 1200;
  leaks.too_short = 4;
  leaks.clean = 1000;
  leaks.generic = {0.031, 3, 150};
  leaks.own = {0.002, 0, 46};
  leaks.most.push_back(
      {{"law", corpus::Split::test, 11, "The court finds that the plaintiff did not show by clear evidence t…"},
       0.914,
       0});
  overlap.leaks["care"].documents = 80;
  overlap.near_copies["law"].of_train = 12;
  overlap.near_copies["law"].test = {3, 1, 0, 2};
  overlap.near_copies["care"].looked_for = false;
  overlap::NearCopies& web = overlap.near_copies["web"];
  web.of_held_out = 3;
  web.of_train = 12345;
  web.dropped = true;
  web.first.push_back({{"web", corpus::Split::train, 1203, "The court finds that the plaintif did not show"},
                       {"law", corpus::Split::test, 11, "The court finds that the plaintiff did not show"}});
  return overlap;
}

}  // namespace

class TestDataPage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    project::Project project = sample::project();
    project.corpora.resize(3);
    const char* const names[] = {"web", "law", "care"};
    for (std::size_t i = 0; i < 3; ++i) {
      project.corpora[i].name = names[i];
      project.corpora[i].role = i == 0 ? project::Role::generic : project::Role::domain;
    }
    project.specialization.domains = {"law", "care"};
    pages_ = std::make_unique<sample::Pages>(project);
    page_ = std::make_unique<DataPage>(&pages_->document, &pages_->bridge);
    auto view = std::make_shared<job::ProjectView>();
    for (const char* const name : names) {
      corpus::ImportSummary summary;
      summary.files = 12;
      summary.documents[0] = 123456;
      summary.documents[1] = summary.documents[2] = 1200;
      view->corpora.push_back({name, summary, {}});
    }
    without_ = std::make_shared<job::ProjectView>(*view);
    view->overlap = found();
    view_ = view;
    page_->showView(view);
  }

  void ofADomain() {
    page_->table()->selectRow(1);
    const QString text = page_->overlapText()->toPlainText();
    for (const char* part :
         {"1,200 test documents; clean, with nothing in common: 1,000; too short to say: 4",
          "In the generic train set: mean share 3.1 %; documents above 20 %: 3; with any in common: 150",
          "generic 91 %, own 0 %: law test 12: “The court finds",
          "Test documents with a near-copy in the generic train set: 3; in its own: 1"})
      QVERIFY2(text.contains(QString::fromUtf8(part)), qPrintable(text));
    page_->table()->selectRow(2);
    QVERIFY(page_->overlapText()->toPlainText().contains("were not looked for"));
  }

  void ofTheGenericCorpus() {
    page_->table()->selectRow(0);
    const QString text = page_->overlapText()->toPlainText();
    QVERIFY2(!text.contains("13-grams"), qPrintable(text));
    QVERIFY2(text.contains("earlier train documents: 12,345 (dropped from training)"), qPrintable(text));
    QVERIFY2(text.contains("web train 1,204") && text.contains("is like law test 12"), qPrintable(text));
  }

  void theSplitOfADomainThatLeaksIsColoured() {
    const QAbstractItemModel* model = page_->table()->model();
    const QModelIndex law = model->index(1, CorpusModel::split), care = model->index(2, CorpusModel::split);
    QCOMPARE(
        law.data(Qt::ToolTipRole).toString(),
        QString("law: 3 of 1,200 test documents share more than 20 % of their 13-grams with the generic train set"));
    QCOMPARE(law.data(Qt::ForegroundRole).value<QBrush>().color(), theme::warningColor(page_->palette()));
    QVERIFY(!care.data(Qt::ForegroundRole).isValid());
    QCOMPARE(care.data(Qt::ToolTipRole), care.data(Qt::DisplayRole));
    page_->showView(without_);
    QVERIFY(!law.data(Qt::ForegroundRole).isValid());
    QCOMPARE(page_->overlapText()->toPlainText(), QString("The corpora have not been compared yet."));
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
    page_->resize(1280 - 180, 800 - 90);
    page_->show();
    page_->table()->selectRow(1);
    QVERIFY(QTest::qWaitForWindowExposed(page_.get()));
    for (int tab = 0; tab < page_->tabs()->count(); ++tab) {
      page_->tabs()->setCurrentIndex(tab);
      QTest::qWait(60);
      QVERIFY(page_->minimumSizeHint().width() <= 1280 - 180);
      QVERIFY(page_->minimumSizeHint().height() <= 800 - 90);
      QVERIFY(sample::inked(*page_) > 500);
      if (folder.isEmpty()) continue;
      QVERIFY(QDir().mkpath(folder));
      QVERIFY(page_->grab().save(
          QStringLiteral("%1/data-%2-%3.png").arg(folder).arg(tab).arg(QLatin1String(QTest::currentDataTag()))));
    }
  }

 private:
  std::unique_ptr<sample::Pages> pages_;
  std::unique_ptr<DataPage> page_;
  std::shared_ptr<const job::ProjectView> view_, without_;
};

QTEST_MAIN(TestDataPage)
#include "test_data_page.moc"
