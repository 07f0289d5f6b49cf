// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialogs/corpus_preview_dialog.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QScreen>
#include <QSplitter>
#include <QVBoxLayout>

#include "corpus/record_fields.h"
#include "corpus_edits.h"
#include "corpus_text.h"
#include "dialogs/preview_documents.h"
#include "format.h"
#include "theme.h"

using namespace pantograph;

CorpusPreviewDialog::CorpusPreviewDialog(bool adds, const QStringList& paths, QWidget* parent)
    : QDialog(parent), adds_(adds), paths_(paths) {}

CorpusPreviewDialog::CorpusPreviewDialog(const QStringList& paths, project::Role role, QWidget* parent)
    : CorpusPreviewDialog(true, paths, parent) {
  setWindowTitle(tr("Add text"));
  corpus_ = corpus_edits::corpusOf(paths);
  role_ = role;
  build();
}

CorpusPreviewDialog::CorpusPreviewDialog(const project::CorpusSpec& corpus, const std::filesystem::path& folder,
                                         QWidget* parent)
    : CorpusPreviewDialog(false, {}, parent) {
  setWindowTitle(tr("Preview of “%1”").arg(QString::fromStdString(corpus.name)));
  corpus_ = corpus;
  folder_ = folder;
  all_ = {corpus.reader, corpus.text_field, corpus.encoding};
  build();
}

/// In the order in which Tab goes through it.
void CorpusPreviewDialog::build() {
  auto* settings = new QWidget(this);
  auto* left = new QVBoxLayout(settings);
  left->setContentsMargins(0, 0, 0, 0);
  if (paths_.size() > 1) addQuestion(left);
  form_ = new QFormLayout;
  form_->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  if (adds_) addRole(form_);
  reading_ = new ReadingForm(form_, settings);
  state_ = new QLabel(settings);
  state_->setWordWrap(true);
  state_->setTextFormat(Qt::PlainText);
  state_->setAccessibleName(tr("What would be taken"));
  left_out_ = new QPlainTextEdit(settings);
  left_out_->setReadOnly(true);
  left_out_->setTabChangesFocus(true);
  left_out_->setMinimumHeight(fontMetrics().height() * 4);
  left_out_->setAccessibleName(tr("What would be taken and left out"));
  left->addLayout(form_);
  left->addWidget(state_);
  left->addWidget(left_out_, 1);
  documents_ = new PreviewDocuments(this);
  auto* splitter = new QSplitter(Qt::Horizontal, this);
  splitter->addWidget(settings);
  splitter->addWidget(documents_);
  splitter->setChildrenCollapsible(false);
  splitter->setStretchFactor(0, 2);
  splitter->setStretchFactor(1, 3);

  busy_ = new QProgressBar(this);
  busy_->setRange(0, 0);
  busy_->setTextVisible(false);
  busy_->setMaximumWidth(fontMetrics().averageCharWidth() * 20);
  busy_->setAccessibleName(tr("Reading"));
  QSizePolicy place = busy_->sizePolicy();
  place.setRetainSizeWhenHidden(true);
  busy_->setSizePolicy(place);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  accept_ =
      adds_ ? buttons->addButton(tr("&Add"), QDialogButtonBox::AcceptRole) : buttons->addButton(QDialogButtonBox::Ok);
  accept_->setDefault(true);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* bottom = new QHBoxLayout;
  bottom->addWidget(busy_);
  bottom->addStretch();
  bottom->addWidget(buttons);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(splitter, 1);
  layout->addLayout(bottom);
  const QSize wanted(fontMetrics().averageCharWidth() * 150, fontMetrics().height() * 36);
  resize(wanted.boundedTo(screen()->availableGeometry().size() * 9 / 10));
  splitter->setSizes({width() * 2 / 5, width() * 3 / 5});

  connect(reading_, &ReadingForm::edited, this, [this] {
    readingNow() = reading_->reading();
    ask();
  });
  connect(&reader_, &PreviewReader::answered, this,
          [this](const std::shared_ptr<const PreviewAnswer>& answer) { showAnswer(*answer); });
  choose();
}

/// One corpus, or one for each path.
void CorpusPreviewDialog::addQuestion(QVBoxLayout* layout) {
  auto* box = new QGroupBox(tr("%1 files or folders").arg(formatInteger(static_cast<std::uint64_t>(paths_.size()))));
  layout->addWidget(box);
  one_button_ = new QRadioButton(tr("&One corpus of all"), box);
  each_button_ = new QRadioButton(tr("One domain for eac&h"), box);
  one_button_->setChecked(true);
  auto* inside = new QVBoxLayout(box);
  inside->addWidget(one_button_);
  inside->addWidget(each_button_);
}

void CorpusPreviewDialog::addRole(QFormLayout* form) {
  role_combo_ = new QComboBox(this);
  role_combo_->addItems(corpus_edits::roleNames());
  role_combo_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  role_combo_->setCurrentIndex(role_ == project::Role::generic ? 0 : 1);
  role_combo_->setAccessibleName(tr("Role"));
  form->addRow(tr("Ro&le"), role_combo_);
  if (each_button_ == nullptr) return;
  file_ = new QComboBox(this);
  file_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  file_->setAccessibleName(tr("File that is shown"));
  for (const QString& path : paths_) {
    file_->addItem(QFileInfo(path).fileName());
    file_->setItemData(file_->count() - 1, path, Qt::ToolTipRole);
  }
  form->addRow(tr("&Shown"), file_);
  form->setRowVisible(file_, false);
  const auto name_each = [this] {
    const bool generic = each() && role_combo_->currentIndex() == 0;
    each_button_->setText(generic ? tr("One generic corpus for eac&h") : tr("One domain for eac&h"));
  };
  connect(each_button_, &QRadioButton::toggled, this, [this, name_each](bool each) {
    form_->setRowVisible(file_, each);
    role_combo_->setCurrentIndex(each || role_ == project::Role::domain ? 1 : 0);
    name_each();
    choose();
  });
  connect(role_combo_, &QComboBox::currentIndexChanged, this, name_each);
  connect(file_, &QComboBox::currentIndexChanged, this, &CorpusPreviewDialog::choose);
}

