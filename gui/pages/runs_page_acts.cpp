// SPDX-License-Identifier: GPL-3.0-or-later
// What the runs page does with runs: stars, curves, settings taken back, deletion.
#include <QMessageBox>
#include <QPushButton>
#include <algorithm>
#include <map>

#include "catalog/models.h"
#include "engine_bridge.h"
#include "format.h"
#include "pages/runs_model.h"
#include "pages/runs_page.h"
#include "plot/curve_plot.h"
#include "project_changes.h"
#include "project_document.h"

using pantograph::job::RunState;
using pantograph::project::Project;

namespace {
constexpr int kMostNamed = 8;  // runs that a question names one by one
}

void RunsPage::toggleStar(const std::vector<Run>& runs) {
  const bool all = std::all_of(runs.begin(), runs.end(), [](const Run& run) { return run->notes.star; });
  for (const Run& run : runs) {
    if (run->notes.star != all) continue;
    pantograph::job::RunNotes notes = run->notes;
    notes.star = !all;
    bridge_->annotate(QString::fromStdString(run->record.key), notes);
  }
}

void RunsPage::askForCurves(const std::vector<Run>& runs) {
  QStringList keys;
  bool growing = false;
  for (const Run& run : runs) {
    keys << QString::fromStdString(run->record.key);
    growing = growing || run->record.state == RunState::running;
  }
  if (keys == shown_curves_ && !growing) return;
  if (keys != shown_curves_) plot_->clear();
  shown_curves_ = keys;
  bridge_->readCurves(keys);
}

void RunsPage::showCurves(const pantograph::job::CurvesRead& read) {
  QStringList keys;
  for (const std::string& run : read.runs) keys << QString::fromStdString(run);
  if (keys != shown_curves_) return;  // others were selected since
  for (int i = 0; i < keys.size(); ++i) {
    if (static_cast<std::size_t>(i) >= read.curves.size()) break;
    std::map<std::string, std::vector<CurveSample>> series;
    for (const auto& point : read.curves[static_cast<std::size_t>(i)]) {
      series[point.series].push_back(
          {static_cast<double>(point.step), static_cast<double>(point.tokens), point.seconds, point.value});
    }
    int probes = 0;
    for (auto& [name, samples] : series) {
      const bool train = name == "train", probe = name.rfind("probe/", 0) == 0;
      if (!train && !probe && name != "generic" && name != "validation") continue;  // no loss
      QString what = QString::fromStdString(probe ? name.substr(6) : name);
      if (train) what = tr("training");
      if (name == "generic") what = tr("generic");
      if (name == "validation") what = tr("validation");
      const QString id = keys[i] + '#' + QString::fromStdString(name);
      CurveStyle style;
      style.color = keys.size() == 2 ? i : train ? 6 : probe ? 1 + probes % 5 : 0;
      style.dash = keys.size() == 2 ? (train ? 2 : probe ? 1 + 2 * (probes % 2) : 0) : 0;
      style.behind = train;
      probes += probe;
      if (!plot_->contains(id)) {
        plot_->addCurve(id, keys.size() == 2 ? QStringLiteral("%1 · %2").arg(i == 0 ? tr("A") : tr("B"), what) : what,
                        style);
        plot_->setCurveVisible(id, !probe);
      }
      plot_->setSamples(id, std::move(samples));
    }
  }
}

void RunsPage::useSelected() {
  for (const Run& run : selected()) Q_EMIT useWanted(toQString(pantograph::catalog::to_use(*run)));
}

void RunsPage::takeBack() {
  const auto runs = selected();
  if (runs.size() != 1) return;
  const QString title = RunsModel::title(*runs.front());
  const Project before = document_->project();
  try {
    Project then = pantograph::job::declaration_of(before, *runs.front());
    then.file = before.file;
    document_->change(tr("Take back the settings of %1").arg(title), [&](Project& project) { project = then; });
  } catch (const pantograph::Error& error) {
    return Q_EMIT failed(tr("The settings were not taken back"), error);
  }
  const QStringList changes = changedSettings(before, document_->project());
  if (changes.isEmpty())
    Q_EMIT told(tr("Nothing to take back"), tr("The project is as it was when %1 was started.").arg(title));
  else
    Q_EMIT told(tr("The project has the settings of %1 again").arg(title),
                changes.join('\n') + '\n' + tr("Undo brings the other settings back."));
}

QString RunsPage::deletionText() const {
  const auto runs = selected();
  QStringList lines;
  double bytes = 0;
  int present = 0;
  for (const Run& run : runs) {
    bytes += static_cast<double>(run->bytes);
    present += run->present && run->record.state == RunState::finished;
    if (lines.size() == kMostNamed && static_cast<int>(runs.size()) > kMostNamed + 1) continue;
    lines << tr("%1, started %2, %3")
                 .arg(RunsModel::title(*run), RunsModel::timeText(run->record.started),
                      formatBytes(static_cast<double>(run->bytes)));
  }
  if (const int more = static_cast<int>(runs.size() - static_cast<std::size_t>(lines.size())); more > 0)
    lines << tr("and %1 more").arg(more);
  lines << QString() << tr("Networks, curves, results and notes go for good: %1.").arg(formatBytes(bytes));
  if (present > 0)
    lines << (present == 1
                  ? tr("One of them is of the present settings: bringing the project up to date makes it again.")
                  : tr("%1 of them are of the present settings: bringing the project up to date makes them again.")
                        .arg(present));
  return lines.join('\n');
}

void RunsPage::askAndDelete() {
  const QStringList keys = selectedRuns();
  if (keys.isEmpty()) return;
  QMessageBox box(QMessageBox::Warning, tr("Delete runs"),
                  keys.size() == 1 ? tr("Delete this run?") : tr("Delete these %1 runs?").arg(keys.size()),
                  QMessageBox::NoButton, this);
  box.setInformativeText(deletionText());
  QPushButton* gone = box.addButton(tr("&Delete"), QMessageBox::DestructiveRole);
  QPushButton* stay = box.addButton(tr("&Keep"), QMessageBox::RejectRole);
  box.setDefaultButton(stay);
  box.setEscapeButton(stay);
  box.exec();
  if (box.clickedButton() == gone) bridge_->deleteRuns(keys);
}
