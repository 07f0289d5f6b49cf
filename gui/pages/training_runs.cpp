// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the pretraining runs.
#include "pages/training_runs.h"

#include <QHeaderView>

#include "format.h"
#include "plot/run_curves.h"
#include "project/method_kind.h"
#include "run_names.h"

using pantograph::job::StepKey;
using pantograph::job::StepState;

TrainingRuns::TrainingRuns(QWidget* parent) : QTreeWidget(parent) {
  setAccessibleName(tr("Pretraining runs"));
  setRootIsDecorated(false);
  setUniformRowHeights(true);
  setAlternatingRowColors(true);
  header()->setStretchLastSection(false);
  setHeaderLabels({tr("Method"), tr("Seed"), tr("State"), tr("Tokens"), tr("Training"), tr("Generic")});
  headerItem()->setToolTip(training, tr("Newest training loss, nats per token"));
  headerItem()->setToolTip(
      generic, tr("Newest loss on the generic validation set, nats per token; an expert's, on its own cluster"));
  for (const int column : {seed, tokens, training, generic})
    headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
}

QString TrainingRuns::stateText(StepState state) {
  switch (state) {
    case StepState::stale:
      return tr("out of date");
    case StepState::partial:
      return tr("interrupted, will resume");
    case StepState::up_to_date:
      return tr("done");
    case StepState::running:
      return tr("running");
    case StepState::failed:
      return tr("failed");
    case StepState::missing:
      break;
  }
  return tr("not started");
}

std::vector<TrainingRuns::Group> TrainingRuns::groupsOf(const pantograph::project::Project& project,
                                                        const pantograph::job::ProjectView* view) const {
  std::vector<Group> groups;
  for (const auto& spec : project.methods) {
    const auto& kind = pantograph::project::method_kind(spec.kind);
    if (!pantograph::project::pretrains(spec)) continue;
    for (const auto seed_of : project.seeds) {
      Group group{QString::fromStdString(spec.name), seed_of, {}, {}, {}};
      const auto add = [&](const StepKey& key) {
        const auto run = RunKey::of(key);
        group.parts << run->step;
        group.names << run_names::part(project, *run);
      };
      if (kind.one_run()) group.step = QString::fromStdString(StepKey::pretrain(spec.name, seed_of).id());
      if (kind.per_domain) {
        for (const auto& domain : project.specialization.domains)
          add(StepKey::pretrain_for(spec.name, seed_of, domain));
      } else if (kind.per_cluster && spec.experts == "all") {
        for (int i = 0; i < project.clusters_of(spec); ++i) add(StepKey::pretrain_expert(spec.name, seed_of, i));
      } else if (kind.per_cluster && view != nullptr) {
        for (const auto& step : view->steps) {
          const StepKey& key = step.key;
          if (key == StepKey::pretrain_expert(spec.name, seed_of, key.cluster) && key.cluster >= 0) add(key);
        }
      }
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

void TrainingRuns::set(const pantograph::project::Project& project, const pantograph::job::ProjectView* view) {
  states_.clear();
  if (view != nullptr) {
    for (const auto& step : view->steps) states_.insert(QString::fromStdString(step.id), step.state);
  }
  groups_ = groupsOf(project, view);
  const auto align = [](QTreeWidgetItem* item) {
    for (const int column : {seed, tokens, training, generic})
      item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  };
  bool deep = false;
  int row = 0;
  for (const Group& group : groups_) {
    QTreeWidgetItem* item = topLevelItem(row++);
    if (item == nullptr) align(item = new QTreeWidgetItem(this));
    item->setText(method, group.method);
    item->setText(seed, QString::number(group.seed));
    deep = deep || !group.parts.isEmpty();
    while (item->childCount() > group.parts.size()) delete item->child(item->childCount() - 1);
    for (int i = 0; i < group.parts.size(); ++i) {
      QTreeWidgetItem* child = item->child(i);
      if (child == nullptr) align(child = new QTreeWidgetItem(item));
      child->setText(method, group.names[i]);
    }
  }
  while (topLevelItemCount() > row) delete topLevelItem(row);
  setRootIsDecorated(deep);
  showStates();
  for (int column = 0; column < columnCount(); ++column) resizeColumnToContents(column);
}

void TrainingRuns::setRunning(const QString& step) {
  states_[step] = StepState::running;
  showStates();
}

void TrainingRuns::showStates() {
  for (int row = 0; row < topLevelItemCount(); ++row) {
    const Group& group = groups_[static_cast<std::size_t>(row)];
    QTreeWidgetItem* item = topLevelItem(row);
    if (!group.step.isEmpty()) {
      item->setText(state, stateText(states_.value(group.step, StepState::missing)));
      continue;
    }
    int count[6] = {};
    for (int i = 0; i < group.parts.size(); ++i) {
      const StepState now = states_.value(group.parts[i], StepState::missing);
      ++count[static_cast<int>(now)];
      item->child(i)->setText(state, stateText(now));
    }
    const int done = count[static_cast<int>(StepState::up_to_date)], all = static_cast<int>(group.parts.size());
    QString text = tr("%1 of %2 done").arg(done).arg(all);
    if (all == 0) text = tr("experts not known before the clustering");
    if (all > 0 && done == all) text = stateText(StepState::up_to_date);
    if (all > 0 && count[static_cast<int>(StepState::missing)] == all) text = stateText(StepState::missing);
    if (const int failed = count[static_cast<int>(StepState::failed)]; failed > 0)
      text += tr(", %1 failed").arg(failed);
    if (count[static_cast<int>(StepState::running)] > 0)
      text = tr("running, %1").arg(tr("%1 of %2 done").arg(done).arg(all));
    item->setText(state, text);
  }
}

void TrainingRuns::showNewest(const RunCurves& curves) {
  const auto number = [](std::optional<double> value) {
    return value ? QString::number(*value, 'f', 3) : QStringLiteral("–");
  };
  const auto fill = [&](QTreeWidgetItem* item, const QString& step) {
    const auto point = curves.lastPoint(step);
    item->setText(tokens, point ? formatShort(static_cast<double>(point->tokens)) : QStringLiteral("–"));
    item->setText(training, number(curves.last(step, QStringLiteral("train"))));
    item->setText(generic, number(curves.last(step, QStringLiteral("generic"))));
    return point ? point->tokens : 0;
  };
  for (int row = 0; row < topLevelItemCount(); ++row) {
    const Group& group = groups_[static_cast<std::size_t>(row)];
    QTreeWidgetItem* item = topLevelItem(row);
    if (!group.step.isEmpty()) {
      fill(item, group.step);
      continue;
    }
    std::uint64_t sum = 0;
    for (int i = 0; i < group.parts.size(); ++i) sum += fill(item->child(i), group.parts[i]);
    item->setText(tokens, sum > 0 ? formatShort(static_cast<double>(sum)) : QStringLiteral("–"));
  }
}
