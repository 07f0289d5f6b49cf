// SPDX-License-Identifier: GPL-3.0-or-later
// The training loop: steps, evaluations, checkpoints, control.
#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "train/allocator.h"
#include "train/rows.h"

namespace pantograph::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::uint64_t kCurvePoints = 2000;  // of the training curve, at most
constexpr double kExplosion = 3.0;            // nats above the first step's loss
constexpr double kSmoothing = 0.8;            // share of the old value in the running mean
constexpr double kWorthSaving = 2.0;          // seconds of work; a shorter rest is sooner done again than written

}  // namespace

Trainer::Trainer(network::Network& network, token::ClusterSampler& sampler, const TrainSettings& settings,
                 const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task)
    : network_(network),
      rows_(sampler),
      settings_(settings),
      hooks_(hooks),
      task_(task),
      folder_(folder),
      path_(TrainingStep::create(network, settings)),
      adam_(path_->adam()),
      writer_(folder / store::kCheckpointsFolder, settings.keep_checkpoints, settings.branch_steps),
      points_every_(std::max<std::uint64_t>(1, (settings.steps + kCurvePoints - 1) / kCurvePoints)) {
  learning_rate(settings_, settings_.warmup);  // an unknown schedule is refused before the first step
  if (settings_.patience > 0) best_ = torch::zeros_like(adam_.values());
}

TrainResult Trainer::run() {
  make_directories(writer_.folder());
  restore();
  try {
    loop();
  } catch (const Interrupted&) {
    save_and_wait();
    throw;
  }
  save_at_end();
  if (best_.defined() && state_.has_best) {
    const torch::NoGradGuard no_grad;
    adam_.values().copy_(best_);
  }
  return result();
}

void Trainer::restore() {
  std::vector<Error> refused;
  std::filesystem::path found;
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  const auto warn = [this](const std::string& text) { task_.warn(text); };
  while (!saved_step_) {
    const auto checkpoint = store::newest_good_checkpoint(writer_.folder(), warn, &found, &before);
    if (!checkpoint) break;
    try {
      state_ = apply_checkpoint(*checkpoint, found, network_, adam_, best_, rows_, settings_, task_);
      saved_step_ = state_.step;
    } catch (const Error& error) {  // whole, and yet not of this run: an older one may be
      refused.push_back(error);
    }
  }
  if (!saved_step_ && !refused.empty()) throw refused.front();
  for (const Error& error : refused)
    task_.warn(error.text().where + ": " + error.text().found + "; the older " + found.filename().string() +
               " is used.");
  // A damaged file with a higher step would keep its place among the newest and push good ones out.
  std::vector<std::filesystem::path> damaged;
  for (const auto& entry : std::filesystem::directory_iterator(writer_.folder())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".h5") && (!saved_step_ || name > found.filename().string())) {
      damaged.push_back(entry.path());
    }
  }
  for (const auto& path : damaged) {
    std::error_code ignored;
    std::filesystem::rename(path, path.string() + ".damaged", ignored);
  }
  if (saved_step_) {
    resumed_from_ = state_.step;
    saved_evaluated_ = state_.evaluated;
    writer_.set_last_good(state_.step);
  }
  open_metrics();
}

void Trainer::open_metrics() {
  // Points that a killed session left behind at or after this boundary, and that this session makes again.
  const auto made_again = [this](const store::MetricPoint& point) {
    if (!saved_step_ || point.step > state_.step) return true;
    const bool of_step = point.series == "train" || point.series == "rate" || point.series == "gradient-norm";
    return point.step == state_.step && !of_step && evaluation_due();
  };
  metrics_.emplace(folder_ / "metrics.jsonl", made_again);
}

void Trainer::loop() {
  while (true) {
    const bool due = evaluation_due();
    if (due) evaluate_all();
    if (finished()) return;
    save_if_due(due);
    if (branches_off()) save_and_wait();
    poll();
    step();
    if (hooks_.at_step) hooks_.at_step(network_, state_.step);
    report();  // after at_step, which a stop that is heard in here must not skip
    writer_.check();
  }
}

