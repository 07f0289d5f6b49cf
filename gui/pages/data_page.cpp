// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/data_page.h"

#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>
#include <QTabWidget>
#include <QTableView>

#include "corpus_edits.h"
#include "corpus_text.h"
#include "dialogs/corpus_preview_dialog.h"
#include "engine_bridge.h"
#include "icons.h"
#include "pages/corpus_editor.h"
#include "pages/overlap_text.h"
#include "project_document.h"
#include "widgets/count_edit.h"
#include "widgets/empty_state.h"
#include "widgets/path_list.h"
#include "widgets/tables.h"

using namespace pantograph;

DataPage::DataPage(ProjectDocument* document, EngineBridge* bridge, QWidget* parent)
    : QWidget(parent), document_(document), bridge_(bridge) {
  setAcceptDrops(true);
  model_ = new CorpusModel(this);
  stack_ = new QStackedLayout(this);
  empty_ = new EmptyState(icons::Icon::data, this);
  empty_->set(
      tr("No text yet"),
      tr("A project needs a generic corpus, which the networks are pretrained on, and one or more domains, which small "
         "models are specialized for. Add files or folders, or drop them here."),
      tr("Add f&iles…"), tr("Add fol&der…"));
  connect(empty_->button(), &QPushButton::clicked, this, &DataPage::addFiles);
  connect(empty_->secondButton(), &QPushButton::clicked, this, &DataPage::addFolder);

  auto* content = new QWidget(this);
  auto* files = new QPushButton(icons::get(icons::Icon::add_file), tr("Add f&iles…"), content);
  auto* folder = new QPushButton(icons::get(icons::Icon::add_folder), tr("Add fol&der…"), content);
  remove_ = new QPushButton(icons::get(icons::Icon::remove), tr("Remo&ve"), content);
  import_ = new QPushButton(tr("I&mport"), content);
  import_->setToolTip(tr("Read all corpora, drop duplicates, split, compare them with each other"));
  tokenize_ = new QPushButton(tr("To&kenize"), content);
  tokenize_->setToolTip(tr("Train the tokenizer on the generic text and encode all corpora"));
  hint_ = new QLabel(content);
  auto* buttons = new QHBoxLayout;
  for (QPushButton* button : {files, folder, remove_}) buttons->addWidget(button);
  buttons->addSpacing(fontMetrics().height());
  buttons->addWidget(hint_, 1);
  buttons->addWidget(import_);
  buttons->addWidget(tokenize_);
  connect(files, &QPushButton::clicked, this, &DataPage::addFiles);
  connect(folder, &QPushButton::clicked, this, &DataPage::addFolder);
  connect(remove_, &QPushButton::clicked, this, &DataPage::removeCorpus);
  connect(import_, &QPushButton::clicked, this, [this] {
    const auto& corpora = document_->project().corpora;
    const bool generic = std::any_of(corpora.begin(), corpora.end(), [](const project::CorpusSpec& corpus) {
      return corpus.role == project::Role::generic;
    });
    QStringList steps = {QStringLiteral("import")};
    if (generic) steps << QStringLiteral("overlap");  // without a generic corpus there is no such step
    bridge_->start(steps);
  });
  connect(tokenize_, &QPushButton::clicked, this, [this] { bridge_->start({QStringLiteral("tokenize")}); });

  table_ = new QTableView(content);
  table_->setModel(model_);
  setUpTable(table_, CorpusModel::name);
  table_->setAccessibleName(tr("Corpora"));

  editor_ = new CorpusEditor(document_, content);
  connect(editor_->paths(), &PathList::filesWanted, this,
          [this] { addPathsToCorpus(QFileDialog::getOpenFileNames(this, tr("Add files to the corpus"))); });
  connect(editor_->paths(), &PathList::folderWanted, this, [this] {
    const QString path = QFileDialog::getExistingDirectory(this, tr("Add a folder to the corpus"));
    if (!path.isEmpty()) addPathsToCorpus({path});
  });
  dropped_ = new QPlainTextEdit(content);
  dropped_->setReadOnly(true);
  dropped_->setTabChangesFocus(true);
  dropped_->setAccessibleName(tr("What was dropped and why"));
  overlap_ = new QPlainTextEdit(content);
  overlap_->setReadOnly(true);
  overlap_->setTabChangesFocus(true);
  overlap_->setAccessibleName(tr("What the corpus has in common with the others"));
  tabs_ = new QTabWidget(content);
  tabs_->setDocumentMode(true);
  const auto padded = [this](QWidget* widget) {
    auto* page = new QWidget(tabs_);
    auto* layout = new QVBoxLayout(page);
    layout->addWidget(widget);
    return page;
  };
  tabs_->addTab(padded(editor_), tr("Corp&us"));
  tabs_->addTab(padded(dropped_), tr("Left o&ut"));
  tabs_->addTab(padded(overlap_), tr("Over&lap"));
  tabs_->addTab(makeTokenizer(), tr("Tokeni&zer"));

  auto* splitter = new QSplitter(Qt::Vertical, content);
  splitter->addWidget(table_);
  splitter->addWidget(tabs_);
  splitter->setChildrenCollapsible(false);
  splitter->setStretchFactor(0, 2);
  splitter->setStretchFactor(1, 3);
  auto* layout = new QVBoxLayout(content);
  layout->addLayout(buttons);
  layout->addWidget(splitter, 1);
  stack_->addWidget(empty_);
  stack_->addWidget(content);

  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    editor_->setCorpus(current.isValid() ? current.row() : -1);
    showDropped();
    showOverlap();
  });
  connect(document_, &ProjectDocument::changed, this, &DataPage::refresh);
  connect(bridge_, &EngineBridge::viewChanged, this, [this] { showView(bridge_->view()); });
  connect(bridge_, &EngineBridge::runStarted, this, &DataPage::refresh);
  connect(bridge_, &EngineBridge::runEnded, this, &DataPage::refresh);
  showView(bridge_->view());
}