bool CorpusPreviewDialog::each() const {
  return each_button_ != nullptr && each_button_->isChecked();
}

/// Whether it is known how everything would be read.
bool CorpusPreviewDialog::ready() const {
  return each() ? !kinds_.empty() : !all_.reader.empty();
}

Reading& CorpusPreviewDialog::readingNow() {
  return each() && !kinds_.empty() ? each_.at(kinds_.at(static_cast<std::size_t>(file_->currentIndex()))) : all_;
}

project::CorpusSpec CorpusPreviewDialog::corpusNow() const {
  return each() && !kinds_.empty() ? corpus_edits::corpusOf({paths_.at(file_->currentIndex())}) : corpus_;
}

/// Another corpus is looked at.
void CorpusPreviewDialog::choose() {
  // Which readers they have for themselves is on its way with the answer to the first question.
  if (each() && kinds_.empty() && reader_.isReading()) return;
  reading_->setReading(readingNow());
  ask();
}

void CorpusPreviewDialog::ask() {
  PreviewQuestion question{corpusNow(), folder_, paths_.size() > 1 && kinds_.empty()};
  const Reading& reading = readingNow();
  question.corpus.reader = reading.reader;
  question.corpus.text_field = reading.text_field;
  question.corpus.encoding = reading.encoding;
  setState(tr("Reading…"), false);
  busy_->show();
  accept_->setEnabled(ready());
  reader_.ask(question);
}

void CorpusPreviewDialog::showAnswer(const PreviewAnswer& answer) {
  if (kinds_.empty() && !answer.each.empty()) {
    kinds_ = answer.each;
    for (const std::string& kind : kinds_) each_[kind].reader = kind;
    if (each()) {
      if (all_.reader.empty()) all_.reader = answer.reader;
      return choose();
    }
  }
  Reading& reading = readingNow();
  if (reading.reader.empty() && !answer.reader.empty()) {
    reading.reader = answer.reader;
    reading_->setReading(reading);
  }
  busy_->hide();
  accept_->setEnabled(ready());
  reading_->setFields(answer.fields);
  documents_->show(answer.documents);
  QString text = answer.error.isEmpty() ? leftOutText(answer.preview.summary) : answer.error + '\n';
  if (answer.error.isEmpty() && answer.preview.summary.files < answer.preview.files) {
    text.prepend(tr("Looked into: %1 of %2 files. Of these:\n")
                     .arg(formatInteger(answer.preview.summary.files), formatInteger(answer.preview.files)));
  }
  for (const QString& warning : answer.warnings) text += '\n' + warning + '\n';
  left_out_->setPlainText(text);
  const QString count = formatInteger(static_cast<std::uint64_t>(answer.documents.size()));
  if (answer.documents.isEmpty()) {
    const bool other_field = !answer.fields.isEmpty() && reading.text_field.find('{') == std::string::npos &&
                             !answer.fields.contains(QString::fromStdString(reading.text_field));
    const bool unknown = answer.error.isEmpty() && !answer.preview.whole;
    setState(other_field ? tr("No document would be taken: choose the field that holds the text.")
             : unknown   ? tr("No document in what was looked into.")
             : adds_     ? tr("No document would be taken. It can be added all the same and mended later.")
                         : tr("No document would be taken."),
             true);
  } else {
    setState(answer.preview.whole ? tr("Documents: %1, all that there are").arg(count)
                                  : tr("Documents: the first %1; there may be more").arg(count),
             false);
  }
}

void CorpusPreviewDialog::setState(const QString& text, bool warns) {
  state_->setText(text);
  QPalette colours = palette();
  if (warns) colours.setColor(QPalette::WindowText, theme::warningColor(colours));
  state_->setPalette(colours);
}

std::vector<project::CorpusSpec> CorpusPreviewDialog::corpora() const {
  std::vector<project::CorpusSpec> out;
  const auto take = [&](project::CorpusSpec corpus, const Reading& reading) {
    corpus.reader = reading.reader;
    // What a new corpus' reader does not use is not written down.
    if (!adds_ || corpus::reads_fields(reading.reader)) corpus.text_field = reading.text_field;
    if (!adds_ || corpus::reads_encodings(reading.reader)) corpus.encoding = reading.encoding;
    if (role_combo_ != nullptr)
      corpus.role = role_combo_->currentIndex() == 0 ? project::Role::generic : project::Role::domain;
    out.push_back(std::move(corpus));
  };
  if (!each()) {
    take(corpus_, all_);
  } else {
    for (int i = 0; i < paths_.size(); ++i)
      take(corpus_edits::corpusOf({paths_.at(i)}), each_.at(kinds_.at(static_cast<std::size_t>(i))));
  }
  return out;
}

void CorpusPreviewDialog::accept() {
  if (!accept_->isEnabled()) return;
  readingNow() = reading_->reading();  // also of what was typed just now
  reader_.cancel();
  QDialog::accept();
}
