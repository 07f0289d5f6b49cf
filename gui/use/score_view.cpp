// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/score_view.h"

#include <QCheckBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSet>
#include <QStringDecoder>
#include <QVBoxLayout>
#include <QtConcurrent/QtConcurrentRun>
#include <algorithm>

#include "base/numbers.h"
#include "format.h"
#include "icons.h"
#include "use/model_column.h"
#include "use/model_columns.h"
#include "use/token_text.h"

using pantograph::infer::Score;

namespace {

constexpr qint64 kMostBytes = 1 << 20;  // of a file: the box lays all of it out

struct ReadText {
  QString text, error;
};

ReadText textOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly))
    return {{}, ScoreView::tr("%1 cannot be read: %2").arg(path, file.errorString())};
  const QByteArray bytes = file.read(kMostBytes + 1);
  if (bytes.size() > kMostBytes) {
    return {{},
            ScoreView::tr("%1 has more than %2. Take a part of it, or use pantograph score on the command line.")
                .arg(path, formatBytes(static_cast<double>(kMostBytes)))};
  }
  QStringDecoder decoder(QStringDecoder::Utf8);
  const QString text = decoder.decode(bytes);
  if (decoder.hasError()) return {{}, ScoreView::tr("%1 is not text in UTF-8. Convert it with iconv.").arg(path)};
  return {text, {}};
}

QString bitsPerByte(const Score& score) {
  return QLocale().toString(score.bits_per_byte(), 'f', 4);
}

}  // namespace

ScoreView::ScoreView(QWidget* parent) : QWidget(parent) {
  text_ = new QPlainTextEdit(this);
  text_->setPlaceholderText(tr("Paste a text, or open a file: each chosen model says how well it predicts it."));
  text_->setAccessibleName(tr("Text to score"));
  text_->setTabChangesFocus(true);
  text_->setFixedHeight(fontMetrics().height() * 7);
  score_ = new QPushButton(icons::get(icons::Icon::run), tr("&Score"), this);
  score_->setToolTip(tr("Score the text with each chosen model (Ctrl+Return)"));
  stop_ = new QPushButton(icons::get(icons::Icon::stop), tr("S&top"), this);
  stop_->setToolTip(tr("Stop scoring (Esc)"));
  open_ = new QPushButton(icons::get(icons::Icon::file_open), tr("Open a &text…"), this);
  open_->setToolTip(tr("A text file in UTF-8"));
  colour_ = new QCheckBox(tr("Colour by s&urprise"), this);
  colour_->setChecked(true);
  ranking_ = new QLabel(this);
  ranking_->setWordWrap(true);
  ranking_->setTextFormat(Qt::PlainText);
  ranking_->setAccessibleName(tr("Ranking"));
  ranking_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  columns_ = new ModelColumns(this);
  auto* row = new QHBoxLayout;
  row->addWidget(score_);
  row->addWidget(stop_);
  row->addWidget(open_);
  row->addStretch();
  row->addWidget(colour_);
  auto* column = new QVBoxLayout(this);
  column->addWidget(text_);
  column->addLayout(row);
  column->addWidget(ranking_);
  column->addWidget(columns_, 1);
  connect(score_, &QPushButton::clicked, this, &ScoreView::score);
  connect(stop_, &QPushButton::clicked, columns_, &ModelColumns::stop);
  connect(open_, &QPushButton::clicked, this, &ScoreView::openFile);
  connect(text_, &QPlainTextEdit::textChanged, this, &ScoreView::refresh);
  connect(colour_, &QCheckBox::toggled, columns_, &ModelColumns::setColoured);
  connect(columns_, &ModelColumns::columnAdded, this, &ScoreView::setUp);
  connect(columns_, &ModelColumns::stateChanged, this, &ScoreView::refresh);
  refresh();
}