void DataPage::showView(std::shared_ptr<const job::ProjectView> view) {
  view_ = std::move(view);
  refresh();
}

QWidget* DataPage::makeTokenizer() {
  auto* page = new QWidget(this);
  vocabulary_ = new CountEdit(page);
  algorithm_ = new QComboBox(page);
  algorithm_->addItems({QStringLiteral("unigram"), QStringLiteral("bpe")});
  sample_ = new CountEdit(page);
  model_file_ = new QLineEdit(page);
  model_file_->setPlaceholderText(tr("none: a tokenizer is trained on the generic text"));
  auto* browse = new QPushButton(tr("Br&owse…"), page);
  auto* line = new QHBoxLayout;
  line->addWidget(model_file_, 1);
  line->addWidget(browse);
  auto* form = new QFormLayout(page);
  form->addRow(tr("&Vocabulary (pieces)"), vocabulary_);
  form->addRow(tr("Al&gorithm"), algorithm_);
  form->addRow(tr("Trained on (b&ytes of text)"), sample_);
  auto* model_label = new QLabel(tr("Or a SentencePiece model of your o&wn"), page);
  model_label->setBuddy(model_file_);  // a row that is a layout gives its label none, which then shows the &
  form->addRow(model_label, line);
  connect(vocabulary_, &CountEdit::countEdited, this, [this](quint64 count) {
    document_->change(tr("Change the vocabulary"), [&](project::Project& p) {
      p.tokenizer.vocabulary = static_cast<int>(std::min<quint64>(count, 1 << 20));
    });
  });
  connect(sample_, &CountEdit::countEdited, this, [this](quint64 count) {
    document_->change(tr("Change the tokenizer's sample"),
                      [&](project::Project& p) { p.tokenizer.sample_bytes = count; });
  });
  connect(algorithm_, &QComboBox::textActivated, this, [this](const QString& text) {
    document_->change(tr("Change the tokenizer's algorithm"),
                      [&](project::Project& p) { p.tokenizer.algorithm = text.toStdString(); });
  });
  const auto set_model = [this](const QString& text) {
    document_->change(tr("Change the tokenizer's model"),
                      [&](project::Project& p) { p.tokenizer.model = text.toStdString(); });
  };
  connect(model_file_, &QLineEdit::editingFinished, this,
          [this, set_model] { set_model(model_file_->text().trimmed()); });
  connect(browse, &QPushButton::clicked, this, [this, set_model] {
    const QString file = QFileDialog::getOpenFileName(this, tr("SentencePiece model"), {},
                                                      tr("SentencePiece models (*.model);;All files (*)"));
    if (!file.isEmpty()) set_model(QString::fromStdString(document_->pathForProject(file)));
  });
  return page;
}

void DataPage::addFiles() {
  previewAndAdd(QFileDialog::getOpenFileNames(this, tr("Add files")));
}