void Trainer::step() {
  const Clock::time_point start = Clock::now();
  const double waited_before = waited_;
  const token::Batch batch = rows_.next();
  const std::uint64_t targets = count_targets(batch);
  path_->begin(batch);
  double loss = 0;
  try {
    loss = accumulate(batch, targets);
  } catch (const Interrupted&) {
    rows_.restore(rows_.given());  // the step is taken back, so that the checkpoint is of a step boundary
    throw;
  }
  const double norm = path_->gradient_norm(hooks_.ranks != nullptr ? *hooks_.ranks : one_rank());
  watch(loss, norm);
  const double rate = learning_rate(settings_, state_.step);
  path_->update(rate, clip_factor(norm, settings_.clip), rows_.next_experts());

  state_.step += 1;
  state_.tokens += targets;
  const double took = seconds_since(start) - (waited_ - waited_before);
  state_.seconds += took;
  unsaved_seconds_ += took;
  record(loss, norm, rate);
}

void Trainer::report() const {
  const double per_step = static_cast<double>(state_.tokens) / static_cast<double>(state_.step);
  task_.progress(static_cast<double>(state_.tokens), per_step * static_cast<double>(settings_.steps), "tokens");
}

double Trainer::accumulate(const token::Batch& batch, std::uint64_t targets) {
  const std::vector<Piece> pieces = path_->pieces(batch);
  double loss = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) poll();
    loss += path_->accumulate(batch, pieces[i], std::max<std::uint64_t>(targets, 1));
  }
  return loss;
}

void Trainer::watch(double loss, double norm) {
  if (state_.step == 0) state_.initial_loss = state_.smooth_loss = loss;
  const double smooth = kSmoothing * state_.smooth_loss + (1.0 - kSmoothing) * loss;
  const bool finite = std::isfinite(loss) && std::isfinite(norm);
  if (finite && smooth <= state_.initial_loss + kExplosion) {
    state_.smooth_loss = smooth;
    return;
  }
  writer_.wait();  // so that the file named below is really there
  const std::string last = writer_.last_good() ? store::checkpoint_path(writer_.folder(), *writer_.last_good()).string()
                                               : std::string("none was written yet");
  throw Diverged({finite ? "the loss exploded: " + std::to_string(loss) + " nats, " +
                               std::to_string(state_.initial_loss) + " at the start"
                         : "loss " + std::to_string(loss) + ", gradient norm " + std::to_string(norm),
                  "training step " + std::to_string(state_.step + 1),
                  "a finite loss within " + std::to_string(static_cast<int>(kExplosion)) + " nats of the first one",
                  "Lower the learning rate, warm up for longer or clip harder. Last good checkpoint: " + last + "."},
                 result());
}

void Trainer::record(double loss, double norm, double rate) {
  state_.pending_loss += loss;
  state_.pending_norm += norm;
  state_.pending += 1;
  if (state_.step % points_every_ != 0 && state_.step != settings_.steps) return;
  const auto count = static_cast<double>(state_.pending);
  const store::MetricPoint point{"train", state_.step, state_.tokens, state_.seconds, state_.pending_loss / count};
  store::MetricPoint rate_point = point, norm_point = point;
  rate_point.series = "rate";
  rate_point.value = rate;
  norm_point.series = "gradient-norm";
  norm_point.value = state_.pending_norm / count;
  state_.history.push_back(point.value);
  state_.pending_loss = state_.pending_norm = 0;
  state_.pending = 0;
  append(point);
  append(rate_point);
  append(norm_point);
}

bool Trainer::evaluation_due() const {
  if (state_.evaluated == static_cast<std::int64_t>(state_.step)) return false;
  if (state_.step == 0 || state_.step >= settings_.steps) return true;
  return settings_.evaluate_every > 0 && state_.step % settings_.evaluate_every == 0;
}

