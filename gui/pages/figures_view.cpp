// SPDX-License-Identifier: GPL-3.0-or-later
// List and picture of the paper's figures.
#include "pages/figures_view.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QFileDialog>
#include <QFutureWatcher>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QtConcurrent/QtConcurrentRun>

#include "plot/figure_plot.h"

using pantograph::measure::CostUnit;
using pantograph::measure::FigureSet;

namespace {
constexpr int kMissing = -1;  // data of the row that lists what is not there yet
}

FiguresView::FiguresView(QWidget* parent) : QWidget(parent) {
  unit_ = new QComboBox(this);
  unit_->addItem(tr("FLOPs"), static_cast<int>(CostUnit::flops));
  unit_->addItem(tr("Device time"), static_cast<int>(CostUnit::seconds));
  unit_->setToolTip(tr("What the figures count costs in. FLOPs compare methods on any machine."));
  unit_->setAccessibleName(tr("Unit of costs"));
  all_ = new QPushButton(tr("Export data of a&ll…"), this);
  all_->setToolTip(tr("Every point of every figure, as one CSV file"));
  list_ = new QTreeWidget(this);
  list_->setAccessibleName(tr("Figures"));
  list_->setHeaderHidden(true);
  list_->setUniformRowHeights(true);
  list_->setTextElideMode(Qt::ElideRight);
  list_->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
  title_ = new QLabel(this);
  title_->setWordWrap(true);
  title_->setTextFormat(Qt::PlainText);
  QFont bold = font();
  bold.setBold(true);
  title_->setFont(bold);
  plot_ = new FigurePlot(this);
  note_ = new QLabel(this);
  missing_ = new QLabel(this);
  for (QLabel* label : {note_, missing_}) {
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  }
  missing_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  missing_->setMargin(fontMetrics().averageCharWidth() * 2);

  auto* left = new QWidget(this);
  auto* left_layout = new QVBoxLayout(left);
  left_layout->setContentsMargins(0, 0, 0, 0);
  auto* row = new QHBoxLayout;
  auto* label = new QLabel(tr("C&osts in"), this);
  label->setBuddy(unit_);
  row->addWidget(label);
  row->addWidget(unit_, 1);
  left_layout->addLayout(row);
  left_layout->addWidget(list_, 1);
  left_layout->addWidget(all_);
  auto* picture = new QWidget(this);
  auto* picture_layout = new QVBoxLayout(picture);
  picture_layout->setContentsMargins(0, 0, 0, 0);
  picture_layout->addWidget(title_);
  picture_layout->addWidget(plot_, 1);
  picture_layout->addWidget(note_);
  auto* area = new QScrollArea(this);
  area->setWidget(missing_);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(picture);
  stack_->addWidget(area);
  auto* split = new QSplitter(this);
  split->addWidget(left);
  split->addWidget(stack_);
  split->setStretchFactor(1, 1);
  split->setSizes({fontMetrics().averageCharWidth() * 56, 800});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(split);

  connect(list_, &QTreeWidget::currentItemChanged, this, &FiguresView::showChosen);
  connect(unit_, &QComboBox::currentIndexChanged, this, &FiguresView::make);
  connect(all_, &QPushButton::clicked, this, &FiguresView::exportAll);
  showChosen();
}

void FiguresView::setRecords(const std::vector<pantograph::measure::ResultRecord>& records,
                             const QStringList& methods) {
  records_ = records;
  methods_ = methods;
  make();
}

void FiguresView::make() {
  again_ = true;
  if (working_) return;  // its result is stale: made anew when it comes
  again_ = false;
  working_ = true;
  auto* watcher = new QFutureWatcher<FigureSet>(this);
  connect(watcher, &QFutureWatcher<FigureSet>::finished, this, [this, watcher] {
    working_ = false;
    watcher->deleteLater();
    if (again_) return make();
    fill(watcher->result());
  });
  watcher->setFuture(QtConcurrent::run(
      [records = records_, unit = static_cast<CostUnit>(unit_->currentData().toInt())]() -> FigureSet {
        try {
          return pantograph::measure::paper_figures(records, unit);
        } catch (const std::exception& e) {
          return {{}, {e.what()}};
        }
      }));
}