void DataPage::addFolder() {
  const QString path = QFileDialog::getExistingDirectory(this, tr("Add a folder as a corpus"));
  if (!path.isEmpty()) previewAndAdd({path});
}

void DataPage::previewAndAdd(const QStringList& paths) {
  if (paths.isEmpty()) return;
  auto* dialog = new CorpusPreviewDialog(paths, corpus_edits::nextRole(document_->project()), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    corpus_edits::add(document_, dialog->corpora());
    table_->selectRow(model_->rowCount() - 1);
  });
  dialog->open();
}

void DataPage::addPathsToCorpus(const QStringList& paths) {
  const int row = currentRow();
  if (paths.isEmpty() || row < 0) return;
  document_->change(tr("Add files to the corpus"), [&](project::Project& project) {
    project::CorpusSpec& corpus = project.corpora[static_cast<std::size_t>(row)];
    for (const QString& path : paths) {
      (editor_->paths()->ownSplit() ? corpus.train : corpus.paths).push_back(document_->pathForProject(path));
    }
  });
}

void DataPage::removeCorpus() {
  const int row = currentRow();
  if (row < 0) return;
  document_->change(tr("Remove the corpus"), [row](project::Project& project) {
    const auto at = project.corpora.begin() + row;
    std::erase(project.specialization.domains, at->name);
    project.corpora.erase(at);
  });
}

int DataPage::currentRow() const {
  return table_->currentIndex().isValid() ? table_->currentIndex().row() : -1;
}

void DataPage::refresh() {
  const project::Project& project = document_->project();
  const int row = currentRow();
  model_->setProject(project.corpora);
  model_->setView(view_);
  const int rows = model_->rowCount();
  if (rows > 0 && currentRow() < 0) table_->selectRow(std::clamp(row, 0, rows - 1));
  editor_->setCorpus(currentRow());
  stack_->setCurrentIndex(rows > 0 ? 1 : 0);
  remove_->setEnabled(currentRow() >= 0);
  import_->setEnabled(!bridge_->isRunning());
  tokenize_->setEnabled(!bridge_->isRunning());
  const auto has = [&](project::Role role) {
    return std::any_of(project.corpora.begin(), project.corpora.end(),
                       [role](const project::CorpusSpec& c) { return c.role == role; });
  };
  hint_->setText(rows == 0                      ? QString()
                 : !has(project::Role::generic) ? tr("Next: add a generic corpus")
                 : !has(project::Role::domain)  ? tr("Next: add a domain")
                                                : QString());
  vocabulary_->setCount(static_cast<std::uint64_t>(project.tokenizer.vocabulary));
  sample_->setCount(project.tokenizer.sample_bytes);
  algorithm_->setCurrentText(QString::fromStdString(project.tokenizer.algorithm));
  const QString model = QString::fromStdString(project.tokenizer.model);
  if (model_file_->text() != model) model_file_->setText(model);
  for (QWidget* widget :
       {static_cast<QWidget*>(vocabulary_), static_cast<QWidget*>(sample_), static_cast<QWidget*>(algorithm_)}) {
    widget->setEnabled(model.isEmpty());
  }
  showDropped();
  showOverlap();
}

void DataPage::showOverlap() {
  const auto& corpora = document_->project().corpora;
  const int row = currentRow();
  QString text = tr("The corpora have not been compared yet.");
  if (view_ && view_->overlap && row >= 0 && row < static_cast<int>(corpora.size()))
    text = ::overlapText(*view_->overlap, corpora[static_cast<std::size_t>(row)].name);
  if (overlap_->toPlainText() != text) overlap_->setPlainText(text);
}

void DataPage::showDropped() {
  const job::CorpusView* corpus = model_->corpusView(currentRow());
  QString text;
  if (!corpus || !corpus->imported) {
    text = tr("This corpus has not been imported yet.");
  } else {
    text = leftOutText(*corpus->imported);
  }
  if (dropped_->toPlainText() != text) dropped_->setPlainText(text);
}

void DataPage::dragEnterEvent(QDragEnterEvent* event) {
  const auto urls = event->mimeData()->urls();
  // A project file goes up to the window, which opens it.
  const bool project = urls.size() == 1 && urls.first().toLocalFile().endsWith(QLatin1String(".pantograph"));
  if (!urls.isEmpty() && urls.first().isLocalFile() && !project) event->acceptProposedAction();
}

void DataPage::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) paths << url.toLocalFile();
  }
  previewAndAdd(paths);
  event->acceptProposedAction();
}
