// SPDX-License-Identifier: GPL-3.0-or-later
// laws.json, written and read.
#include "job/laws.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "plan/law_json.h"

namespace pantograph {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json law_json(const MethodLaw& law) {
  ordered_json runs = ordered_json::array();
  for (const ScalingPoint& point : law.points) {
    runs.push_back({{"generic_tokens", point.generic_tokens},
                    {"domain_tokens", point.domain_tokens},
                    {"parameters", point.parameters},
                    {"loss", point.loss},
                    {"seed", point.seed}});
  }
  return {{"method", law.method},
          {"domain", law.domain},
          {"runs", std::move(runs)},
          {"choice", to_json(law.choice)},
          {"split_of",
           {{"flops", law.split.budget},
            {"domains", law.split.domains},
            {"parameters", law.split.parameters},
            {"domain_set_tokens", law.split.domain_set_tokens}}},
          {"split", to_json(plan_split({law.choice.fit}, law.split))}};
}

MethodLaw law_of(const json& value) {
  MethodLaw law;
  law.method = value.at("method");
  law.domain = value.at("domain");
  for (const json& run : value.at("runs")) {
    ScalingPoint point;
    point.generic_tokens = run.at("generic_tokens");
    point.domain_tokens = run.at("domain_tokens");
    point.parameters = run.at("parameters");
    point.loss = run.at("loss");
    point.seed = run.at("seed");
    point.domain = law.domain;
    law.points.push_back(point);
  }
  law.choice = law_choice_from_json(value.at("choice"));
  const json& split = value.at("split_of");
  law.split.budget = split.at("flops");
  law.split.domains = split.at("domains");
  law.split.parameters = split.at("parameters").get<std::vector<double>>();
  law.split.domain_set_tokens = split.at("domain_set_tokens");
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
  missing.runs = value.at("runs");
  missing.budgets = value.at("budgets");
  missing.sizes = value.at("sizes");
  missing.needs.generic_tokens = value.at("needs").at("generic_tokens").get<std::vector<double>>();
  missing.needs.domain_tokens = value.at("needs").at("domain_tokens").get<std::vector<double>>();
  missing.reason = value.at("reason");
  return missing;
}

}  // namespace

double held_out_error(const LawChoice& choice) {
  for (const FamilyScore& score : choice.scores) {
    if (score.family == choice.fit.family && score.excluded.empty()) return score.mean_error;
  }
  return std::nan("");
}

ordered_json to_json(const Laws& laws) {
  ordered_json out = {{"schema", kLawSchema}, {"laws", ordered_json::array()}, {"missing", ordered_json::array()}};
  for (const MethodLaw& law : laws.fitted) out["laws"].push_back(law_json(law));
  for (const MissingLaw& missing : laws.missing) out["missing"].push_back(missing_json(missing));
  return out;
}

Laws laws_from_json(const json& value) {
  Laws laws;
  const auto fail = [](const std::string& found) {
    throw Error(ErrorKind::input, {found, "laws.json", "scaling laws as this program writes them",
                                   "Delete the report's folder and run again."});
  };
  try {
    if (value.at("schema") != kLawSchema) fail("schema " + value.at("schema").dump());
    for (const json& law : value.at("laws")) laws.fitted.push_back(law_of(law));
    for (const json& missing : value.at("missing")) laws.missing.push_back(missing_of(missing));
  } catch (const json::exception& e) {
    fail(std::string("broken: ") + e.what());
  }
  return laws;
}

}  // namespace pantograph