void ScoreView::setUp(ModelColumn* column) {
  UsedModel* model = column->model();
  connect(model, &UsedModel::scored, column, [this, column](const ScoreEnd& end) { showEnd(column, end); });
  connect(model, &UsedModel::expertsChanged, column, [this, model] {
    scores_.remove(model);
    rank();
  });
}

void ScoreView::score() {
  scores_.clear();
  scored_ = text_->toPlainText();
  for (ModelColumn* one : columns_->columns()) {
    one->model()->score(scored_);  // first: it ends what went on
    one->text()->begin();
    one->setNote(tr("Scoring…"));
  }
  rank();
}

void ScoreView::openFile() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("Open a text"), {}, tr("Text files (*.txt *.md);;All files (*)"));
  if (!file.isEmpty()) readFile(file);
}

void ScoreView::readFile(const QString& file) {
  auto* watcher = new QFutureWatcher<ReadText>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher] {
    watcher->deleteLater();
    const ReadText read = watcher->result();
    if (read.error.isEmpty()) return text_->setPlainText(read.text);
    ranking_->setText(read.error);
  });
  watcher->setFuture(QtConcurrent::run([file] { return textOf(file); }));
}

void ScoreView::showEnd(ModelColumn* column, const ScoreEnd& end) {
  if (!end.error.isEmpty()) return column->setError(end.error);
  if (end.stopped) return column->setNote(tr("Stopped."));
  if (end.score.tokens == 0) return column->setNote(tr("No tokens to predict."));
  column->text()->begin();
  column->text()->add(end.tokens);
  QString note =
      tr("%1 bits per byte; perplexity %2 of its own tokens. %3 tokens, %4 bytes.")
          .arg(bitsPerByte(end.score), QString::fromStdString(pantograph::format_perplexity(end.score.perplexity())),
               formatInteger(end.score.tokens), formatInteger(end.score.bytes));
  if (static_cast<std::uint64_t>(end.tokens.size()) < end.score.tokens)
    note += ' ' + tr("The first %1 tokens are shown.").arg(formatInteger(static_cast<quint64>(end.tokens.size())));
  column->setNote(note);
  scores_.insert(column->model(), end.score);
  rank();
}

/// Bits per byte compare whatever the tokenizers are, perplexities within one only.
void ScoreView::rank() {
  QList<ModelColumn*> ranked;
  QSet<QByteArray> tokenizers;
  for (ModelColumn* one : columns_->columns()) {
    if (!scores_.contains(one->model())) continue;
    ranked << one;
    if (const auto about = one->model()->about()) tokenizers << about->tokenizer;
  }
  const auto bits = [this](const ModelColumn* one) { return scores_[one->model()].bits_per_byte(); };
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](const ModelColumn* a, const ModelColumn* b) { return bits(a) < bits(b); });
  if (ranked.size() < 2) return ranking_->clear();
  QStringList parts;
  for (const ModelColumn* one : ranked) {
    const QString change =
        one == ranked.front()
            ? QString()
            : tr(" (%1)").arg(QString::fromStdString(pantograph::format_change(bits(ranked.front()), bits(one))));
    parts << tr("%1. %2: %3%4").arg(parts.size() + 1).arg(one->title(), bitsPerByte(scores_[one->model()]), change);
  }
  ranking_->setText(tr("By bits per byte, the best first: %1. %2")
                        .arg(parts.join(QStringLiteral("; ")),
                             tokenizers.size() > 1 ? tr("Their tokenizers differ: perplexities do not compare.")
                                                   : tr("They share a tokenizer: perplexities compare, too.")));
}

QString ScoreView::ranking() const {
  return ranking_->text();
}

void ScoreView::refresh() {
  score_->setEnabled(!columns_->columns().isEmpty() && !text_->document()->isEmpty());
  stop_->setEnabled(columns_->isBusy());
  bool gone = false;
  for (auto one = scores_.begin(); one != scores_.end();) {
    const bool there = columns_->columnOf(one.key()) != nullptr;
    gone = gone || !there;
    one = there ? std::next(one) : scores_.erase(one);
  }
  if (gone) rank();
}
