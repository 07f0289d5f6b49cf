// SPDX-License-Identifier: GPL-3.0-or-later
// Results as records, and the files made from them: results.json, results.csv, curves.csv, report.html.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "store/metrics.h"

namespace pantograph {

inline constexpr int kResultsSchema = 1;  ///< of results.json

double perplexity(double loss);  ///< exp of nats per token
/// Mean of the domains' losses, then the exponential [PN, section on evaluation]. NaN when empty or when one is not a
/// positive finite number.
double macro_average_perplexity(const std::vector<double>& perplexities);

/// One method × domain × specialization size × seed. Perplexities are on the domain's test set, read once.
struct ResultRecord {
  std::string method, kind, domain;
  std::uint64_t specialization_tokens = 0;  ///< size of the specialization set
  std::uint64_t specialization_steps = 0;   ///< that the measured weights are of
  std::uint64_t generic_tokens = 0;
  double generic_flops = 0, generic_seconds = 0;
  double generic_perplexity = 0;  ///< on the generic validation set, after the generic phase; 0 for slm-nopt
  double specialization_flops = 0, specialization_seconds = 0;
  int expert = -1;        ///< -1 for a method without experts
  std::string selection;  ///< "frequent", "best-before", "by hand"; empty without experts
  double perplexity_before = 0, perplexity_after = 0;
  std::uint64_t parameters_pretraining = 0, parameters_inference = 0;
  std::uint64_t seed = 0;
};

/// A number that is not finite becomes null, and null reads back as NaN; all others round-trip exactly.
nlohmann::json to_json(const ResultRecord& record);
/// Error(input) naming the key that is missing or has the wrong type. Unknown keys are ignored.
ResultRecord result_from_json(const nlohmann::json& json);

/// The order of every file and table: method, domain, size, seed.
void sort_results(std::vector<ResultRecord>& records);

struct RunCurve {
  std::string run;  ///< "slm seed 7", "slm-pn › law 100k seed 7"
  std::string method;
  std::vector<MetricPoint> points;
  std::string domain = {};  ///< of a specialization; when empty it is taken from `run` ("… › law 100k seed 7")
};

struct MethodAverage {
  std::string method;
  std::uint64_t specialization_tokens = 0;
  double before = 0, after = 0;  ///< macro-averaged perplexity over domains, mean of seeds
  double after_spread = 0;       ///< standard deviation over seeds (n - 1); 0 for one seed
  int domains = 0, seeds = 0;
};
/// By size, then method. Each over the seeds that have all domains of this method and size; when none has, over the
/// domains that all seeds have.
std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records);

struct ReportInput {
  std::string project_name, program_version, settings_toml;
  std::vector<std::uint64_t> seeds;
  std::vector<ResultRecord> records;
  std::vector<RunCurve> curves;
  /// By corpus name, may be null: {"role", "files", "documents": [train, validation, test], "tokens": [3], "bytes":
  /// [3], "dropped": {reason: count}}; what is missing shows as a dash. The keys may also stand in "imported" and
  /// "tokenized".
  nlohmann::json* corpora = nullptr;
  nlohmann::json* clustering = nullptr;  ///< ClusteringSummary with its members' names as keys, may be null
};

/// Writes results.json, results.csv, curves.csv and report.html (self-contained: inline SVG and CSS, light and dark),
/// each atomically. The same input gives the same bytes. Error(run) when a file cannot be written.
void write_report(const ReportInput& input, const std::filesystem::path& folder);
/// Error(input) for a missing, broken or newer file.
std::vector<ResultRecord> read_results(const std::filesystem::path& results_json);

/// One paragraph of plain words: which method won after fine-tuning, by how much, per size; honest when it is a draw.
std::string verdict(const std::vector<ResultRecord>& records);

}  // namespace pantograph