void FiguresView::fill(FigureSet set) {
  // What is missing was nobody's choice while there was nothing else.
  const bool keep = list_->currentItem() != nullptr && !set_.figures.empty();
  const QString before = keep ? list_->currentItem()->data(0, Qt::UserRole + 1).toString() : QString();
  set_ = std::move(set);
  {
    const QSignalBlocker quiet(list_);
    list_->clear();
    QTreeWidgetItem* group = nullptr;
    QTreeWidgetItem* chosen = nullptr;
    const auto add = [&](QTreeWidgetItem* parent, const QString& text, int at, const QString& id) {
      auto* item = new QTreeWidgetItem(parent);
      item->setText(0, text);
      item->setToolTip(0, text);
      item->setData(0, Qt::UserRole, at);
      item->setData(0, Qt::UserRole + 1, id);
      if (chosen == nullptr || (!id.isEmpty() && id == before)) chosen = item;
    };
    for (std::size_t i = 0; i < set_.figures.size(); ++i) {
      const auto& figure = set_.figures[i];
      const QString heading = QString::fromStdString(figure.group);
      if (group == nullptr || group->text(0) != heading) {
        group = new QTreeWidgetItem(list_);
        group->setText(0, heading);
        group->setToolTip(0, heading);
        group->setFlags(Qt::ItemIsEnabled);
        group->setFont(0, title_->font());
        group->setExpanded(true);
      }
      add(group, QString::fromStdString(figure.title), static_cast<int>(i), QString::fromStdString(figure.id));
    }
    if (!set_.missing.empty())
      add(list_->invisibleRootItem(), tr("Not yet: %1").arg(set_.missing.size()), kMissing, QStringLiteral("missing"));
    list_->setCurrentItem(chosen);
  }
  all_->setEnabled(!set_.figures.empty());
  showChosen();
  Q_EMIT ready();
}

void FiguresView::showChosen() {
  const QTreeWidgetItem* item = list_->currentItem();
  const int at =
      item == nullptr || !item->data(0, Qt::UserRole).isValid() ? kMissing : item->data(0, Qt::UserRole).toInt();
  missing_->setText(item == nullptr ? tr("No figures yet. They grow from the results of your runs.") : missingText());
  if (at == kMissing) return stack_->setCurrentIndex(1);
  const pantograph::measure::Figure& figure = set_.figures[static_cast<std::size_t>(at)];
  title_->setText(
      QStringLiteral("%1: %2").arg(QString::fromStdString(figure.group), QString::fromStdString(figure.title)));
  note_->setText(QString::fromStdString(figure.note));
  note_->setVisible(!figure.note.empty());
  plot_->setFigure(figure, methods_);
  stack_->setCurrentIndex(0);
}

QString FiguresView::missingText() const {
  QStringList lines{tr("Figures that need other runs:")};
  for (const std::string& sentence : set_.missing) lines << QStringLiteral("•  ") + QString::fromStdString(sentence);
  return lines.join(QStringLiteral("\n\n"));
}

void FiguresView::select(const std::string& id) {
  for (QTreeWidgetItemIterator at(list_); *at; ++at) {
    if ((*at)->data(0, Qt::UserRole + 1).toString().toStdString() == id) list_->setCurrentItem(*at);
  }
}

void FiguresView::exportAll() {
  QString file =
      QFileDialog::getSaveFileName(this, tr("Export figures"), QStringLiteral("figures.csv"), tr("CSV (*.csv)"));
  if (file.isEmpty()) return;
  plot_export::writeCsvInBackground(
      this,
      [figures = set_.figures](QIODevice& device) {
        device.write(QByteArray::fromStdString(pantograph::measure::figures_csv(figures)));
      },
      file);
}
