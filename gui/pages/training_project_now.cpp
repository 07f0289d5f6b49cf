// SPDX-License-Identifier: GPL-3.0-or-later
// "Project now" on the training page: the small network of a domain's expert, of a run that goes on or has ended.
#include <QComboBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QPushButton>

#include "engine_bridge.h"
#include "icons.h"
#include "pages/training_page.h"
#include "pages/training_probes.h"
#include "project_document.h"

QWidget* TrainingPage::makeProjectNow() {
  auto* box = new QGroupBox(tr("Project now"), this);
  box->setToolTip(tr("Writes the small network of this moment, while training goes on"));
  project_run_ = new QComboBox(box);
  project_domain_ = new QComboBox(box);
  project_expert_ = new ExpertEdit(box);
  project_expert_->setAccessible(tr("the projection"));
  project_ = new QPushButton(tr("Save small net&work…"), box);
  answer_ = new QLabel(box);
  answer_->setWordWrap(true);
  answer_->setAccessibleName(tr("Answer to “project now”"));
  answer_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  use_ = new QPushButton(icons::get(icons::Icon::use), tr("&Use it"), box);
  use_->setToolTip(tr("Try the network that was saved last on the use page"));
  use_->setEnabled(false);
  auto* row = new QHBoxLayout;
  row->addWidget(project_, 1);
  row->addWidget(use_);
  auto* form = new QFormLayout(box);
  form->setContentsMargins(6, 4, 6, 4);
  form->setVerticalSpacing(3);
  form->addRow(tr("R&un"), project_run_);
  form->addRow(tr("D&omain"), project_domain_);
  form->addRow(tr("Expert"), project_expert_);
  form->addRow(row);
  form->addRow(answer_);
  connect(project_, &QPushButton::clicked, this, &TrainingPage::askAndProject);
  connect(use_, &QPushButton::clicked, this, [this] { Q_EMIT useWanted(projected_); });
  return box;
}

void TrainingPage::askAndProject() {
  const QString run = project_run_->currentData().toList().value(0).toString();
  const QString proposed = QStringLiteral("%1-%2.h5").arg(run, project_domain_->currentText());
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save the small network"), proposed, tr("Small network (*.h5)"));
  if (!file.isEmpty()) projectTo(file);
}

void TrainingPage::projectTo(const QString& file) {
  const QVariantList run = project_run_->currentData().toList();
  if (run.size() != 2) return answer_->setText(tr("There is no run to project."));
  if (project_domain_->currentText().isEmpty() &&
      project_expert_->choice().kind != pantograph::train::ExpertChoice::fixed) {
    return answer_->setText(tr("This choice of an expert needs a domain. Add one, or choose an expert by its number."));
  }
  answer_->setText(tr("Asked; the answer comes at the next step…"));
  project_->setEnabled(false);
  bridge_->projectNow(run[0].toString(), run[1].toULongLong(), project_domain_->currentText(),
                      project_expert_->choice(), file);
}

QString TrainingPage::answer() const {
  return answer_->text();
}
