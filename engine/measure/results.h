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

/// One method × domain × specialization size × generic budget × seed. Perplexities are on the domain's test set, read
/// once. FLOPs are of training, seconds are of the run's device. What a method does not have stands at its default.
struct ResultRecord {
  std::string method;      ///< its name in the project; several methods may be of one kind
  std::string kind;        ///< id of a row in store/method_kind.cpp
  std::string network;     ///< name of the network that it trains
  std::string adaptation;  ///< "full" or "lora"
  std::string domain;
  std::uint64_t specialization_tokens = 0;       ///< size of the specialization set
  std::uint64_t specialization_steps = 0;        ///< that the measured weights are of
  std::uint64_t specialization_tokens_seen = 0;  ///< tokens read while specializing
  /// Generic phase: C_generic, paid once for all domains.
  std::uint64_t generic_budget = 0;  ///< tokens that this record stands at: one run yields several; 0 for none
  std::uint64_t generic_tokens = 0;  ///< tokens that the network really saw
  double generic_flops = 0, generic_seconds = 0;
  double generic_perplexity = 0;  ///< on the generic validation set, after the generic phase; 0 without one
  /// Specialization: C_specialization, paid for every domain. A generic phase that serves one domain is part of it.
  double specialization_flops = 0, specialization_seconds = 0;
  double selection_flops = 0, selection_seconds = 0;  ///< of choosing the expert; part of the two above
  /// Of kinds that are taught: what the teacher cost, in neither of the phases above.
  double teacher_generic_flops = 0, teacher_generic_seconds = 0;
  double teacher_specialization_flops = 0, teacher_specialization_seconds = 0;
  int expert = -1;        ///< -1 for a method without experts
  std::string selection;  ///< "frequent", "best-before", "best-after", "by hand"; empty without experts
  int clusters = 0;       ///< experts, or clusters that it resamples by
  int h = 0, m = 0;       ///< projected networks: capacity multiplier and size of an expert's vector
  /// Of a resampled generic set: effective sample size of the importance weights (windows), mean times that a window is
  /// read, windows.
  double effective_windows = 0, repetition = 0, total_windows = 0;
  double perplexity_before = 0, perplexity_after = 0;
  double validation_loss = 0;  ///< of the measured weights on the domain's validation set, nats per token
  std::uint64_t parameters_pretraining = 0, parameters_inference = 0;
  double inference_flops_per_token = 0;
  std::uint64_t seed = 0;
};

/// Tokens of the generic phase that the record stands at; older files know only what the network saw.
std::uint64_t budget_of(const ResultRecord& record);

/// A number that is not finite becomes null, and null reads back as NaN; all others round-trip exactly.
nlohmann::json to_json(const ResultRecord& record);
/// Error(input) naming the key that is missing or has the wrong type. Unknown keys are ignored, and keys that older
/// versions did not write have their defaults when missing.
ResultRecord result_from_json(const nlohmann::json& json);

/// The order of every file and table: method, domain, size, budget, seed.
void sort_results(std::vector<ResultRecord>& records);

struct RunCurve {
  std::string run;  ///< "slm seed 7", "slm-pn › law 100k seed 7"
  std::string method;
  std::vector<MetricPoint> points;
  std::string domain = {};  ///< of a specialization; when empty it is taken from `run` ("… › law 100k seed 7")
};

/// One method at one generic budget and one specialization size.
struct MethodAverage {
  std::string method;
  std::uint64_t specialization_tokens = 0;
  std::uint64_t generic_budget = 0;            ///< tokens; 0 without a generic phase
  double before = 0, after = 0;                ///< macro-averaged perplexity over domains, mean of seeds
  double before_spread = 0, after_spread = 0;  ///< standard deviation over seeds (n - 1); 0 for one seed
  double generic = 0, generic_spread = 0;  ///< perplexity on the generic set, mean of seeds; NaN where there is none
  int domains = 0, seeds = 0;
};
/// By size, method, budget. Each over the seeds that have all domains of this method, size and budget; when none has,
/// over the domains that all seeds have.
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
  const struct Table* laws = nullptr;    ///< predictions of scaling laws (measure/tables.h), may be null
  const struct Table* splits = nullptr;  ///< of budgets between the phases, by these laws, may be null
  const std::vector<struct Figure>* law_figures = nullptr;  ///< of those laws (measure/figures.h), may be null
  const std::vector<struct Table>* clusterings = nullptr;   ///< several clusterings compared, may be null
};

/// Writes results.json, results.csv, curves.csv and report.html (self-contained: inline SVG and CSS, light and dark),
/// each atomically. The same input gives the same bytes. Error(run) when a file cannot be written.
void write_report(const ReportInput& input, const std::filesystem::path& folder);
/// Error(input) for a missing, broken or newer file.
std::vector<ResultRecord> read_results(const std::filesystem::path& results_json);

/// Plain words: which method won after fine-tuning and by how much; honest when it is a draw. A line for each size, and
/// with several sizes one for what holds of all of them.
std::string verdict(const std::vector<ResultRecord>& records);

}  // namespace pantograph
