// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a CurvePlot in step with the engine.
#include "plot/run_curves.h"

#include <QSet>
#include <map>

using pantograph::store::MetricPoint;

namespace {

CurveSample sample(const MetricPoint& point) {
  return {static_cast<double>(point.step), static_cast<double>(point.tokens), point.seconds, point.value};
}

bool same(const MetricPoint& a, const MetricPoint& b) {
  return a.series == b.series && a.step == b.step && a.tokens == b.tokens && a.value == b.value;
}

}  // namespace

std::optional<RunKey> RunKey::of(const pantograph::job::StepKey& step) {
  if (!step.trains()) return std::nullopt;
  RunKey key;
  key.step = QString::fromStdString(step.id());
  key.method = QString::fromStdString(step.method);
  key.seed = step.seed;
  if (step.kind == pantograph::job::StepKind::specialize) {
    key.domain = QString::fromStdString(step.domain);
    key.tokens = step.tokens;
    key.sample = step.sample;
    key.budget = step.budget;
  } else {
    key.part = step.cluster >= 0 ? QString::number(step.cluster) : QString::fromStdString(step.domain);
  }
  return key;
}

RunCurves::RunCurves(CurvePlot* plot, Describe describe) : QObject(plot), plot_(plot), describe_(std::move(describe)) {}

RunCurves::Run* RunCurves::run(const pantograph::job::StepKey& step) {
  auto key = RunKey::of(step);
  if (!key) return nullptr;
  const auto found = runs_.find(key->step);
  if (found != runs_.end()) return &*found;
  const QString id = key->step;
  Run fresh;
  fresh.key = std::move(*key);
  return &*runs_.insert(id, fresh);
}

bool RunCurves::ensureCurve(Run& run, const QString& series, const QString& id) {
  if (plot_->contains(id)) return true;
  const auto description = describe_(run.key, series);
  if (!description) return false;
  plot_->addCurve(id, description->label, description->style);
  plot_->setCurveVisible(id, description->visible);
  run.curves.insert(id, series);
  return true;
}

void RunCurves::load(Run& run, const std::vector<MetricPoint>& points) {
  std::map<std::string, std::vector<CurveSample>> series;
  std::vector<CurveSample>* last = nullptr;
  const std::string* last_name = nullptr;
  for (const MetricPoint& point : points) {
    if (!last_name || *last_name != point.series) {
      last = &series[point.series];
      last_name = &point.series;
    }
    last->push_back(sample(point));
  }
  run.points = points.size();
  run.values.clear();
  QSet<QString> kept;
  for (auto& [name, samples] : series) {
    const QString text = QString::fromStdString(name);
    const QString id = curveId(run.key.step, text);
    run.values.insert(text, samples.back().value);
    if (!ensureCurve(run, text, id)) continue;
    plot_->setSamples(id, std::move(samples));
    kept.insert(id);
  }
  for (const QString& id : run.curves.keys()) {
    if (!kept.contains(id)) plot_->removeCurve(id), run.curves.remove(id);
  }
  if (!points.empty()) run.first = points.front(), run.newest = points.back();
}

void RunCurves::show(const pantograph::job::ProjectView& view) {
  QSet<QString> running, present;
  for (const auto& step : view.steps) {
    if (step.state == pantograph::job::StepState::running) running.insert(QString::fromStdString(step.id));
  }
  for (const auto& theirs : view.runs) {
    Run* ours = run(theirs.key);
    if (!ours) continue;
    const QString& step = ours->key.step;
    present.insert(step);
    const auto& points = theirs.points.all();
    if (points.size() == ours->points &&
        (points.empty() || (same(points.front(), ours->first) && same(points.back(), ours->newest)))) {
      continue;
    }
    // Points may overtake a view that was read before them: while the run goes on, keep what is ahead of the view.
    if (running.contains(step) && !points.empty() && points.size() < ours->points &&
        same(points.front(), ours->first) && points.back().step <= ours->newest.step) {
      continue;
    }
    load(*ours, points);
  }
  for (const QString& step : runs_.keys()) {
    if (present.contains(step) || running.contains(step)) continue;
    for (const QString& id : runs_[step].curves.keys()) plot_->removeCurve(id);
    runs_.remove(step);
  }
}

void RunCurves::add(const std::vector<pantograph::job::MetricAdded>& metrics) {
  struct Batch {
    std::vector<CurveSample> samples;
  };
  QHash<QString, Batch> batches;
  const auto flush = [&](const QString& id) {
    const auto found = batches.find(id);
    if (found == batches.end()) return;
    plot_->append(id, found->samples);
    batches.erase(found);
  };
  for (const auto& metric : metrics) {
    Run* ours = run(metric.step);
    if (!ours) continue;
    const QString series = QString::fromStdString(metric.point.series);
    const bool repeated = ours->points > 0 && metric.point.step < ours->newest.step;
    // A count that no longer fits makes the next view reload the run, which is always right.
    ours->points += repeated ? 0 : 1;
    if (ours->points == 1) ours->first = metric.point;
    ours->newest = metric.point;
    ours->values.insert(series, metric.point.value);
    const QString id = curveId(ours->key.step, series);
    if (!ensureCurve(*ours, series, id)) continue;
    Batch& batch = batches[id];
    if (!batch.samples.empty() && batch.samples.back().steps >= static_cast<double>(metric.point.step)) flush(id);
    batches[id].samples.push_back(sample(metric.point));
  }
  for (const QString& id : batches.keys()) flush(id);
}

void RunCurves::showWhere(const std::function<bool(const RunKey& run, const QString& series)>& shown) {
  QHash<QString, std::pair<const Run*, QString>> owners;
  for (const Run& run : std::as_const(runs_)) {
    for (auto curve = run.curves.cbegin(); curve != run.curves.cend(); ++curve)
      owners.insert(curve.key(), {&run, curve.value()});
  }
  for (const QString& id : plot_->curveIds()) {
    const auto owner = owners.constFind(id);
    if (owner != owners.constEnd()) plot_->setCurveVisible(id, shown(owner->first->key, owner->second));
  }
}

void RunCurves::clear() {
  runs_.clear();
  plot_->clear();
}

std::optional<double> RunCurves::last(const QString& step, const QString& series) const {
  const auto found = runs_.constFind(step);
  if (found == runs_.constEnd() || !found->values.contains(series)) return std::nullopt;
  return found->values.value(series);
}

std::optional<MetricPoint> RunCurves::lastPoint(const QString& step) const {
  const auto found = runs_.constFind(step);
  if (found == runs_.constEnd() || found->points == 0) return std::nullopt;
  return found->newest;
}
