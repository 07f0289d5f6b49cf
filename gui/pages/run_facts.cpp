// SPDX-License-Identifier: GPL-3.0-or-later
// The facts of one run as a tree of lines.
#include "pages/run_facts.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QScrollBar>
#include <algorithm>
#include <functional>

#include "format.h"
#include "pages/runs_model.h"
#include "theme.h"

namespace run_settings {

namespace {
constexpr int kHashDigits = 32, kShownDigits = 8;
}

QString shown(const std::string& json) {
  QString text = QString::fromStdString(json);
  if (text.size() >= 2 && text.startsWith('"') && text.endsWith('"')) text = text.mid(1, text.size() - 2);
  static const auto is_digit = [](QChar c) { return c.isDigit() || (c >= 'a' && c <= 'f'); };
  if (text.size() == kHashDigits && std::all_of(text.begin(), text.end(), is_digit))
    return text.left(kShownDigits) + QStringLiteral("…");
  return text;
}

std::vector<std::pair<QString, QString>> leaves(const nlohmann::json& settings) {
  std::vector<std::pair<QString, QString>> out;
  const std::function<void(const nlohmann::json&, const QString&)> walk = [&](const nlohmann::json& value,
                                                                              const QString& path) {
    if (!value.is_object()) {
      out.emplace_back(path,
                       QString::fromStdString(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
      return;
    }
    for (const auto& [key, inner] : value.items())
      walk(inner, path.isEmpty() ? QString::fromStdString(key) : path + '.' + QString::fromStdString(key));
  };
  walk(settings, {});
  return out;
}

}  // namespace run_settings

RunFacts::RunFacts(QWidget* parent) : QTreeWidget(parent) {
  setAccessibleName(tr("Facts of the run"));
  setHeaderHidden(true);
  setColumnCount(2);
  setUniformRowHeights(true);
  setIndentation(fontMetrics().averageCharWidth() * 2);
  setTextElideMode(Qt::ElideMiddle);
  outcome_ = new QTreeWidgetItem(this, {tr("Run")});
  settings_ = new QTreeWidgetItem(this, {tr("Settings, as they were")});
  inputs_ = new QTreeWidgetItem(this, {tr("Inputs, by their content")});
  for (QTreeWidgetItem* group : {outcome_, settings_, inputs_}) {
    QFont bold = font();
    bold.setBold(true);
    group->setFont(0, bold);
    group->setFirstColumnSpanned(true);
    group->setExpanded(group != inputs_);
  }
}

void RunFacts::line(QTreeWidgetItem* group, const QString& name, const QString& value, const QString& tip) {
  if (value.isEmpty()) return;
  auto* item = new QTreeWidgetItem(group, {name, value});
  item->setToolTip(1, tip.isEmpty() ? value : tip);
}

void RunFacts::setRun(const std::shared_ptr<const pantograph::job::RunInfo>& run) {
  const int scrolled = run != nullptr && run->folder == folder_ ? verticalScrollBar()->value() : 0;
  for (QTreeWidgetItem* group : {outcome_, settings_, inputs_}) qDeleteAll(group->takeChildren());
  if (run == nullptr) return folder_.clear();
  const auto& record = run->record;
  const auto text = [](const std::string& value) { return QString::fromStdString(value); };
  line(outcome_, tr("What"), text(record.title));
  line(outcome_, tr("State"), RunsModel::stateText(record.state));
  if (!record.error.empty()) {
    line(outcome_, tr("Error"), text(record.error));
    outcome_->child(outcome_->childCount() - 1)->setForeground(1, theme::errorColor(palette()));
  }
  if (run->result || run->generic_loss)
    line(outcome_, tr("Perplexity"), RunsModel::outcomeText(*run),
         run->result ? tr("Test perplexity before → after fine-tuning") : tr("On the generic validation set"));
  line(outcome_, tr("Settings"), run->present ? tr("present") : tr("earlier than the project's"));
  line(outcome_, tr("Started"), RunsModel::timeText(record.started));
  line(outcome_, tr("Ended"), RunsModel::timeText(record.finished));
  if (record.seconds > 0) line(outcome_, tr("Worked"), formatDuration(record.seconds));
  line(outcome_, tr("Disk"),
       run->checkpoint_bytes > 0 ? tr("%1, of which checkpoints %2")
                                       .arg(formatBytes(static_cast<double>(run->bytes)),
                                            formatBytes(static_cast<double>(run->checkpoint_bytes)))
                                 : formatBytes(static_cast<double>(run->bytes)));
  line(outcome_, tr("Machine"), text(record.machine));
  line(outcome_, tr("Program"), text(record.program));
  line(outcome_, tr("Step"), text(record.step.id()));
  line(outcome_, tr("Run"), text(record.key));
  line(outcome_, tr("Folder"), toQString(run->folder));
  for (const auto& [path, value] : run_settings::leaves(record.settings))
    line(settings_, path, run_settings::shown(value.toStdString()), value);
  for (const auto& [input, hash] : record.inputs) line(inputs_, text(input), run_settings::shown(hash), text(hash));
  int widest = 0;
  for (const QTreeWidgetItem* group : {outcome_, settings_}) {
    for (int i = 0; i < group->childCount(); ++i)
      widest = std::max(widest, fontMetrics().horizontalAdvance(group->child(i)->text(0)));
  }
  folder_ = run->folder;
  verticalScrollBar()->setValue(scrolled);
  header()->resizeSection(0, widest + 2 * indentation() + fontMetrics().averageCharWidth() * 2);
}

QString RunFacts::value(const QString& name) const {
  for (const QTreeWidgetItem* group : {outcome_, settings_, inputs_}) {
    for (int i = 0; i < group->childCount(); ++i) {
      if (group->child(i)->text(0) == name) return group->child(i)->text(1);
    }
  }
  return {};
}

void RunFacts::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy) || currentItem() == nullptr) return QTreeWidget::keyPressEvent(event);
  QGuiApplication::clipboard()->setText(currentItem()->toolTip(1).isEmpty()
                                            ? currentItem()->text(0)
                                            : currentItem()->text(0) + '\t' + currentItem()->toolTip(1));
}
