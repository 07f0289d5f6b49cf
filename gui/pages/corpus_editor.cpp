// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/corpus_editor.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalBlocker>
#include <algorithm>

#include "corpus_edits.h"
#include "dialogs/corpus_preview_dialog.h"
#include "project_document.h"
#include "theme.h"
#include "widgets/count_edit.h"
#include "widgets/path_list.h"
#include "widgets/reader_combo.h"

using namespace pantograph;

CorpusEditor::CorpusEditor(ProjectDocument* document, QWidget* parent) : QWidget(parent), document_(document) {
  name_ = new QLineEdit(this);
  name_->setAccessibleName(tr("Name of the corpus"));
  problem_ = new QLabel(this);
  problem_->setWordWrap(true);
  problem_->hide();
  role_ = new QComboBox(this);
  role_->addItems(corpus_edits::roleNames());
  role_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  reader_ = new ReaderCombo(this);
  auto* preview = new QPushButton(tr("Previe&w…"), this);
  preview->setToolTip(tr("The first documents as these settings read them, and what would be left out"));
  split_ = new QComboBox(this);
  split_->addItems({tr("by the seed"), tr("my own files for each part")});
  split_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  const auto percent = [this](const QString& name) {
    auto* box = new QDoubleSpinBox(this);
    box->setRange(0, 50);
    box->setDecimals(1);
    box->setSuffix(tr(" %"));
    box->setKeyboardTracking(false);
    box->setAccessibleName(name);
    return box;
  };
  validation_ = percent(tr("Validation part"));
  test_ = percent(tr("Test part"));
  documents_ = new CountEdit(this);
  documents_->setZeroText(tr("no limit"));
  bytes_ = new CountEdit(this);
  bytes_->setZeroText(tr("no limit"));
  characters_ = new CountEdit(this);
  characters_->setZeroText(tr("0"));
  near_copies_ = new QComboBox(this);
  near_copies_->addItem(tr("counted"), QStringLiteral("report"));
  near_copies_->addItem(tr("dropped from training"), QStringLiteral("drop"));
  near_copies_->addItem(tr("not looked for"), QStringLiteral("keep"));
  near_copies_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  near_copies_->setAccessibleName(tr("Near-copies"));
  near_copies_->setToolTip(
      tr("Train documents that are, but for small changes, validation or test documents or earlier train documents. "
         "Validation and test documents are never dropped."));
  exclude_ = new QLineEdit(this);
  exclude_->setPlaceholderText(tr("patterns, separated by spaces"));
  exclude_->setToolTip(
      tr("A name, or a path with a slash; * stands for any characters, ? for one, ** for any folders. "
         "Quotation marks hold spaces together."));
  field_ = new QLineEdit(this);
  field_->setToolTip(
      tr("Of records (JSON, CSV, Parquet): the field that holds the text, one within another as in "
         "article.body, or a template such as {question}\\n{answer}."));
  encoding_ = new QLineEdit(this);
  encoding_->setPlaceholderText(tr("found out"));
  encoding_->setAccessibleName(tr("Encoding"));
  encoding_->setToolTip(tr("Of text files that are not UTF-8, as in windows-1252."));
  paths_ = new PathList(this);

  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("Na&me"), name_);
  form->addRow(problem_);
  form->addRow(tr("R&ole"), role_);
  auto* reader = new QHBoxLayout;
  reader->addWidget(reader_, 1);
  reader->addWidget(preview);
  auto* reader_label = new QLabel(tr("R&eader"), this);
  reader_label->setBuddy(reader_);
  form->addRow(reader_label, reader);
  auto* records = new QHBoxLayout;
  records->addWidget(field_, 1);
  records->addWidget(new QLabel(tr("encoding"), this));
  records->addWidget(encoding_, 1);
  auto* records_label = new QLabel(tr("Text fiel&d"), this);
  records_label->setBuddy(field_);
  form->addRow(records_label, records);
  form->addRow(tr("S&plit"), split_);
  auto* parts = new QHBoxLayout;
  parts->addWidget(validation_, 1);
  parts->addWidget(new QLabel(tr("test"), this));
  parts->addWidget(test_, 1);
  auto* parts_label = new QLabel(tr("&Validation"), this);
  parts_label->setBuddy(validation_);
  form->addRow(parts_label, parts);
  form->addRow(tr("Most doc&uments"), documents_);
  form->addRow(tr("Most b&ytes"), bytes_);
  auto* kept = new QHBoxLayout;
  kept->addWidget(characters_, 1);
  kept->addWidget(new QLabel(tr("near-copies"), this));
  kept->addWidget(near_copies_, 2);
  auto* kept_label = new QLabel(tr("Shortest (cha&rs)"), this);
  kept_label->setBuddy(characters_);
  form->addRow(kept_label, kept);
  form->addRow(tr("Lea&ve out"), exclude_);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(form, 2);
  layout->addWidget(paths_, 3);

  const auto change = [this](const QString& text, auto&& edit) {
    const int index = index_;
    document_->change(text, [&](project::Project& project) {
      if (index >= 0 && index < static_cast<int>(project.corpora.size()))
        edit(project.corpora[static_cast<std::size_t>(index)]);
    });
  };
  connect(name_, &QLineEdit::editingFinished, this, &CorpusEditor::rename);
  connect(role_, &QComboBox::activated, this, [this](int role) {
    const int index = index_;
    document_->change(tr("Change the role"), [&](project::Project& project) {
      project::CorpusSpec& corpus = project.corpora.at(static_cast<std::size_t>(index));
      corpus.role = role == 0 ? project::Role::generic : project::Role::domain;
      auto& domains = project.specialization.domains;
      std::erase(domains, corpus.name);
      if (corpus.role == project::Role::domain) domains.push_back(corpus.name);
    });
  });
  connect(preview, &QPushButton::clicked, this, &CorpusEditor::preview);
  connect(reader_, &QComboBox::activated, this, [this, change] {
    const std::string id = reader_->reader();
    change(tr("Change the reader"), [&](project::CorpusSpec& corpus) { corpus.reader = id; });
  });
  connect(field_, &QLineEdit::editingFinished, this, [this, change] {
    const std::string field =
        field_->text().isEmpty() ? project::CorpusSpec().text_field : field_->text().toStdString();
    change(tr("Change the text field"), [&](project::CorpusSpec& corpus) { corpus.text_field = field; });
  });
  connect(encoding_, &QLineEdit::editingFinished, this, [this, change] {
    const std::string encoding = encoding_->text().trimmed().toStdString();
    change(tr("Change the encoding"), [&](project::CorpusSpec& corpus) { corpus.encoding = encoding; });
  });
  connect(split_, &QComboBox::activated, this, [this](int own) { paths_->setOwnSplit(own == 1); });
  connect(paths_, &PathList::edited, this, [this, change] {
    change(tr("Change the files"), [this](project::CorpusSpec& corpus) { paths_->store(corpus); });
  });
  connect(validation_, &QDoubleSpinBox::valueChanged, this, [change](double value) {
    change(tr("Change the validation part"),
           [&](project::CorpusSpec& corpus) { corpus.validation_fraction = value / 100; });
  });
  connect(test_, &QDoubleSpinBox::valueChanged, this, [change](double value) {
    change(tr("Change the test part"), [&](project::CorpusSpec& corpus) { corpus.test_fraction = value / 100; });
  });
  connect(documents_, &CountEdit::countEdited, this, [change](quint64 count) {
    change(tr("Change the limit of documents"), [&](project::CorpusSpec& corpus) { corpus.max_documents = count; });
  });
  connect(bytes_, &CountEdit::countEdited, this, [change](quint64 count) {
    change(tr("Change the limit of bytes"), [&](project::CorpusSpec& corpus) { corpus.max_bytes = count; });
  });
  connect(characters_, &CountEdit::countEdited, this, [change](quint64 count) {
    change(tr("Change the shortest document"), [&](project::CorpusSpec& corpus) { corpus.min_characters = count; });
  });
  connect(near_copies_, &QComboBox::activated, this, [this, change](int row) {
    const std::string what = near_copies_->itemData(row).toString().toStdString();
    change(tr("Change what is done with near-copies"),
           [&](project::CorpusSpec& corpus) { corpus.near_duplicates = what; });
  });
  connect(exclude_, &QLineEdit::editingFinished, this, [this, change] {
    const QStringList patterns = QProcess::splitCommand(exclude_->text());
    change(tr("Change what is left out"), [&](project::CorpusSpec& corpus) {
      corpus.exclude.clear();
      for (const QString& pattern : patterns) corpus.exclude.push_back(pattern.toStdString());
    });
  });
  connect(document_, &ProjectDocument::changed, this, &CorpusEditor::refresh);
  refresh();
}

