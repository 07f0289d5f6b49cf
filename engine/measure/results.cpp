// SPDX-License-Identifier: GPL-3.0-or-later
// Perplexities and their averages, and records to JSON and back.
#include "measure/results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "measure/results_json.h"

namespace pantograph {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

[[noreturn]] void bad_key(const char* key, const std::string& expected) {
  throw Error(ErrorKind::input, {fmt::format("a result without a usable \"{}\"", key), key, expected,
                                 "Run the report step again; it writes the file anew."});
}

const json& member(const json& object, const char* key, const char* expected) {
  const auto found = object.find(key);
  if (found == object.end()) bad_key(key, expected);
  return *found;
}

std::string text_of(const json& object, const char* key) {
  const json& value = member(object, key, "a string");
  if (!value.is_string()) bad_key(key, "a string");
  return value.get<std::string>();
}

std::uint64_t count_of(const json& object, const char* key) {
  const json& value = member(object, key, "a whole number from 0");
  if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) {
    bad_key(key, "a whole number from 0");
  }
  return value.get<std::uint64_t>();
}

double number_of(const json& object, const char* key) {
  const json& value = member(object, key, "a number or null");
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) bad_key(key, "a number or null");
  return value.get<double>();
}

int expert_of(const json& object) {
  const json& value = member(object, "expert", "a whole number from -1");
  if (!value.is_number_integer() || value.get<std::int64_t>() < -1 ||
      value.get<std::int64_t>() > std::numeric_limits<int>::max()) {
    bad_key("expert", "a whole number from -1");
  }
  return value.get<int>();
}

}  // namespace

double perplexity(double loss) {
  return std::exp(loss);
}

double macro_average_perplexity(const std::vector<double>& perplexities) {
  if (perplexities.empty()) return std::numeric_limits<double>::quiet_NaN();
  double loss = 0;
  for (double value : perplexities) {
    if (!std::isfinite(value) || value <= 0) return std::numeric_limits<double>::quiet_NaN();
    loss += std::log(value);
  }
  return std::exp(loss / static_cast<double>(perplexities.size()));
}

ordered_json ordered_record(const ResultRecord& r) {
  ordered_json out;
  out["method"] = r.method;
  out["kind"] = r.kind;
  out["domain"] = r.domain;
  out["specialization_tokens"] = r.specialization_tokens;
  out["seed"] = r.seed;
  out["expert"] = r.expert;
  out["selection"] = r.selection;
  out["perplexity_before"] = r.perplexity_before;
  out["perplexity_after"] = r.perplexity_after;
  out["generic_perplexity"] = r.generic_perplexity;
  out["generic_tokens"] = r.generic_tokens;
  out["generic_flops"] = r.generic_flops;
  out["generic_seconds"] = r.generic_seconds;
  out["specialization_steps"] = r.specialization_steps;
  out["specialization_flops"] = r.specialization_flops;
  out["specialization_seconds"] = r.specialization_seconds;
  out["parameters_pretraining"] = r.parameters_pretraining;
  out["parameters_inference"] = r.parameters_inference;
  for (auto& value : out) {
    if (value.is_number_float() && !std::isfinite(value.get<double>())) value = nullptr;
  }
  return out;
}

json to_json(const ResultRecord& record) {
  return json(ordered_record(record));
}

ResultRecord result_from_json(const json& object) {
  if (!object.is_object()) {
    throw Error(ErrorKind::input, {"a result that is not a JSON object", "", "an object per result",
                                   "Run the report step again; it writes the file anew."});
  }
  ResultRecord r;
  r.method = text_of(object, "method");
  r.kind = text_of(object, "kind");
  r.domain = text_of(object, "domain");
  r.specialization_tokens = count_of(object, "specialization_tokens");
  r.specialization_steps = count_of(object, "specialization_steps");
  r.generic_tokens = count_of(object, "generic_tokens");
  r.generic_flops = number_of(object, "generic_flops");
  r.generic_seconds = number_of(object, "generic_seconds");
  r.generic_perplexity = number_of(object, "generic_perplexity");
  r.specialization_flops = number_of(object, "specialization_flops");
  r.specialization_seconds = number_of(object, "specialization_seconds");
  r.expert = expert_of(object);
  r.selection = text_of(object, "selection");
  r.perplexity_before = number_of(object, "perplexity_before");
  r.perplexity_after = number_of(object, "perplexity_after");
  r.parameters_pretraining = count_of(object, "parameters_pretraining");
  r.parameters_inference = count_of(object, "parameters_inference");
  r.seed = count_of(object, "seed");
  return r;
}

