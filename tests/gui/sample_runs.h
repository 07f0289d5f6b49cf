// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that were never made, for the tests of pages.
#pragma once

#include <cmath>
#include <memory>

#include "sample_views.h"

namespace sample {

inline std::shared_ptr<job::RunInfo> run(const job::StepKey& step, int number,
                                         job::RunState state = job::RunState::finished, bool present = true) {
  auto out = std::make_shared<job::RunInfo>();
  out->record.step = step;
  out->record.key = QStringLiteral("%1").arg(0xabc000000000 + number, 16, 16, QLatin1Char('0')).toStdString();
  out->record.title = step.kind == job::StepKind::pretrain ? "Pretrain " + step.method
                                                           : "Specialize " + step.method + " for " + step.domain;
  out->record.state = state;
  out->record.settings = {{"method", step.method},
                          {"generic", {{"tokens", present ? 8'000'000 : 4'000'000}, {"rate", 0.001}}}};
  out->record.inputs = {{"tokenize/law tokens.h5", "00112233445566778899aabbccddeeff"}};
  out->record.program = "pantograph 0.1.0";
  out->record.machine = "mill, 8 cores";
  out->record.started =
      QDateTime(QDate(2026, 11, 1), QTime(8, 0), Qt::UTC).addSecs(600 * number).toString(Qt::ISODate).toStdString();
  out->record.seconds = 90 + number;
  if (state == job::RunState::failed) out->record.error = "the disk is full";
  out->folder = "/tmp/none/" + step.id() + "/" + out->record.key;
  out->present = present;
  out->bytes = (1u << 20) * static_cast<unsigned>(2 + number % 7);
  out->checkpoint_bytes = number % 3 == 0 ? 1u << 20 : 0;
  if (state != job::RunState::finished) return out;
  if (step.kind == job::StepKind::pretrain) {
    out->generic_loss = 4 - 0.01 * (number % 10);
  } else {
    measure::ResultRecord record;
    record.method = record.kind = step.method;
    record.domain = step.domain;
    record.specialization_tokens = step.tokens;
    record.seed = step.seed;
    record.generic_tokens = record.generic_budget = present ? 8'000'000 : 4'000'000;
    record.perplexity_before = 90;
    record.perplexity_after = 30 + number % 10;
    out->result = record;
  }
  return out;
}

/// As after two rounds of the project of sample_views.h: all of it at earlier settings, then at the present ones. The
/// last started first.
inline job::RunList twoRounds(const project::Project& p) {
  job::RunList runs;
  int number = 0;
  for (const bool present : {false, true}) {
    for (const project::MethodSpec& method : p.methods) {
      runs.push_back(run(job::StepKey::pretrain(method.name, 7), number++, job::RunState::finished, present));
      for (const std::string& domain : p.specialization.domains) {
        for (const auto tokens : p.specialization.tokens)
          runs.push_back(run(job::StepKey::specialize(method.name, domain, tokens, 7), number++,
                             job::RunState::finished, present));
      }
    }
  }
  std::reverse(runs.begin(), runs.end());
  return runs;
}

}  // namespace sample
