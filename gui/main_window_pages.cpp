// SPDX-License-Identifier: GPL-3.0-or-later
// The window's pages, and how one leads to another.
#include <QBoxLayout>
#include <QListWidget>
#include <QShortcut>
#include <QStackedWidget>
#include <algorithm>

#include "engine_bridge.h"
#include "file_guard.h"
#include "icons.h"
#include "main_window.h"
#include "pages/clusters_page.h"
#include "pages/data_page.h"
#include "pages/networks_page.h"
#include "pages/results_page.h"
#include "pages/runs_page.h"
#include "pages/specialization_page.h"
#include "pages/training_page.h"
#include "project_document.h"
#include "use/use_page.h"
#include "widgets/message_panel.h"
#include "widgets/notice_bar.h"

using namespace pantograph;
using icons::Icon;

void MainWindow::makePages() {
  navigation_ = new QListWidget(this);
  navigation_->setAccessibleName(tr("Pages"));
  navigation_->setFrameShape(QFrame::NoFrame);
  navigation_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  const int line = fontMetrics().height();
  navigation_->setIconSize(QSize(line, line) * 3 / 2);
  navigation_->setSpacing(2);
  pages_ = new QStackedWidget(this);
  messages_ = new MessagePanel(this);

  auto* data_page = new DataPage(document_, bridge_, this);
  auto* clusters_page = new ClustersPage(document_, bridge_, this);
  connect(clusters_page, &ClustersPage::pageWanted, this, &MainWindow::showPage);
  const auto add = [&](Icon icon, const QString& name, QWidget* widget) {
    auto* item = new QListWidgetItem(icons::get(icon), name, navigation_);
    item->setSizeHint(QSize(0, line * 5 / 2));
    item->setToolTip(tr("%1 (Ctrl+%2)").arg(name).arg(navigation_->count()));
    pages_->addWidget(widget);
    const int index = pages_->count() - 1;
    auto* shortcut = new QShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + index)), this);
    connect(shortcut, &QShortcut::activated, this, [this, index] { showPage(index); });
  };
  add(Icon::data, tr("Data"), data_page);
  add(Icon::clusters, tr("Clusters"), clusters_page);
  add(Icon::networks, tr("Networks"), new NetworksPage(document_, bridge_, this));
  auto* training_page = new TrainingPage(document_, bridge_, this);
  auto* specialization_page = new SpecializationPage(document_, bridge_, this);
  auto* results_page = new ResultsPage(document_, bridge_, this);
  connect(training_page, &TrainingPage::pageWanted, this, &MainWindow::showPage);
  connect(specialization_page, &SpecializationPage::pageWanted, this, &MainWindow::showPage);
  connect(results_page, &ResultsPage::pageWanted, this, &MainWindow::showPage);
  auto* runs_page = new RunsPage(document_, bridge_, this);
  connect(runs_page, &RunsPage::pageWanted, this, &MainWindow::showPage);
  connect(runs_page, &RunsPage::diskWanted, this, &MainWindow::showDiskUse);
  connect(runs_page, &RunsPage::told, this,
          [this](const QString& title, const QString& text) { messages_->add(MessagePanel::Kind::info, title, text); });
  auto* use_page = new UsePage(document_, bridge_, this);
  connect(use_page, &UsePage::pageWanted, this, &MainWindow::showPage);
  connect(training_page, &TrainingPage::useWanted, this, &MainWindow::useModel);
  connect(specialization_page, &SpecializationPage::useWanted, this, &MainWindow::useModel);
  connect(results_page, &ResultsPage::useWanted, this, &MainWindow::useModel);
  connect(runs_page, &RunsPage::useWanted, this, &MainWindow::useModel);
  connect(runs_page, &RunsPage::failed, this,
          [this](const QString& title, const Error& error) { messages_->add(title, error); });
  connect(specialization_page, &SpecializationPage::runWanted, this, &MainWindow::showRun);
  connect(results_page, &ResultsPage::runWanted, this, &MainWindow::showRun);
  add(Icon::training, tr("Training"), training_page);
  add(Icon::specialization, tr("Specialization"), specialization_page);
  add(Icon::results, tr("Results"), results_page);
  add(Icon::runs, tr("Runs"), runs_page);
  add(Icon::use, tr("Use"), use_page);
  int widest = 0;
  for (int i = 0; i < navigation_->count(); ++i)
    widest = std::max(widest, fontMetrics().horizontalAdvance(navigation_->item(i)->text()));
  navigation_->setFixedWidth(widest + navigation_->iconSize().width() + fontMetrics().averageCharWidth() * 6);
  connect(navigation_, &QListWidget::currentRowChanged, pages_, &QStackedWidget::setCurrentIndex);

  auto* center = new QWidget(this);
  auto* right = new QVBoxLayout;
  right->setSpacing(0);
  right->addWidget(guard_->bar());
  right->addWidget(pages_, 1);
  right->addWidget(messages_);
  auto* layout = new QHBoxLayout(center);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(navigation_);
  layout->addLayout(right, 1);
  setCentralWidget(center);
}

void MainWindow::showRun(const QString& key) {
  showPage(runs);
  static_cast<RunsPage*>(page(runs))->selectRuns({key});
}

void MainWindow::useModel(const QString& source) {
  showPage(use);
  static_cast<UsePage*>(page(use))->use(source);
}
