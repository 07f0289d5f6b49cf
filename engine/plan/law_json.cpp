// SPDX-License-Identifier: GPL-3.0-or-later
// Writes fits, choices and plans; reads fits back and checks every key.
#include "plan/law_json.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"

namespace pantograph::plan {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

[[noreturn]] void bad_fit(std::string found, std::string where, std::string expected) {
  throw Error(ErrorKind::input, {std::move(found), std::move(where), std::move(expected), "Fit the law again."});
}

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json range(const Range& value) {
  return {number(value.low), number(value.high)};
}

const json& member(const json& object, const std::string& key) {
  if (!object.is_object()) bad_fit("no JSON object", "scaling law", "an object");
  const auto found = object.find(key);
  if (found == object.end()) bad_fit("a missing key", key, "a fit as this program writes it");
  return *found;
}

/// Null is a number that was not finite: only infinity is ever stored.
double number_at(const json& object, const std::string& key) {
  const json& value = member(object, key);
  if (value.is_null()) return std::numeric_limits<double>::infinity();
  if (!value.is_number()) bad_fit("no number", key, "a number or null");
  return value.get<double>();
}

int count_at(const json& object, const std::string& key) {
  const json& value = member(object, key);
  if (!value.is_number_integer()) bad_fit("no whole number", key, "a whole number from 0");
  const auto count = value.get<std::int64_t>();
  if (count < 0 || count > std::numeric_limits<int>::max()) bad_fit(value.dump(), key, "a whole number from 0");
  return static_cast<int>(count);
}

const json& list_at(const json& object, const std::string& key) {
  const json& value = member(object, key);
  if (!value.is_array()) bad_fit("no list", key, "a list");
  return value;
}

std::string text_of(const json& value, const std::string& key) {
  if (!value.is_string()) bad_fit("no text", key, "a string");
  return value.get<std::string>();
}

bool flag_at(const json& object, const std::string& key) {
  const json& value = member(object, key);
  if (!value.is_boolean()) bad_fit("neither true nor false", key, "true or false");
  return value.get<bool>();
}

Range range_at(const json& object, const std::string& key) {
  const json& list = list_at(object, key);
  if (list.size() != 2 || !list[0].is_number() || !list[1].is_number()) bad_fit("no range", key, "two numbers");
  return {list[0].get<double>(), list[1].get<double>()};
}

/// Which ends are bounds, by the words for them.
Bounds bounds_of(const json& value) {
  const std::string words = text_of(value, "bound");
  for (const Bounds bounds : {Bounds{false, true}, Bounds{true, false}, Bounds{true, true}}) {
    if (words == bound_words({{0, 1}, bounds})) return bounds;
  }
  if (words == bound_words({{1, 1}, {true, true}})) return {true, true};
  bad_fit("\"" + words + "\"", "bound", "the words of an interval that is a bound");
}

ordered_json split_point(const SplitPoint& point) {
  return {{"generic_tokens", number(point.generic_tokens)},
          {"domain_tokens", number(point.domain_tokens)},
          {"generic_share", number(point.generic_share)},
          {"flops", number(point.spent)},
          {"loss", number(point.loss)}};
}

}  // namespace

ordered_json to_json(const LawFit& fit) {
  const auto& names = law_parameter_names(fit.family);
  ordered_json out;
  out["schema"] = kLawSchema;
  out["law"] = to_string(fit.family);
  out["domain"] = fit.domain;
  ordered_json constants;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ordered_json constant = {{"value", fit.values[i]}, {"free", fit.free[i]}};
    if (!fit.draws.empty()) {
      const Interval interval = parameter_interval(fit, i);
      constant["interval"] = range(interval);
      if (const std::string words = bound_words(interval); !words.empty()) constant["bound"] = words;
    }
    constants[names[i]] = constant;
  }
  out["constants"] = constants;
  out["notes"] = fit.notes;
  out["runs"] = fit.runs;
  out["runs_left_out"] = fit.runs_left_out;
  out["parameters"] = range(fit.parameters);
  out["generic_tokens"] = range(fit.generic_tokens);
  out["domain_tokens"] = range(fit.domain_tokens);
  out["huber_delta"] = fit.huber_delta;
  out["objective"] = fit.objective;
  out["converged"] = fit.converged;
  out["starts"] = fit.starts;
  out["starts_at_best"] = fit.starts_at_best;
  out["mean_error"] = fit.mean_error;
  out["max_error"] = fit.max_error;
  out["level"] = fit.level;
  out["networks"] = fit.networks;
  if (!fit.no_intervals.empty()) out["no_intervals"] = fit.no_intervals;
  out["draws_failed"] = fit.draws_failed;
  out["draws"] = ordered_json::array();
  for (const LawValues& draw : fit.draws) {
    out["draws"].push_back(std::vector<double>(draw.begin(), draw.begin() + static_cast<std::ptrdiff_t>(names.size())));
  }
  return out;
}

