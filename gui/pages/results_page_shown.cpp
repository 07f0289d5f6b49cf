// SPDX-License-Identifier: GPL-3.0-or-later
// What the results page makes of the records shown: recommendation, bars, CSV, report.
#include <QDesktopServices>
#include <QFile>
#include <QFutureWatcher>
#include <QIODevice>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QUrl>
#include <QtConcurrent/QtConcurrentRun>
#include <algorithm>
#include <map>
#include <set>

#include "base/numbers.h"
#include "catalog/models.h"
#include "engine_bridge.h"
#include "format.h"
#include "pages/results_model.h"
#include "pages/results_page.h"
#include "plot/bar_plot.h"
#include "plot/plot_export.h"
#include "project_document.h"
#include "report/advice.h"
#include "report/report.h"
#include "use/model_picker.h"

using pantograph::measure::ResultRecord;

void ResultsPage::recommend(const std::vector<ResultRecord>& shown) {
  const int question = ++recommended_;
  if (shown.empty()) return recommendation_->hide();  // the verdict says why
  auto* watcher = new QFutureWatcher<QString>(this);
  connect(watcher, &QFutureWatcher<QString>::finished, this, [this, watcher, question] {
    watcher->deleteLater();
    if (question != recommended_) return;
    recommendation_->setText(watcher->result());
    recommendation_->setVisible(!recommendation_->text().isEmpty());
  });
  watcher->setFuture(QtConcurrent::run([shown]() -> QString {
    QStringList sentences;
    try {
      for (const std::string& sentence : pantograph::report::advice(shown).sentences)
        sentences << QString::fromStdString(sentence);
    } catch (const std::exception&) {
      return {};  // the verdict stands without it
    }
    return sentences.join(QLatin1Char('\n'));
  }));
}

void ResultsPage::showBars(const std::vector<ResultRecord>& shown) {
  // One group a domain and size, one pair of bars a method, at the largest budget that it has among them; seeds are
  // averaged as losses.
  std::map<std::string, std::uint64_t> largest;
  for (const ResultRecord& record : shown)
    largest[record.method] = std::max(largest[record.method], pantograph::measure::budget_of(record));
  std::map<std::pair<std::string, std::uint64_t>, int> groups;
  std::set<std::uint64_t> sizes;
  std::vector<std::string> methods;
  for (const ResultRecord& record : shown) {
    groups[{record.domain, record.specialization_tokens}] = 0;
    sizes.insert(record.specialization_tokens);
    if (std::find(methods.begin(), methods.end(), record.method) == methods.end()) methods.push_back(record.method);
  }
  QStringList categories;
  for (auto& [group, index] : groups) {
    index = static_cast<int>(categories.size());
    const QString domain = QString::fromStdString(group.first);
    categories << (sizes.size() > 1 ? QStringLiteral("%1\n%2").arg(
                                          domain, QString::fromStdString(pantograph::format_count(group.second)))
                                    : domain);
  }
  std::vector<BarSeries> series;
  for (const std::string& method : methods) {
    std::map<int, std::pair<std::vector<double>, std::vector<double>>> values;
    for (const ResultRecord& record : shown) {
      if (record.method != method || pantograph::measure::budget_of(record) != largest[method]) continue;
      auto& [before, after] = values[groups[{record.domain, record.specialization_tokens}]];
      if (record.perplexity_before > 0) before.push_back(record.perplexity_before);
      if (record.perplexity_after > 0) after.push_back(record.perplexity_after);
    }
    BarSeries one{QString::fromStdString(method), std::vector<double>(groups.size()),
                  std::vector<double>(groups.size())};
    for (const auto& [index, pair] : values) {
      const auto mean = [](const std::vector<double>& list) {
        return list.empty() ? 0.0 : pantograph::measure::macro_average_perplexity(list);
      };
      one.before[static_cast<std::size_t>(index)] = mean(pair.first);
      one.after[static_cast<std::size_t>(index)] = mean(pair.second);
    }
    series.push_back(std::move(one));
  }
  bars_->setData(categories, series);
}

CsvTable ResultsPage::resultsTable() const {
  struct Row {
    ResultRecord record;
    QString run;  // key of an earlier one
  };
  std::vector<Row> rows;
  for (int row = 0; row < filter_->rowCount(); ++row) {
    const int source = filter_->mapToSource(filter_->index(row, 0)).row();
    const auto run = model_->earlierRun(source);
    rows.push_back({model_->records()[static_cast<std::size_t>(source)],
                    run != nullptr ? QString::fromStdString(run->record.key) : QString()});
  }
  const bool earlier = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.run.isEmpty(); });
  return [rows, earlier](QIODevice& device) {
    bool head = true;
    for (const Row& row : rows) {
      const QByteArray text = QByteArray::fromStdString(pantograph::report::results_csv({row.record}));
      const qsizetype end = text.indexOf('\n');
      if (head) device.write(text.left(end) + (earlier ? ",settings,run" : "") + '\n');
      head = false;
      QByteArray line = text.mid(end + 1).trimmed();
      if (earlier) line += (row.run.isEmpty() ? ",present," : ",earlier,") + plot_export::csvField(row.run);
      device.write(line + '\n');
    }
  };
}

void ResultsPage::useSelected() {
  for (const QModelIndex& row : table_->selectionModel()->selectedRows()) {
    if (const auto run = runOf(row)) Q_EMIT useWanted(toQString(pantograph::catalog::to_use(*run)));
  }
}

void ResultsPage::refreshUse() {
  const qsizetype rows = table_->selectionModel()->selectedRows().size();
  use_->setEnabled(rows > 0 && rows <= ModelPicker::kMostChosen);
}

void ResultsPage::openReport() {
  const QString file = toQString(document_->project().artifacts() / "report" / "report.html");
  // The report is a step of its own; without it, the same click makes it.
  if (!QFile::exists(file)) return bridge_->start({QStringLiteral("report")});
  QDesktopServices::openUrl(QUrl::fromLocalFile(file));
}
