// SPDX-License-Identifier: GPL-3.0-or-later
// laws.json, written and read.
#include "report/laws.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "plan/law_json.h"

namespace pantograph::report {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double kMost = 1e18;  // tokens or parameters: more than anybody has, and a whole number that fits

ordered_json law_json(const MethodLaw& law) {
  ordered_json runs = ordered_json::array();
  for (const plan::ScalingPoint& point : law.points) {
    runs.push_back({{"generic_tokens", point.generic_tokens},
                    {"domain_tokens", point.domain_tokens},
                    {"parameters", point.parameters},
                    {"loss", point.loss},
                    {"seed", point.seed}});
  }
  return {{"method", law.method},
          {"domain", law.domain},
          {"runs", std::move(runs)},
          {"choice", plan::to_json(law.choice)},
          {"split_of",
           {{"flops", law.split.budget},
            {"domains", law.split.domains},
            {"parameters", law.split.parameters},
            {"domain_set_tokens", law.split.domain_set_tokens},
            {"passes", law.split.passes}}},
          {"split", plan::to_json(plan::plan_split({law.choice.fit}, law.split))}};
}

[[noreturn]] void fail(const std::string& found) {
  throw Error(ErrorKind::input, {found, "laws.json", "scaling laws as this program writes them",
                                 "Delete the report's folder and run again."});
}

double amount_at(const json& object, const char* key) {
  const double value = object.at(key);
  if (!(value > 0 && value < kMost)) fail("broken: " + object.at(key).dump() + " at " + key);
  return value;
}

std::vector<double> amounts_at(const json& object, const char* key) {
  std::vector<double> values = object.at(key);
  for (const double value : values) {
    if (!(value > 0 && value < kMost)) fail("broken: " + object.at(key).dump() + " at " + key);
  }
  return values;
}

int count_at(const json& object, const char* key) {
  const double value = object.at(key);
  if (!(value >= 0 && value <= 1e9)) fail("broken: " + object.at(key).dump() + " at " + key);
  return static_cast<int>(value);
}

/// What the window draws and splits by must hold for every law that is read, whoever wrote the file.
void check(const MethodLaw& law) {
  const plan::LawFit& fit = law.choice.fit;
  if (law.split.parameters.empty()) fail("broken: no parameters at split_of");
  if (law.split.domains < 1) fail("broken: no domains at split_of");
  if (!(fit.generic_tokens.low > 0 && fit.generic_tokens.high >= fit.generic_tokens.low))
    fail("broken: no range of generic tokens in a fit");
}

MethodLaw law_of(const json& value) {
  MethodLaw law;
  law.method = value.at("method");
  law.domain = value.at("domain");
  for (const json& run : value.at("runs")) {
    plan::ScalingPoint point;
    point.generic_tokens = amount_at(run, "generic_tokens");
    point.domain_tokens = amount_at(run, "domain_tokens");
    point.parameters = amount_at(run, "parameters");
    point.loss = run.at("loss");
    point.seed = run.at("seed");
    point.domain = law.domain;
    law.points.push_back(point);
  }
  law.choice = plan::law_choice_from_json(value.at("choice"));
  const json& split = value.at("split_of");
  law.split.budget = split.at("flops");
  law.split.domains = count_at(split, "domains");
  law.split.parameters = amounts_at(split, "parameters");
  law.split.domain_set_tokens = amount_at(split, "domain_set_tokens");
  if (split.contains("passes")) law.split.passes = amount_at(split, "passes");
  check(law);
  return law;
}

ordered_json missing_json(const MissingLaw& missing) {
  return {{"method", missing.method},
          {"domain", missing.domain},
          {"runs", missing.runs},
          {"budgets", missing.budgets},
          {"sizes", missing.sizes},
          {"needs", {{"generic_tokens", missing.needs.generic_tokens}, {"domain_tokens", missing.needs.domain_tokens}}},
          {"reason", missing.reason}};
}

MissingLaw missing_of(const json& value) {
  MissingLaw missing;
  missing.method = value.at("method");
  missing.domain = value.at("domain");
  missing.runs = count_at(value, "runs");
  missing.budgets = count_at(value, "budgets");
  missing.sizes = count_at(value, "sizes");
  missing.needs.generic_tokens = amounts_at(value.at("needs"), "generic_tokens");
  missing.needs.domain_tokens = amounts_at(value.at("needs"), "domain_tokens");
  missing.reason = value.at("reason");
  return missing;
}

}  // namespace

double held_out_error(const plan::LawChoice& choice) {
  for (const plan::FamilyScore& score : choice.scores) {
    if (score.family == choice.fit.family && score.excluded.empty()) return score.mean_error;
  }
  return std::nan("");
}

ordered_json to_json(const Laws& laws) {
  ordered_json out = {
      {"schema", plan::kLawSchema}, {"laws", ordered_json::array()}, {"missing", ordered_json::array()}};
  for (const MethodLaw& law : laws.fitted) out["laws"].push_back(law_json(law));
  for (const MissingLaw& missing : laws.missing) out["missing"].push_back(missing_json(missing));
  return out;
}

Laws laws_from_json(const json& value) {
  Laws laws;
  try {
    if (value.at("schema") != plan::kLawSchema) fail("schema " + value.at("schema").dump());
    for (const json& law : value.at("laws")) laws.fitted.push_back(law_of(law));
    for (const json& missing : value.at("missing")) laws.missing.push_back(missing_of(missing));
  } catch (const json::exception& e) {
    fail(std::string("broken: ") + e.what());
  }
  return laws;
}

}  // namespace pantograph::report
