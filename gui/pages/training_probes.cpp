// SPDX-License-Identifier: GPL-3.0-or-later
// Which domains are probed while training.
#include "pages/training_probes.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>

using pantograph::train::ExpertChoice;

ExpertEdit::ExpertEdit(QWidget* parent) : QWidget(parent), kind_(new QComboBox(this)), number_(new QSpinBox(this)) {
  kind_->addItem(tr("Frequent cluster"), ExpertChoice::by_cluster);
  kind_->addItem(tr("Lowest loss"), ExpertChoice::lowest_loss);
  kind_->addItem(tr("Number"), ExpertChoice::fixed);
  kind_->setToolTip(
      tr("Frequent cluster: the most frequent one of the domain's own text, free.\nLowest loss: tries every expert at "
         "each probe.\n"
         "Methods without experts ignore the choice."));
  kind_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  number_->hide();
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(kind_, 1);
  layout->addWidget(number_);
  connect(kind_, &QComboBox::currentIndexChanged, this, [this] {
    number_->setVisible(choice().kind == ExpertChoice::fixed);
    Q_EMIT edited();
  });
  connect(number_, &QSpinBox::valueChanged, this, &ExpertEdit::edited);
}

void ExpertEdit::setExperts(int count) {
  const QSignalBlocker quiet(number_);
  number_->setRange(0, std::max(0, count - 1));
}

void ExpertEdit::setChoice(const ExpertChoice& choice) {
  {
    const QSignalBlocker b1(kind_), b2(number_);
    kind_->setCurrentIndex(kind_->findData(static_cast<int>(choice.kind)));
    number_->setValue(choice.expert);
    number_->setVisible(choice.kind == ExpertChoice::fixed);
  }
  Q_EMIT edited();
}

ExpertChoice ExpertEdit::choice() const {
  const auto kind = static_cast<ExpertChoice::Kind>(kind_->currentData().toInt());
  return {kind, kind == ExpertChoice::fixed ? number_->value() : 0};
}

void ExpertEdit::setAccessible(const QString& what) {
  kind_->setAccessibleName(tr("Expert for %1").arg(what));
  number_->setAccessibleName(tr("Number of the expert for %1").arg(what));
}

ProbeTable::ProbeTable(QWidget* parent) : QWidget(parent) {
  auto* inner = new QWidget;
  grid_ = new QGridLayout;
  grid_->setContentsMargins(4, 4, 4, 4);
  grid_->setVerticalSpacing(2);
  grid_->setColumnStretch(2, 1);
  auto* column = new QVBoxLayout(inner);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(grid_);
  column->addStretch();
  auto* area = new QScrollArea(this);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setWidget(inner);
  empty_ = new QLabel(tr("No domain to probe. Add a corpus with the role “domain” on the Data page."), inner);
  empty_->setWordWrap(true);
  grid_->addWidget(empty_, 0, 0, 1, 3);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(area);
}

ExpertChoice ProbeTable::projectChoice(const pantograph::project::Project& project) {
  const QString selection = QString::fromStdString(project.specialization.selection);
  bool number = false;
  const int expert = selection.toInt(&number);
  if (number) return {ExpertChoice::fixed, expert};
  return {selection == QLatin1String("best-before") ? ExpertChoice::lowest_loss : ExpertChoice::by_cluster, 0};
}

void ProbeTable::setProject(const pantograph::project::Project& project) {
  QStringList domains, specialized;
  for (const auto& corpus : project.corpora) {
    if (corpus.role == pantograph::project::Role::domain) domains << QString::fromStdString(corpus.name);
  }
  for (const auto& name : project.specialization.domains) specialized << QString::fromStdString(name);
  const QStringList before = specialized_;
  specialized_ = specialized;
  if (domains != domains_) {
    for (const QString& gone : std::as_const(domains_)) {
      if (domains.contains(gone)) continue;
      const Row row = rows_.take(gone);
      delete row.check;
      delete row.expert;
      delete row.newest;
    }
    for (int i = 0; i < domains.size(); ++i) {
      const QString& name = domains[i];
      Row row = rows_.value(name);
      if (!row.check) {
        row.check = new QCheckBox(name, grid_->parentWidget());
        row.check->setToolTip(tr("Follow the specialized loss of %1 while training").arg(name));
        row.expert = new ExpertEdit(grid_->parentWidget());
        row.expert->setAccessible(name);
        row.expert->setChoice(projectChoice(project));
        row.newest = new QLabel(grid_->parentWidget());
        row.newest->setAccessibleName(tr("Newest losses of %1").arg(name));
        row.check->setChecked(specialized.contains(name));
        connect(row.check, &QCheckBox::toggled, this, &ProbeTable::picksEdited);
        connect(row.expert, &ExpertEdit::edited, this, &ProbeTable::picksEdited);
        rows_.insert(name, row);
      }
      grid_->addWidget(row.check, i + 1, 0);
      grid_->addWidget(row.expert, i + 1, 1);
      grid_->addWidget(row.newest, i + 1, 2);
    }
    domains_ = domains;
  }
  empty_->setVisible(domains.isEmpty());
  for (auto row = rows_.begin(); row != rows_.end(); ++row) {
    row->expert->setExperts(project.clustering.clusters);
    if (before.contains(row.key()) != specialized.contains(row.key())) {
      const QSignalBlocker quiet(row->check);
      row->check->setChecked(specialized.contains(row.key()));
    }
  }
}

std::vector<pantograph::method::ProbePick> ProbeTable::picks() const {
  std::vector<pantograph::method::ProbePick> picks;
  for (const QString& domain : domains_) {
    const Row row = rows_.value(domain);
    if (row.check->isChecked()) picks.push_back({domain.toStdString(), row.expert->choice()});
  }
  return picks;
}

void ProbeTable::setPicked(const QString& domain, bool picked) {
  if (rows_.contains(domain)) rows_[domain].check->setChecked(picked);
}

void ProbeTable::setChoice(const QString& domain, const ExpertChoice& choice) {
  if (rows_.contains(domain)) rows_[domain].expert->setChoice(choice);
}

void ProbeTable::setNewest(const QString& domain, const QString& text) {
  if (rows_.contains(domain) && rows_[domain].newest->text() != text) rows_[domain].newest->setText(text);
}
