// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/export_dialog.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QUrl>
#include <QVBoxLayout>

#include "exchange/exporter.h"
#include "theme.h"

using pantograph::exchange::Exporter;

namespace {

const Exporter& chosenOf(const QComboBox* formats) {
  return pantograph::exchange::exporter(formats->currentData().toString().toStdString());
}

/// Endings that other programs look for; a folder has none.
QString endingOf(const Exporter& exporter) {
  return exporter.folder ? QString() : '.' + QString::fromStdString(exporter.id);
}

}  // namespace

ExportDialog::ExportDialog(UsedModel* model, const QString& name, QWidget* parent)
    : QDialog(parent), model_(model), name_(name) {
  setWindowTitle(tr("Export %1").arg(name));
  formats_ = new QComboBox(this);
  for (const Exporter& one : pantograph::exchange::exporters())
    formats_->addItem(QString::fromStdString(one.title), QString::fromStdString(one.id));
  numbers_ = new QComboBox(this);
  numbers_->setToolTip(tr("How the numbers of matrices are written"));
  what_ = new QComboBox(this);
  what_->addItem(tr("the small model of the chosen expert"), false);
  what_->addItem(tr("the projected network as it is"), true);
  what_label_ = new QLabel(tr("&What"), this);
  what_label_->setBuddy(what_);
  place_ = new QLineEdit(this);
  place_->setAccessibleName(tr("File or folder to write"));
  auto* browse_button = new QPushButton(tr("C&hoose…"), this);
  auto* place_row = new QHBoxLayout;
  place_row->addWidget(place_, 1);
  place_row->addWidget(browse_button);
  auto* place_label = new QLabel(tr("&To"), this);
  place_label->setBuddy(place_);
  progress_ = new QProgressBar(this);
  progress_->setRange(0, 0);
  progress_->hide();
  answer_ = new QLabel(this);
  answer_->setWordWrap(true);
  answer_->setTextFormat(Qt::PlainText);
  answer_->setAccessibleName(tr("What was written"));
  answer_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  export_ = buttons->addButton(tr("&Export"), QDialogButtonBox::ActionRole);
  show_ = buttons->addButton(tr("Show in &folder"), QDialogButtonBox::ActionRole);
  export_->setDefault(true);
  auto* form = new QFormLayout;
  form->addRow(tr("F&ormat"), formats_);
  form->addRow(tr("&Numbers"), numbers_);
  form->addRow(what_label_, what_);
  form->addRow(place_label, place_row);
  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(progress_);
  column->addWidget(answer_, 1);
  column->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 90, sizeHint().height());

  connect(formats_, &QComboBox::currentIndexChanged, this, &ExportDialog::formatChanged);
  connect(what_, &QComboBox::currentIndexChanged, this, &ExportDialog::refresh);
  connect(place_, &QLineEdit::textChanged, this, &ExportDialog::refresh);
  connect(browse_button, &QPushButton::clicked, this, &ExportDialog::browse);
  connect(export_, &QPushButton::clicked, this, &ExportDialog::begin);
  connect(show_, &QPushButton::clicked, this, [this] {
    const QFileInfo written(written_);
    QDesktopServices::openUrl(
        QUrl::fromLocalFile(written.isDir() ? written.absoluteFilePath() : written.absolutePath()));
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
  connect(model_, &UsedModel::exported, this, &ExportDialog::showEnd);
  connect(model_, &UsedModel::aboutChanged, this, &ExportDialog::formatChanged);
  connect(model_, &QObject::destroyed, this, &QDialog::close);
  formatChanged();
}

void ExportDialog::formatChanged() {
  const Exporter& exporter = chosenOf(formats_);
  const QString number = numbers_->currentText();
  numbers_->clear();
  for (const std::string& one : exporter.numbers) numbers_->addItem(QString::fromStdString(one));
  numbers_->setCurrentIndex(std::max(0, numbers_->findText(number)));
  const bool choice = exporter.projected && model_->about() && model_->about()->experts > 0;
  what_->setVisible(choice);
  what_label_->setVisible(choice);
  if (!choice) what_->setCurrentIndex(0);
  // A proposal for the format, unless the user has another place in mind.
  const QFileInfo now(place_->text());
  const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  const QString folder = !place_->text().isEmpty()  ? now.path()
                         : QDir(documents).exists() ? documents
                                                    : QDir::homePath();
  static const QRegularExpression unfit(QStringLiteral("[^\\w.-]+"), QRegularExpression::UseUnicodePropertiesOption);
  QString name = place_->text().isEmpty() ? QString(name_).replace(unfit, QStringLiteral("-")) : now.fileName();
  for (const Exporter& other : pantograph::exchange::exporters()) {
    if (const QString ending = endingOf(other); !ending.isEmpty() && name.endsWith(ending)) name.chop(ending.size());
  }
  place_->setText(QDir(folder).filePath(name + endingOf(exporter)));
  refresh();
}

void ExportDialog::browse() {
  const Exporter& exporter = chosenOf(formats_);
  // A folder is a new one, so its name is asked for as a file's is. What is there already the export refuses itself.
  const QString chosen =
      QFileDialog::getSaveFileName(this, exporter.folder ? tr("Name of the new folder") : tr("Name of the new file"),
                                   place_->text(), {}, nullptr, QFileDialog::DontConfirmOverwrite);
  if (!chosen.isEmpty()) place_->setText(chosen);
}

void ExportDialog::refresh() {
  export_->setEnabled(!exporting_ && !place_->text().trimmed().isEmpty());
  show_->setEnabled(!written_.isEmpty());
  progress_->setVisible(exporting_);
}

void ExportDialog::begin() {
  exporting_ = true;
  written_ = QFileInfo(place_->text().trimmed()).absoluteFilePath();
  answer_->setText(tr("Writing…"));
  model_->exportTo(formats_->currentData().toString(), numbers_->currentText(), what_->currentData().toBool(),
                   written_);
  refresh();
  show_->setEnabled(false);
}

void ExportDialog::showEnd(const ExportEnd& end) {
  exporting_ = false;
  QPalette colours = palette();
  if (!end.error.isEmpty() || end.stopped) {
    written_.clear();
    colours.setColor(QPalette::WindowText, theme::errorColor(colours));
    answer_->setText(end.stopped ? tr("Stopped before anything was written.") : end.error);
  } else {
    QStringList lines{tr("Written:")};
    for (const QString& file : end.files) lines << QStringLiteral("  ") + file;
    for (const QString& sentence : end.exact) lines << tr("Exact: %1").arg(sentence);
    for (const QString& sentence : end.near) lines << tr("Near: %1").arg(sentence);
    answer_->setText(lines.join('\n'));
  }
  answer_->setPalette(colours);
  refresh();
  adjustSize();
}

QString ExportDialog::answer() const {
  return answer_->text();
}