void sort_results(std::vector<ResultRecord>& records) {
  std::stable_sort(records.begin(), records.end(), [](const ResultRecord& a, const ResultRecord& b) {
    return std::tie(a.method, a.domain, a.specialization_tokens, a.seed) <
           std::tie(b.method, b.domain, b.specialization_tokens, b.seed);
  });
}

std::vector<ResultRecord> read_results(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& found, const std::string& expected, const std::string& remedy) {
    throw Error(ErrorKind::input, {found, file.string(), expected, remedy});
  };
  const std::string again = "Run the report step again; it writes the file anew.";
  const json whole = json::parse(read_file(file), nullptr, false);
  if (whole.is_discarded()) fail("broken JSON", "results.json as the report step writes it", again);
  if (!whole.is_object() || !whole.contains("schema") || !whole["schema"].is_number_integer() ||
      !whole.contains("records") || !whole["records"].is_array()) {
    fail("no \"schema\" and \"records\"", "an object with a whole number \"schema\" and an array \"records\"", again);
  }
  if (const auto schema = whole["schema"].get<std::int64_t>(); schema != kResultsSchema) {
    fail(fmt::format("schema {}", schema), fmt::format("schema {}", kResultsSchema),
         schema > kResultsSchema ? "Open it with the newer version of Pantograph that wrote it." : again);
  }
  std::vector<ResultRecord> records;
  for (const json& record : whole["records"]) {
    try {
      records.push_back(result_from_json(record));
    } catch (const Error& error) {
      ErrorText text = error.text();
      text.where = fmt::format("{}, record {}", file.string(), records.size() + 1);
      throw Error(error.kind(), text);
    }
  }
  return records;
}

std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records) {
  // size, method → seed → domain → record: a map, so that neither order nor repetition of records changes a digit.
  std::map<std::pair<std::uint64_t, std::string>, std::map<std::uint64_t, std::map<std::string, const ResultRecord*>>>
      groups;
  for (const ResultRecord& r : records) groups[{r.specialization_tokens, r.method}][r.seed][r.domain] = &r;

  std::vector<MethodAverage> out;
  for (const auto& [key, every_seed] : groups) {
    // Whole seeds where there are any, so that a seed half done does not throw away the others' domains.
    std::set<std::string> all;
    for (const auto& [seed, domains] : every_seed) {
      for (const auto& [domain, record] : domains) all.insert(domain);
    }
    auto seeds = every_seed;
    std::erase_if(seeds, [&](const auto& seed) { return seed.second.size() < all.size(); });
    std::set<std::string> common = all;
    if (seeds.empty()) {
      seeds = every_seed;
      for (const auto& [seed, domains] : seeds) {
        std::erase_if(common, [&d = domains](const std::string& domain) { return !d.contains(domain); });
      }
    }
    if (common.empty()) continue;  // no two seeds share a domain: nothing can be averaged
    std::vector<double> before, after;
    for (const auto& [seed, domains] : seeds) {
      std::vector<double> b, a;
      for (const std::string& domain : common) {
        b.push_back(domains.at(domain)->perplexity_before);
        a.push_back(domains.at(domain)->perplexity_after);
      }
      before.push_back(macro_average_perplexity(b));
      after.push_back(macro_average_perplexity(a));
    }
    const auto mean = [](const std::vector<double>& values) {
      double sum = 0;
      for (double value : values) sum += value;
      return sum / static_cast<double>(values.size());
    };
    MethodAverage average;
    average.specialization_tokens = key.first;
    average.method = key.second;
    average.before = mean(before);
    average.after = mean(after);
    if (after.size() > 1) {
      double squares = 0;
      for (double value : after) squares += (value - average.after) * (value - average.after);
      average.after_spread = std::sqrt(squares / static_cast<double>(after.size() - 1));
    }
    average.domains = static_cast<int>(common.size());
    average.seeds = static_cast<int>(seeds.size());
    out.push_back(average);
  }
  return out;
}

}  // namespace pantograph
