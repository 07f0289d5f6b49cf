// SPDX-License-Identifier: GPL-3.0-or-later
// Records to JSON and back.
#include "measure/results_json.h"

#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"

namespace pantograph::measure {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const char* const kAgain = "Run the report step again; it writes the file anew.";

/// Every key of a record in the order of results.json, with its member. `since_first`: also in the oldest files, which
/// therefore must have it.
template <class Record, class Visit>
void for_each_field(Record& r, const Visit& visit) {
  constexpr bool kSinceFirst = true, kLater = false;
  visit("method", r.method, kSinceFirst);
  visit("kind", r.kind, kSinceFirst);
  visit("domain", r.domain, kSinceFirst);
  visit("specialization_tokens", r.specialization_tokens, kSinceFirst);
  visit("seed", r.seed, kSinceFirst);
  visit("expert", r.expert, kSinceFirst);
  visit("selection", r.selection, kSinceFirst);
  visit("perplexity_before", r.perplexity_before, kSinceFirst);
  visit("perplexity_after", r.perplexity_after, kSinceFirst);
  visit("generic_perplexity", r.generic_perplexity, kSinceFirst);
  visit("generic_tokens", r.generic_tokens, kSinceFirst);
  visit("generic_flops", r.generic_flops, kSinceFirst);
  visit("generic_seconds", r.generic_seconds, kSinceFirst);
  visit("specialization_steps", r.specialization_steps, kSinceFirst);
  visit("specialization_flops", r.specialization_flops, kSinceFirst);
  visit("specialization_seconds", r.specialization_seconds, kSinceFirst);
  visit("parameters_pretraining", r.parameters_pretraining, kSinceFirst);
  visit("parameters_inference", r.parameters_inference, kSinceFirst);
  visit("network", r.network, kLater);
  visit("adaptation", r.adaptation, kLater);
  visit("sample", r.sample, kLater);
  visit("generic_budget", r.generic_budget, kLater);
  visit("specialization_tokens_seen", r.specialization_tokens_seen, kLater);
  visit("validation_loss", r.validation_loss, kLater);
  visit("selection_flops", r.selection_flops, kLater);
  visit("selection_seconds", r.selection_seconds, kLater);
  visit("teacher_generic_flops", r.teacher_generic_flops, kLater);
  visit("teacher_generic_seconds", r.teacher_generic_seconds, kLater);
  visit("teacher_specialization_flops", r.teacher_specialization_flops, kLater);
  visit("teacher_specialization_seconds", r.teacher_specialization_seconds, kLater);
  visit("clusters", r.clusters, kLater);
  visit("h", r.h, kLater);
  visit("m", r.m, kLater);
  visit("effective_windows", r.effective_windows, kLater);
  visit("repetition", r.repetition, kLater);
  visit("total_windows", r.total_windows, kLater);
  visit("inference_flops_per_token", r.inference_flops_per_token, kLater);
  visit("validation_flops", r.validation_flops, kLater);
  visit("validation_seconds", r.validation_seconds, kLater);
  visit("validation_tokens", r.validation_tokens, kLater);
  visit("rate_factor", r.rate_factor, kLater);
  visit("context", r.context, kLater);
  visit("test_documents", r.test_documents, kLater);
  visit("test_tokens", r.test_tokens, kLater);
  visit("test_bytes", r.test_bytes, kLater);
  visit("test_error", r.test_error, kLater);
  visit("leaked_documents", r.leaked_documents, kLater);
  visit("perplexity_without_leaks", r.perplexity_without_leaks, kLater);
}

[[noreturn]] void bad_key(const char* key, const std::string& expected) {
  throw Error(ErrorKind::input, {fmt::format("a result without a usable \"{}\"", key), key, expected, kAgain});
}

void read_value(const json& value, const char* key, std::string& out) {
  if (!value.is_string()) bad_key(key, "a string");
  out = value.get<std::string>();
}

void read_value(const json& value, const char* key, std::uint64_t& out) {
  if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0))
    bad_key(key, "a whole number from 0");
  out = value.get<std::uint64_t>();
}

void read_value(const json& value, const char* key, double& out) {
  if (!value.is_number() && !value.is_null()) bad_key(key, "a number or null");
  out = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

/// An int from its own default on: -1 for the expert, 0 for the counts.
void read_value(const json& value, const char* key, int& out) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < out ||
      value.get<std::int64_t>() > std::numeric_limits<int>::max())
    bad_key(key, fmt::format("a whole number from {}", out));
  out = value.get<int>();
}

}  // namespace

ordered_json ordered_record(const ResultRecord& record) {
  ordered_json out;
  for_each_field(record, [&](const char* key, const auto& value, bool) {
    out[key] = value;
    if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>) {
      if (!std::isfinite(value)) out[key] = nullptr;
    }
  });
  const double bits = bits_per_byte(record);
  out["bits_per_byte"] = std::isfinite(bits) ? ordered_json(bits) : ordered_json();
  return out;
}

json to_json(const ResultRecord& record) {
  return json(ordered_record(record));
}

ResultRecord result_from_json(const json& object) {
  if (!object.is_object())
    throw Error(ErrorKind::input, {"a result that is not a JSON object", "", "an object per result", kAgain});
  ResultRecord record;
  for_each_field(record, [&](const char* key, auto& value, bool since_first) {
    const auto found = object.find(key);
    if (found != object.end()) read_value(*found, key, value);
    if (found == object.end() && since_first) bad_key(key, "a value, as every version writes it");
  });
  return record;
}

std::vector<ResultRecord> read_results(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& found, const std::string& expected, const std::string& remedy) {
    throw Error(ErrorKind::input, {found, file.string(), expected, remedy});
  };
  const json whole = json::parse(read_file(file), nullptr, false);
  if (whole.is_discarded()) fail("broken JSON", "results.json as the report step writes it", kAgain);
  if (!whole.is_object() || !whole.contains("schema") || !whole["schema"].is_number_integer() ||
      !whole.contains("records") || !whole["records"].is_array()) {
    fail("no \"schema\" and \"records\"", "an object with a whole number \"schema\" and an array \"records\"", kAgain);
  }
  if (const auto schema = whole["schema"].get<std::int64_t>(); schema != kResultsSchema) {
    fail(fmt::format("schema {}", schema), fmt::format("schema {}", kResultsSchema),
         schema > kResultsSchema ? "Open it with the newer version of Pantograph that wrote it." : kAgain);
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

}  // namespace pantograph::measure
