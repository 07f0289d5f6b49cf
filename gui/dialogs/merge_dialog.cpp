// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/merge_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "base/error.h"
#include "format.h"
#include "icons.h"
#include "project/project_file.h"
#include "theme.h"

using namespace pantograph;

namespace {

enum Column { setting, before, mine, theirs, choice, columns };

QTableWidgetItem* cell(const std::string& text) {
  auto* item = new QTableWidgetItem(text.empty() ? MergeDialog::tr("not there") : QString::fromStdString(text));
  item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled);
  item->setToolTip(item->text());
  return item;
}

}  // namespace

MergeDialog::MergeDialog(const project::Project& base, const project::Project& mine_project,
                         const project::Project& theirs_project, QWidget* parent)
    : QDialog(parent),
      mine_(mine_project),
      theirs_(theirs_project),
      choices_(project::merge_choices(base, mine_, theirs_)) {
  setWindowTitle(tr("What differs"));
  auto* text = new QLabel(tr("The project here and its file on disk differ in these settings. What only one of them "
                             "changed is taken from there; choose where both changed the same."),
                          this);
  text->setWordWrap(true);
  table_ = new QTableWidget(static_cast<int>(choices_.size()), columns, this);
  table_->setHorizontalHeaderLabels({tr("Setting"), tr("Before"), tr("Here"), tr("On disk"), tr("Take")});
  table_->setAccessibleName(tr("Settings that differ"));
  table_->verticalHeader()->hide();
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setAlternatingRowColors(true);
  table_->setWordWrap(false);
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const project::MergeChoice& difference = choices_[i];
    const int row = static_cast<int>(i);
    QTableWidgetItem* name = cell(difference.key);
    if (difference.conflict) {
      name->setIcon(icons::get(icons::Icon::warning));
      name->setToolTip(tr("Both changed this."));
    }
    table_->setItem(row, setting, name);
    table_->setItem(row, before, cell(difference.base));
    table_->setItem(row, mine, cell(difference.mine));
    table_->setItem(row, theirs, cell(difference.theirs));
    auto* box = new QComboBox(table_);
    box->addItems({tr("Here"), tr("On disk")});
    box->setAccessibleName(tr("Which to take of %1").arg(name->text()));
    box->setCurrentIndex(difference.take_theirs ? 1 : 0);
    connect(box, &QComboBox::currentIndexChanged, this, [this, i](int index) { choose(i, index == 1); });
    table_->setCellWidget(row, choice, box);
    boxes_.push_back(box);
  }
  table_->resizeColumnsToContents();
  const int most = fontMetrics().averageCharWidth() * 34;
  for (const int column : {before, mine, theirs})
    table_->setColumnWidth(column, std::min(most, table_->columnWidth(column)));
  table_->horizontalHeader()->setSectionResizeMode(theirs, QHeaderView::Stretch);
  state_ = new QLabel(this);
  state_->setWordWrap(true);
  state_->setTextFormat(Qt::PlainText);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  use_ = buttons->button(QDialogButtonBox::Ok);
  use_->setText(tr("&Use these"));
  QPushButton* all_mine = buttons->addButton(tr("All from &here"), QDialogButtonBox::ActionRole);
  QPushButton* all_theirs = buttons->addButton(tr("All from &disk"), QDialogButtonBox::ActionRole);
  connect(all_mine, &QPushButton::clicked, this, [this] {
    for (QComboBox* box : boxes_) box->setCurrentIndex(0);
  });
  connect(all_theirs, &QPushButton::clicked, this, [this] {
    for (QComboBox* box : boxes_) box->setCurrentIndex(1);
  });
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(text);
  layout->addWidget(table_, 1);
  layout->addWidget(state_);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 130, fontMetrics().height() * 28);
  refresh();
}

project::Project MergeDialog::result() const {
  return project::merged(mine_, theirs_, choices_);
}

void MergeDialog::choose(std::size_t row, bool take_theirs) {
  choices_[row].take_theirs = take_theirs;
  refresh();
}

/// The chosen side of each row in bold, and whether the choices go together.
void MergeDialog::refresh() {
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    for (const int column : {mine, theirs}) {
      QTableWidgetItem* const item = table_->item(static_cast<int>(i), column);
      QFont font = table_->font();
      font.setBold((column == theirs) == choices_[i].take_theirs);
      item->setFont(font);
      item->setForeground(font.bold() ? palette().color(QPalette::Text) : theme::mutedText(palette()));
    }
  }
  QString problem;
  try {
    project::validate_project(result());
  } catch (const Error& error) {
    problem = tr("These do not go together: %1").arg(formatError(error.text()).replace('\n', QStringLiteral("; ")));
  }
  state_->setText(problem);
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, theme::errorColor(colours));
  state_->setPalette(colours);
  state_->setVisible(!problem.isEmpty());
  use_->setEnabled(problem.isEmpty());
}