void CorpusEditor::setCorpus(int index) {
  index_ = index;
  refresh();
}

void CorpusEditor::rename() {
  const auto& corpora = document_->project().corpora;
  if (index_ < 0 || index_ >= static_cast<int>(corpora.size())) return;
  const std::string before = corpora[static_cast<std::size_t>(index_)].name,
                    after = name_->text().trimmed().toStdString();
  if (after == before) {
    problem_->hide();
    return;
  }
  static const QRegularExpression allowed(QStringLiteral("^[A-Za-z0-9_-]+$"));
  QString problem;
  if (!allowed.match(QString::fromStdString(after)).hasMatch())
    problem = tr("A name has letters, digits, - and _ only.");
  else if (document_->project().corpus(after))
    problem = tr("There is another corpus of this name.");
  if (!problem.isEmpty()) {
    problem_->setText(problem);
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, theme::errorColor(palette()));
    problem_->setPalette(colors);
    problem_->show();
    return;
  }
  problem_->hide();
  document_->change(tr("Rename the corpus"), [&](project::Project& project) {
    project.corpora[static_cast<std::size_t>(index_)].name = after;
    std::replace(project.specialization.domains.begin(), project.specialization.domains.end(), before, after);
  });
}

void CorpusEditor::preview() {
  const project::Project& project = document_->project();
  if (index_ < 0) return;
  const auto at = static_cast<std::size_t>(index_);
  auto* dialog = new CorpusPreviewDialog(project.corpora[at], project.folder(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog, at] {
    const project::CorpusSpec chosen = dialog->corpora().front();
    document_->change(tr("Change how the corpus is read"), [&](project::Project& now) {
      if (at >= now.corpora.size() || now.corpora[at].name != chosen.name) return;
      now.corpora[at].reader = chosen.reader;
      now.corpora[at].text_field = chosen.text_field;
      now.corpora[at].encoding = chosen.encoding;
    });
  });
  dialog->open();
}

