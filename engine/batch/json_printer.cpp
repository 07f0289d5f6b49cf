// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "batch/printer.h"

namespace pantograph::batch {
namespace {

using nlohmann::json;

// NaN and infinity have no JSON number; null says that a value was there and was not finite.
json number(double value) {
  return std::isfinite(value) ? json(value) : json(nullptr);
}

struct ToJson {
  json operator()(const job::ViewChanged&) const { return nullptr; }
  json operator()(const job::CurvesRead&) const { return nullptr; }
  json operator()(const job::PrunePlanned&) const { return nullptr; }
  json operator()(const job::Pruned&) const { return nullptr; }
  json operator()(const job::StepStarted& e) const {
    return {{"event", "step-started"}, {"step", e.id}, {"title", e.title}, {"index", e.index}, {"count", e.count}};
  }
  json operator()(const job::StepProgress& e) const {
    return {{"event", "progress"},
            {"step", e.id},
            {"done", e.done},
            {"total", e.total},
            {"unit", e.unit},
            {"elapsed_seconds", e.elapsed_seconds},
            {"rate", e.rate},
            {"ceiling", e.ceiling},
            {"remaining_seconds", e.remaining_seconds < 0 ? json(nullptr) : json(e.remaining_seconds)}};
  }
  json operator()(const job::StepFinished& e) const {
    return {{"event", "step-finished"}, {"step", e.id}, {"seconds", e.seconds}, {"made", e.made}};
  }
  json operator()(const job::StepFailed& e) const {
    return {{"event", "step-failed"},  {"step", e.id},          {"kind", to_string(e.kind)},
            {"found", e.text.found},   {"where", e.text.where}, {"expected", e.text.expected},
            {"remedy", e.text.remedy}, {"message", e.message}};
  }
  json operator()(const job::MetricAdded& e) const {
    return {{"event", "metric"},
            {"step", e.step.id()},
            {"series", e.point.series},
            {"training_step", e.point.step},
            {"tokens", e.point.tokens},
            {"seconds", e.point.seconds},
            {"value", number(e.point.value)},
            {"expert", e.point.expert}};
  }
  json operator()(const job::Warning& e) const {
    return {{"event", "warning"}, {"step", e.id}, {"message", e.message}};
  }
  json operator()(const job::Projected& e) const {
    return {{"event", "projected"}, {"file", e.file}, {"message", e.message}};
  }
  json operator()(const job::RunPaused& e) const { return {{"event", "paused"}, {"paused", e.paused}}; }
  json operator()(const job::RunEnded& e) const {
    static constexpr const char* kinds[] = {"finished", "failed", "cancelled"};
    json failed = json::array();
    for (const job::StepFailed& step : e.failed_steps) failed.push_back(step.id);
    return {{"event", "run-ended"},     {"kind", kinds[e.kind]}, {"exit_code", e.exit_code},
            {"steps_run", e.steps_run}, {"failed", failed},      {"skipped", e.skipped}};
  }
};

class JsonPrinter : public Printer {
 public:
  void print(const job::Event& event) override {
    const json line = std::visit(ToJson{}, event);
    if (line.is_null()) return;
    // Messages may hold file names, which need not be UTF-8.
    std::puts(line.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }
};

}  // namespace

std::unique_ptr<Printer> make_json_printer() {
  return std::make_unique<JsonPrinter>();
}

}  // namespace pantograph::batch
