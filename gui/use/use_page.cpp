// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/use_page.h"

#include <QFutureWatcher>
#include <QLabel>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>
#include <QtConcurrent/QtConcurrentRun>

#include "catalog/models.h"
#include "engine_bridge.h"
#include "icons.h"
#include "project_document.h"
#include "use/answer_view.h"
#include "use/export_dialog.h"
#include "use/model_column.h"
#include "use/model_columns.h"
#include "use/model_picker.h"
#include "use/score_view.h"
#include "widgets/empty_state.h"

using pantograph::catalog::ModelInfo;

namespace {
constexpr int kLookMilliseconds = 5000;  // between two looks for new checkpoints
}

UsePage::UsePage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  picker_ = new ModelPicker(this);
  answers_ = new AnswerView(this);
  scores_ = new ScoreView(this);
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  tabs_->addTab(answers_, tr("Ans&wer"));
  tabs_->addTab(scores_, tr("S&core"));
  auto* hint = new QLabel(tr("Check a model on the left."), this);
  hint->setAlignment(Qt::AlignCenter);
  right_ = new QStackedWidget(this);
  right_->addWidget(hint);
  right_->addWidget(tabs_);
  auto* split = new QSplitter(this);
  split->addWidget(picker_);
  split->addWidget(right_);
  split->setStretchFactor(1, 1);
  split->setChildrenCollapsible(false);
  split->setSizes({fontMetrics().averageCharWidth() * 48, 900});
  empty_ = new EmptyState(icons::Icon::use, this);
  empty_->set(
      tr("No models yet"),
      tr("Train and specialize: every network that comes out can be tried here, answers and scores side by side, "
         "and be exported. Or open a model file from elsewhere."),
      tr("Go to &Training"), tr("Open a model &file…"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(split);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(stack_);

  auto* go = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return), this);
  go->setContext(Qt::WidgetWithChildrenShortcut);
  connect(go, &QShortcut::activated, this, [this] {
    (tabs_->currentWidget() == answers_ ? answers_->answerButton() : scores_->scoreButton())->click();
  });
  stop_ = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  stop_->setContext(Qt::WidgetWithChildrenShortcut);
  connect(stop_, &QShortcut::activated, answers_->columns(), &ModelColumns::stop);
  connect(answers_->columns(), &ModelColumns::stateChanged, this,
          [this] { stop_->setEnabled(answers_->columns()->isBusy()); });
  connect(empty_->button(), &QPushButton::clicked, this, [this] { Q_EMIT pageWanted(3); });
  connect(empty_->secondButton(), &QPushButton::clicked, picker_, &ModelPicker::openFile);
  connect(picker_, &ModelPicker::chosenChanged, this, &UsePage::setChosen);
  connect(answers_, &AnswerView::exportWanted, this, &UsePage::openExport);
  connect(document_, &ProjectDocument::fileNameChanged, this, [this] {
    if (document_->fileName() == project_) return;
    project_ = document_->fileName();
    picker_->clear();
    showRuns({});
  });
  const auto show = [this] {
    if (bridge_->view()) showRuns(bridge_->view()->history, document_->project().artifacts());
  };
  connect(bridge_, &EngineBridge::viewChanged, this, show);
  auto* look = new QTimer(this);  // between two views runs begin, and write checkpoints
  connect(look, &QTimer::timeout, this, [this, show] {
    if (isVisible()) show();
  });
  connect(bridge_, &EngineBridge::runStarted, look, [look] { look->start(kLookMilliseconds); });
  connect(bridge_, &EngineBridge::runEnded, look, [this, look] {
    if (!bridge_->isRunning()) look->stop();
  });
  stop_->setEnabled(false);
  show();
}

void UsePage::showRuns(const pantograph::job::RunList& runs, const std::filesystem::path& artifacts) {
  const int look = ++listed_;
  auto* watcher = new QFutureWatcher<std::vector<ModelInfo>>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, look] {
    watcher->deleteLater();
    if (look != listed_) return;
    picker_->setModels(document_->expanded(), watcher->result());
    setChosen(picker_->chosen());  // names may have changed
    refresh();
  });
  watcher->setFuture(QtConcurrent::run([runs, artifacts] {
    return artifacts.empty() ? pantograph::catalog::models_of(runs) : pantograph::catalog::models_of(artifacts, runs);
  }));
  refresh();
}

void UsePage::use(const QString& source) {
  picker_->choose(source);
}

UsedModel* UsePage::model(const QString& source) const {
  return used_.value(source);
}

QList<UsedModel*> UsePage::models() const {
  QList<UsedModel*> out;
  for (const QString& source : picker_->chosen()) out << used_.value(source);
  return out;
}

void UsePage::setChosen(const QStringList& sources) {
  QStringList names;
  for (const QString& source : sources) {
    UsedModel*& one = used_[source];
    if (one == nullptr) {
      one = new UsedModel(source, this);
      one->read();
    }
    names << picker_->nameOf(source);
  }
  const QList<UsedModel*> chosen = models();
  answers_->columns()->setModels(chosen, names);
  scores_->columns()->setModels(chosen, names);
  for (auto one = used_.begin(); one != used_.end();) {
    if (sources.contains(one.key())) {
      ++one;
    } else {
      delete one.value();
      one = used_.erase(one);
    }
  }
  refresh();
}

void UsePage::refresh() {
  stack_->setCurrentIndex(picker_->isEmpty() ? 0 : 1);
  right_->setCurrentIndex(used_.isEmpty() ? 0 : 1);
}

void UsePage::openExport(UsedModel* model) {
  QString name = answers_->columns()->columnOf(model)->title();
  if (model->about() && model->about()->experts > 0)
    name = tr("%1, expert %2").arg(name, model->experts().isEmpty() ? QStringLiteral("0") : model->experts());
  auto* dialog = new ExportDialog(model, name, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

bool UsePage::isEmpty() const {
  return stack_->currentIndex() == 0;
}

QVariantMap UsePage::saved() const {
  return answers_->saved();
}

void UsePage::restore(const QVariantMap& saved) {
  answers_->restore(saved);
}
