// SPDX-License-Identifier: GPL-3.0-or-later
// Results as records: of results.json, and as averages over domains and seeds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "measure/uncertainty.h"

namespace pantograph::measure {

inline constexpr int kResultsSchema = 1;  ///< of results.json

double perplexity(double loss);  ///< exp of nats per token
/// Mean of the domains' losses, then the exponential [PN, section on evaluation]. NaN when empty or when one is not a
/// positive finite number.
double macro_average_perplexity(const std::vector<double>& perplexities);

/// One method × domain × specialization size × generic budget × seed × sample. Perplexities are on the domain's test
/// set, read once. FLOPs are of training, seconds are of the run's device. What a method does not have stands at its
/// default.
struct ResultRecord {
  std::string method;      ///< its name in the project; several methods may be of one kind
  std::string kind;        ///< id of a row in project/method_kind.cpp
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
  double selection_flops = 0, selection_seconds = 0;  ///< of choosing expert and rate; part of the two above
  /// Of all passes over the domain's validation set, for choosing and for stopping early; part of them likewise.
  double validation_flops = 0, validation_seconds = 0;
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
  double rate_factor = 0;  ///< of the generic rate, that it was fine-tuned with
  double perplexity_before = 0, perplexity_after = 0;
  double validation_loss = 0;           ///< of the measured weights on the domain's validation set, nats per token
  std::uint64_t validation_tokens = 0;  ///< of that set: what the method may see of the domain beside its own set
  int context = 0;                      ///< tokens that a prediction may look back on, at most
  std::uint64_t test_tokens = 0, test_bytes = 0, test_documents = 0;  ///< that the test perplexities are of
  double test_error = 0;  ///< standard error of the loss after, nats per token, over test documents; 0: not known
  /// Test documents that were trained on in part (overlap/overlap.h), and the perplexity on the others; 0: not known.
  std::uint64_t leaked_documents = 0;
  double perplexity_without_leaks = 0;
  std::uint64_t parameters_pretraining = 0, parameters_inference = 0;
  double inference_flops_per_token = 0;
  std::uint64_t seed = 0;
  std::uint64_t sample = 1;                ///< which draw of the specialization set, from 1
  std::shared_ptr<const TestLosses> test;  ///< of the loss after; null where not known. Not in results.json
};

/// Loss on the test set per byte of its text, which tokenizers of any vocabulary can be compared by; NaN where not
/// known.
double bits_per_byte(const ResultRecord& record);

/// What the test set gave without the documents that were trained on in part: numbers in its split, rising.
void leave_out(ResultRecord& record, const std::vector<std::uint64_t>& leaked);

/// Tokens of the generic phase that the record stands at; older files know only what the network saw.
std::uint64_t budget_of(const ResultRecord& record);

/// A number that is not finite becomes null, and null reads back as NaN; all others round-trip exactly.
nlohmann::json to_json(const ResultRecord& record);
/// Error(input) naming the key that is missing or has the wrong type. Unknown keys are ignored, and keys that older
/// versions did not write have their defaults when missing.
ResultRecord result_from_json(const nlohmann::json& json);

/// The order of every file and table: method, domain, size, budget, seed, sample.
void sort_results(std::vector<ResultRecord>& records);

/// One method at one generic budget and one specialization size.
struct MethodAverage {
  std::string method;
  std::uint64_t specialization_tokens = 0;
  std::uint64_t generic_budget = 0;            ///< tokens; 0 without a generic phase
  double before = 0, after = 0;                ///< macro-averaged perplexity over domains and samples, mean of seeds
  double before_spread = 0, after_spread = 0;  ///< standard deviation over seeds (n - 1); 0 for one seed
  Interval after_interval;   ///< of `after`, over seeds and test documents; with one seed over documents alone
  double validation = 0;     ///< as `after`, on the domains' validation sets; NaN where not known
  double without_leaks = 0;  ///< as `after`, without test documents that were trained on; NaN where not known
  double bits_per_byte = 0;  ///< on the test sets, mean over domains, samples and seeds; NaN where not known
  bool leaks = false;        ///< some test document was trained on
  double generic = 0, generic_spread = 0;  ///< perplexity on the generic set, mean of seeds; NaN where there is none
  int domains = 0, seeds = 0, samples = 0;
};
/// By size, method, budget. Each over the seeds that have all domains and samples of this method, size and budget; when
/// none has, over those that all seeds have.
std::vector<MethodAverage> averages(const std::vector<ResultRecord>& records);

/// Error(input) for a missing, broken or newer file.
std::vector<ResultRecord> read_results(const std::filesystem::path& results_json);

}  // namespace pantograph::measure