LawFit law_fit_from_json(const json& object) {
  if (const json& schema = member(object, "schema"); schema != kLawSchema) {
    bad_fit("schema " + schema.dump(), "schema", fmt::format("schema {}", kLawSchema));
  }
  LawFit fit;
  fit.family = law_family(text_of(member(object, "law"), "law"));
  fit.domain = text_of(member(object, "domain"), "domain");
  const auto& names = law_parameter_names(fit.family);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const json& constant = member(member(object, "constants"), names[i]);
    fit.values[i] = number_at(constant, "value");
    fit.free[i] = flag_at(constant, "free");
    if (constant.contains("bound")) fit.bounds[i] = bounds_of(constant["bound"]);
  }
  for (const json& note : list_at(object, "notes")) fit.notes.push_back(text_of(note, "notes"));
  fit.runs = count_at(object, "runs");
  fit.runs_left_out = count_at(object, "runs_left_out");
  fit.parameters = range_at(object, "parameters");
  fit.generic_tokens = range_at(object, "generic_tokens");
  fit.domain_tokens = range_at(object, "domain_tokens");
  fit.huber_delta = number_at(object, "huber_delta");
  fit.objective = number_at(object, "objective");
  fit.converged = flag_at(object, "converged");
  fit.starts = count_at(object, "starts");
  fit.starts_at_best = count_at(object, "starts_at_best");
  fit.mean_error = number_at(object, "mean_error");
  fit.max_error = number_at(object, "max_error");
  fit.level = number_at(object, "level");
  if (!(fit.level >= 0 && fit.level <= 1)) bad_fit(member(object, "level").dump(), "level", "a share from 0 to 1");
  fit.networks = count_at(object, "networks");
  if (object.contains("no_intervals")) fit.no_intervals = text_of(object["no_intervals"], "no_intervals");
  fit.draws_failed = count_at(object, "draws_failed");
  for (const json& draw : list_at(object, "draws")) {
    if (!draw.is_array() || draw.size() != names.size())
      bad_fit("a draw of another size", "draws", "a number for each constant");
    LawValues values{};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!draw[i].is_number()) bad_fit("no number", "draws", "a number for each constant");
      values[i] = draw[i].get<double>();
    }
    fit.draws.push_back(values);
  }
  return fit;
}

ordered_json to_json(const LawChoice& choice) {
  ordered_json out;
  out["fit"] = to_json(choice.fit);
  out["fitted_runs"] = choice.fitted_runs;
  out["held_out_runs"] = choice.held_out_runs;
  out["unused_runs"] = choice.unused_runs;
  out["fitted_tokens"] = number(choice.fitted_tokens);
  out["held_out_tokens"] = number(choice.held_out_tokens);
  out["families"] = ordered_json::array();
  for (const FamilyScore& score : choice.scores) {
    ordered_json family = {{"law", to_string(score.family)}};
    if (score.excluded.empty()) {
      family["mean_error"] = number(score.mean_error);
      family["max_error"] = number(score.max_error);
    } else {
      family["excluded"] = score.excluded;
    }
    out["families"].push_back(family);
  }
  return out;
}

LawChoice law_choice_from_json(const json& object) {
  LawChoice choice;
  choice.fit = law_fit_from_json(member(object, "fit"));
  choice.fitted_runs = count_at(object, "fitted_runs");
  choice.held_out_runs = count_at(object, "held_out_runs");
  choice.unused_runs = count_at(object, "unused_runs");
  choice.fitted_tokens = number_at(object, "fitted_tokens");
  choice.held_out_tokens = number_at(object, "held_out_tokens");
  for (const json& family : list_at(object, "families")) {
    FamilyScore score;
    score.family = law_family(text_of(member(family, "law"), "law"));
    if (family.contains("excluded")) {
      score.excluded = text_of(member(family, "excluded"), "excluded");
    } else {
      score.mean_error = number_at(family, "mean_error");
      score.max_error = number_at(family, "max_error");
    }
    choice.scores.push_back(std::move(score));
  }
  return choice;
}

ordered_json to_json(const SplitPlan& plan) {
  ordered_json out;
  out["chosen"] = plan.chosen;
  out["sizes"] = ordered_json::array();
  for (const SplitForSize& size : plan.sizes) {
    out["sizes"].push_back({{"parameters", number(size.parameters)},
                            {"best", split_point(size.best)},
                            {"even", split_point(size.even)},
                            {"all_generic", split_point(size.all_generic)},
                            {"all_specialization", split_point(size.all_specialization)},
                            {"epochs", number(size.epochs)},
                            {"chosen_share", number(size.chosen_share)}});
  }
  if (plan.level > 0) {
    ordered_json intervals = {{"level", plan.level}}, bounds = ordered_json::object();
    const auto add = [&](const char* name, const Interval& interval) {
      intervals[name] = range(interval);
      if (const std::string words = bound_words(interval); !words.empty()) bounds[name] = words;
    };
    add("generic_tokens", plan.generic_tokens), add("domain_tokens", plan.domain_tokens);
    add("generic_share", plan.generic_share), add("loss", plan.loss);
    intervals["bounds"] = bounds;
    out["intervals"] = intervals;
  }
  out["warnings"] = plan.warnings;
  return out;
}

}  // namespace pantograph::plan
