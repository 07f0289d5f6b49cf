// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/recovery_dialog.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "base/error.h"
#include "format.h"
#include "project/project_file.h"
#include "project/setting_differences.h"

using namespace pantograph;

namespace {

/// "3: seed, method.slm.generic.rate, …"
QString changes_of(const LeftEdits& edits) {
  constexpr int kNamed = 3;
  try {
    const project::Project base = edits.base.empty() ? project::Project() : project::parse_unchecked(edits.base, "");
    QStringList keys;
    for (const auto& difference : project::differing_settings(base, project::parse_unchecked(edits.text, "")))
      keys << QString::fromStdString(difference.key);
    const QString named = keys.mid(0, kNamed).join(QStringLiteral(", "));
    return keys.size() > kNamed ? RecoveryDialog::tr("%1 and %2 more").arg(named).arg(keys.size() - kNamed) : named;
  } catch (const Error&) {
    return RecoveryDialog::tr("unreadable");
  }
}

}  // namespace

RecoveryDialog::RecoveryDialog(const QList<LeftEdits>& edits, QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Unsaved edits"));
  auto* text =
      new QLabel(tr("The program ended before these edits were saved. Recovered edits are shown in the window; the "
                    "file changes only when you save."),
                 this);
  text->setWordWrap(true);
  list_ = new QTreeWidget(this);
  list_->setAccessibleName(tr("Projects with unsaved edits"));
  list_->setHeaderLabels({tr("Project"), tr("Last edit"), tr("Changed"), tr("Folder")});
  list_->setRootIsDecorated(false);
  list_->setAlternatingRowColors(true);
  for (const LeftEdits& left : edits) {
    const QFileInfo file(left.file);
    auto* row = new QTreeWidgetItem(list_);
    row->setText(0, left.file.isEmpty() ? tr("Untitled") : file.completeBaseName());
    row->setText(1, QLocale().toString(left.time, QLocale::ShortFormat));
    row->setText(2, changes_of(left));
    row->setText(3, left.file.isEmpty() ? tr("never saved") : file.path());
    for (int column = 0; column < 4; ++column) row->setToolTip(column, row->text(column));
  }
  list_->setCurrentItem(list_->topLevelItem(0));
  const int most = fontMetrics().averageCharWidth() * 50;
  for (int column = 0; column < 3; ++column) {
    list_->resizeColumnToContents(column);
    list_->setColumnWidth(column, std::min(most, list_->columnWidth(column) + fontMetrics().averageCharWidth() * 2));
  }
  auto* buttons = new QDialogButtonBox(this);
  QPushButton* take = buttons->addButton(tr("&Recover"), QDialogButtonBox::AcceptRole);
  QPushButton* drop = buttons->addButton(tr("&Throw away"), QDialogButtonBox::DestructiveRole);
  buttons->addButton(tr("&Later"), QDialogButtonBox::RejectRole);
  take->setDefault(true);
  connect(take, &QPushButton::clicked, this, [this] { done(recover); });
  connect(drop, &QPushButton::clicked, this, [this] { done(discard); });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(list_, &QTreeWidget::itemDoubleClicked, this, [this] { done(recover); });
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(text);
  layout->addWidget(list_, 1);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 110, fontMetrics().height() * 16);
}

int RecoveryDialog::current() const {
  return list_->indexOfTopLevelItem(list_->currentItem());
}
