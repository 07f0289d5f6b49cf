// SPDX-License-Identifier: GPL-3.0-or-later
// A project of three domains and a view as after its run, for the tests of pages: made up, no engine behind it.
#pragma once

#include <QImage>
#include <QWidget>
#include <cmath>
#include <memory>

#include "engine_bridge.h"
#include "job/engine.h"
#include "project_document.h"

namespace sample {

using namespace pantograph;

inline const std::vector<std::string> kDomains{"law", "medical-questions", "recipes"};

inline project::Project project() {
  project::Project p;
  p.name = "house-documents";
  p.corpora.resize(1 + kDomains.size());
  p.corpora[0].name = "encyclopedia";
  for (std::size_t i = 0; i < kDomains.size(); ++i) {
    p.corpora[i + 1].name = kDomains[i];
    p.corpora[i + 1].role = project::Role::domain;
  }
  p.small.resize(1);
  p.projected.resize(1);
  for (const char* kind : {"slm", "slm-pn"}) {
    project::MethodSpec method;
    method.name = method.kind = kind;
    method.network = method.kind == "slm" ? "small" : "projected";
    method.generic.tokens = 8'000'000;
    p.methods.push_back(method);
  }
  p.specialization.domains = kDomains;
  p.specialization.tokens = {50'000, 1'000'000};
  return p;
}

inline double noise(unsigned& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<double>(state >> 8) / (1 << 24) - 0.5;
}

/// A step as a view has it.
inline job::StepInfo step(const job::StepKey& key, job::StepState state, double seconds = 0,
                          const std::string& title = "") {
  job::StepInfo info;
  info.key = key;
  info.id = key.id();
  info.title = title;
  info.state = state;
  info.seconds = seconds;
  return info;
}

/// As after a run of the project: two pretrainings, their probes, fine-tunes, results; the last fine-tune still runs.
inline std::shared_ptr<job::ProjectView> fullView(const project::Project& p) {
  auto view = std::make_shared<job::ProjectView>();
  unsigned state = 7;
  view->vocabulary = 4096;
  for (std::size_t m = 0; m < p.methods.size(); ++m) {
    const std::string& method = p.methods[m].name;
    const double gain = m == 0 ? 0 : -0.12;
    const job::StepKey pretrain = job::StepKey::pretrain(method, 7);
    view->steps.push_back(sample::step(pretrain, job::StepState::up_to_date, 200, "Pretrain " + method));
    std::vector<store::MetricPoint> points;
    for (std::uint64_t step = 1; step <= 980; ++step) {
      const double t = static_cast<double>(step) * 8192, seconds = static_cast<double>(step) * 0.25;
      const double loss = 3.9 + gain + 4.4 * std::exp(-t / 6e5) + 1.1 * std::exp(-t / 4e6);
      points.push_back({"train", step, step * 8192, seconds, loss + 0.25 * noise(state), -1});
      if (step % 49 != 0) continue;
      points.push_back({"generic", step, step * 8192, seconds, loss + 0.05, -1});
      for (std::size_t d = 0; d < kDomains.size(); ++d) {
        points.push_back(
            {"probe/" + kDomains[d], step, step * 8192, seconds, loss + 0.5 + 0.2 * static_cast<double>(d), 3});
      }
    }
    view->runs.push_back({pretrain, std::move(points)});
    for (std::size_t d = 0; d < kDomains.size(); ++d) {
      for (const auto tokens : p.specialization.tokens) {
        const job::StepKey key = job::StepKey::specialize(method, kDomains[d], tokens, 7);
        const bool last = m == 1 && d == 2 && tokens > 50'000;
        view->steps.push_back(
            sample::step(key, last ? job::StepState::running : job::StepState::up_to_date, 12, "Specialize"));
        std::vector<store::MetricPoint> fine;
        const double start = 4.9 + gain + 0.1 * static_cast<double>(d),
                     end = (tokens > 50'000 ? 3.0 : 3.4) + 0.1 * static_cast<double>(d);
        for (std::uint64_t step = 0; step <= (last ? 200u : 600u); step += 20) {
          const double x = static_cast<double>(step);
          fine.push_back(
              {"validation", step, step * 2048, x * 0.05, end + (start - end) * std::exp(-x / 90) + x * x * 1e-7, -1});
        }
        view->runs.push_back({key, std::move(fine)});
        if (last) continue;
        measure::ResultRecord record;
        record.method = record.kind = method;
        record.domain = kDomains[d];
        record.specialization_tokens = tokens;
        record.specialization_steps = 340;
        record.generic_tokens = 8'000'000;
        record.generic_flops = m == 0 ? 1.3e14 : 1.5e14;
        record.generic_seconds = m == 0 ? 245 : 301;
        record.generic_perplexity = std::exp(3.95 + gain);
        record.specialization_flops = 8e12;
        record.specialization_seconds = 14.2;
        record.expert = m == 0 ? -1 : static_cast<int>(3 * d + 2);
        record.selection = m == 0 ? "" : "frequent";
        record.perplexity_before = std::exp(start);
        record.perplexity_after = std::exp(end + (m == 0 ? 0 : 0.02));
        record.parameters_pretraining = m == 0 ? 2'612'000 : 20'340'000;
        record.parameters_inference = 2'612'000;
        record.seed = 7;
        view->results.push_back(record);
      }
    }
  }
  return view;
}

inline int inked(const QWidget& widget) {
  const QImage image = const_cast<QWidget&>(widget).grab().toImage();
  int count = 0;
  for (int y = 0; y < image.height(); y += 3) {
    for (int x = 0; x < image.width(); x += 3) count += image.pixel(x, y) != image.pixel(0, 0);
  }
  return count;
}

struct Pages {
  ProjectDocument document;
  EngineBridge bridge;
  explicit Pages(const project::Project& p) { document.reset(p); }
};

/// All methods of the paper but slm-nopt, three budgets, three seeds; the rows of the last method are not all done.
inline project::Project comparison() {
  project::Project p = project();
  p.name = "comparison";
  p.seeds = {7, 8, 9};
  project::SmallNetworkSpec large;
  large.name = "large";
  large.width = 128;
  large.heads = 8;
  p.small.push_back(large);
  for (const char* kind : {"slm-mix", "slm-is", "llm"}) {
    project::MethodSpec method = p.methods[0];
    method.name = method.kind = kind;
    if (method.kind == "llm") method.network = "large";
    p.methods.push_back(method);
  }
  for (project::MethodSpec& method : p.methods) {
    method.generic.schedule = "constant";
    method.generic.budgets = {2'000'000, 4'000'000};
  }
  return p;
}

inline std::shared_ptr<job::ProjectView> comparisonView(const project::Project& p) {
  auto view = std::make_shared<job::ProjectView>();
  view->vocabulary = 4096;
  unsigned state = 3;
  for (std::size_t m = 0; m < p.methods.size(); ++m) {
    const project::MethodSpec& method = p.methods[m];
    const double gain[] = {0, -0.05, -0.03, -0.15, -0.2}, cost[] = {1, 1.6, 1, 1, 3.5};
    for (const auto seed : p.seeds) {
      for (const std::uint64_t budget : {2'000'000, 4'000'000, 0}) {
        for (std::size_t d = 0; d < kDomains.size(); ++d) {
          for (const auto tokens : p.specialization.tokens) {
            const bool done = m + 1 < p.methods.size() || seed == 7;
            view->steps.push_back(sample::step(job::StepKey::specialize(method.name, kDomains[d], tokens, seed, budget),
                                               done ? job::StepState::up_to_date : job::StepState::missing,
                                               done ? 14 : 0));
            if (!done) continue;
            const double read = static_cast<double>(budget > 0 ? budget : 8'000'000);
            const double loss = 3.2 + gain[m] - 0.12 * std::log2(read / 2e6) + 0.15 * static_cast<double>(d) -
                                (tokens > 50'000 ? 0.35 : 0) + 0.02 * noise(state);
            measure::ResultRecord record;
            record.method = method.name;
            record.kind = method.kind;
            record.network = method.network;
            record.adaptation = "full";
            record.domain = kDomains[d];
            record.specialization_tokens = tokens;
            record.specialization_steps = 260;
            record.generic_budget = record.generic_tokens = static_cast<std::uint64_t>(read);
            record.generic_flops = method.kind == "slm-is" ? 0 : 1.6e7 * cost[m] * read;
            record.generic_seconds = record.generic_flops / 6e11;
            record.generic_perplexity = std::exp(loss + 0.9);
            record.specialization_flops = 8e12 * cost[m] + (method.kind == "slm-is" ? 1.6e7 * read : 0);
            record.specialization_seconds = record.specialization_flops / 6e11;
            record.expert = method.kind == "slm-pn" || method.kind == "slm-mix" ? static_cast<int>(3 * d + 2) : -1;
            record.selection = record.expert < 0 ? "" : "frequent";
            record.clusters = 16;
            record.perplexity_before = std::exp(loss + 0.7);
            record.perplexity_after = std::exp(loss);
            record.parameters_pretraining = m == 4 ? 1'200'000 : m == 1 ? 2'900'000 : 380'000;
            record.parameters_inference = m == 4 ? 1'200'000 : 380'000;
            record.seed = seed;
            view->results.push_back(record);
          }
        }
      }
    }
  }
  return view;
}

}  // namespace sample