void Trainer::evaluate_all() {
  const std::vector<Probe> probes = hooks_.probes ? hooks_.probes() : std::vector<Probe>{};
  const auto decides = [](const Probe& probe) { return probe.series == "validation"; };
  if (settings_.patience > 0 && std::none_of(probes.begin(), probes.end(), decides)) {
    throw Error(ErrorKind::usage, {"no probe of series \"validation\"", "training with early stopping", "one", ""});
  }
  writer_.wait();  // its copy of everything and the experts formed below do not stand side by side
  std::vector<std::pair<const Probe*, Evaluation>> results;
  for (const Probe& probe : probes) {
    const TaskContext inner{task_.control, {}, task_.on_warning};
    const Evaluation evaluation = evaluate(network_, *probe.set, probe.choice, settings_.precision, inner);
    state_.evaluation_seconds += evaluation.seconds;
    state_.evaluation_flops += evaluation.flops;
    unsaved_seconds_ += evaluation.seconds;
    results.emplace_back(&probe, evaluation);
  }
  // Appended together: an evaluation that was cut off leaves no points behind, and is done again.
  for (const auto& [probe, evaluation] : results) {
    if (!std::isfinite(evaluation.loss)) watch(evaluation.loss, 0);
    append({probe->series, state_.step, state_.tokens, state_.seconds, evaluation.loss, evaluation.expert});
    if (decides(*probe)) judge(evaluation);
  }
  state_.evaluated = static_cast<std::int64_t>(state_.step);
}

void Trainer::judge(const Evaluation& validation) {
  if (!state_.has_best || validation.loss < state_.best_validation) {
    state_.has_best = true;
    state_.best_validation = validation.loss;
    state_.best_step = state_.step;
    state_.without_gain = 0;
    if (best_.defined()) best_.copy_(adam_.values());
    return;
  }
  state_.without_gain += 1;
  if (settings_.patience > 0 && state_.without_gain >= settings_.patience) state_.stopped_early = true;
}

void Trainer::save_if_due(bool after_evaluation) {
  if (saved() || writer_.busy()) return;
  const bool due = settings_.checkpoint_seconds > 0 ? unsaved_seconds_ >= settings_.checkpoint_seconds
                                                    : after_evaluation && state_.step > 0;
  if (due) start_write();
}

bool Trainer::branches_off() const {
  const auto& steps = settings_.branch_steps;
  return std::find(steps.begin(), steps.end(), state_.step) != steps.end();
}

void Trainer::save_at_end() {
  writer_.wait();
  const double worth = std::min(settings_.checkpoint_seconds, kWorthSaving);
  if (unsaved_seconds_ >= worth) save_and_wait();
}

void Trainer::save_and_wait() {
  writer_.wait();
  if (saved()) return;
  start_write();
  writer_.wait();
}

void Trainer::start_write() {
  metrics_->sync();
  writer_.start(state_.step, make_checkpoint(state_, network_, adam_, best_, rows_, settings_));
  saved_step_ = state_.step;
  saved_evaluated_ = state_.evaluated;
  unsaved_seconds_ = 0;
}

void Trainer::poll() {
  const Clock::time_point start = Clock::now();
  task_.poll();
  waited_ += seconds_since(start);
}

void Trainer::append(const store::MetricPoint& point) {
  metrics_->append(point);
  if (hooks_.on_metric) hooks_.on_metric(point);
}

TrainResult Trainer::result() const {
  TrainResult out;
  out.steps = state_.step;
  out.tokens = state_.tokens;
  out.seconds = state_.seconds;
  out.evaluation_seconds = state_.evaluation_seconds;
  out.evaluation_flops = state_.evaluation_flops;
  const std::size_t points = state_.history.size();
  const std::size_t tail = (points + 9) / 10;
  for (std::size_t i = points - tail; i < points; ++i) out.final_loss += state_.history[i] / static_cast<double>(tail);
  out.best_validation = state_.best_validation;
  out.best_step = state_.best_step;
  out.stopped_early = state_.stopped_early;
  out.resumed_from = resumed_from_;
  return out;
}

TrainResult train(network::Network& network, token::ClusterSampler& sampler, const TrainSettings& settings,
                  const TrainHooks& hooks, const std::filesystem::path& folder, const TaskContext& task) {
  prepare_allocator();
  try {
    Trainer trainer(network, sampler, settings, hooks, folder, task);
    return trainer.run();
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::run, {error.what_without_backtrace(), "training", "an operation that succeeds",
                                 "When memory ran out, set rows_at_once to a smaller number of rows."});
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::run, {"memory ran out", "training", "", "Set rows_at_once to a smaller number of rows."});
  }
}

}  // namespace pantograph::train