void CorpusEditor::refresh() {
  const auto& corpora = document_->project().corpora;
  if (index_ >= static_cast<int>(corpora.size())) index_ = -1;
  setEnabled(index_ >= 0);
  const project::CorpusSpec corpus = index_ >= 0 ? corpora[static_cast<std::size_t>(index_)] : project::CorpusSpec{};
  const auto set_text = [](QLineEdit* edit, const QString& text) {
    if (edit->text() != text) edit->setText(text);
  };
  set_text(name_, QString::fromStdString(corpus.name));
  problem_->hide();
  role_->setCurrentIndex(corpus.role == project::Role::generic ? 0 : 1);
  reader_->setReader(corpus.reader);
  paths_->show(corpus);
  split_->setCurrentIndex(paths_->ownSplit() ? 1 : 0);
  const QSignalBlocker block_validation(validation_), block_test(test_);
  validation_->setValue(100 * corpus.validation_fraction);
  test_->setValue(100 * corpus.test_fraction);
  validation_->setEnabled(!paths_->ownSplit());
  test_->setEnabled(!paths_->ownSplit());
  documents_->setCount(corpus.max_documents);
  bytes_->setCount(corpus.max_bytes);
  characters_->setCount(corpus.min_characters);
  near_copies_->setCurrentIndex(near_copies_->findData(QString::fromStdString(corpus.near_duplicates)));
  set_text(field_, QString::fromStdString(corpus.text_field));
  set_text(encoding_, QString::fromStdString(corpus.encoding));
  QStringList exclude;
  for (const auto& one : corpus.exclude) {
    QString pattern = QString::fromStdString(one);
    pattern.replace('"', QStringLiteral("\"\"\""));  // as QProcess::splitCommand() reads it
    exclude << (pattern.contains(' ') ? '"' + pattern + '"' : pattern);
  }
  set_text(exclude_, exclude.join(' '));
}
