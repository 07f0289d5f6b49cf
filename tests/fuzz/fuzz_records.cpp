// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON files beside the data: manifests, summaries, results, records of runs, laws, curves.
#include <array>

#include "cluster/clustering.h"
#include "fuzz/input.h"
#include "job/runs.h"
#include "job/summaries.h"
#include "measure/results.h"
#include "method/method.h"
#include "store/manifest.h"
#include "store/metrics.h"

namespace cluster = pantograph::cluster;
namespace job = pantograph::job;
namespace measure = pantograph::measure;
namespace method = pantograph::method;
namespace store = pantograph::store;

namespace {

struct Record {
  const char* file;
  void (*read)(const std::filesystem::path& folder);
};

/// A first byte chooses which; the order is part of the kept inputs, so new ones go to the end.
constexpr std::array kRecords = {
    Record{"manifest.json",
           [](const auto& folder) {
             store::read_manifest(folder);
             store::manifest_format(folder);
           }},
    Record{"summary.json",
           [](const auto& folder) { job::read_import_summary(store::Artifact::fixed(folder, ".", "")); }},
    Record{"summary.json",
           [](const auto& folder) { job::read_token_summary(store::Artifact::fixed(folder, ".", "")); }},
    Record{"summary.json", [](const auto& folder) { cluster::read_clustering_summary(folder); }},
    Record{"summary.json", [](const auto& folder) { method::read_pretrain_summary(folder); }},
    Record{"results.json", [](const auto& folder) { measure::read_results(folder / "results.json"); }},
    Record{"run.json", [](const auto& folder) { job::read_run_info(folder); }},
    Record{"notes.json", [](const auto& folder) { job::read_run_info(folder); }},
    Record{"result.json", [](const auto& folder) { job::read_run_info(folder); }},
    Record{"metrics.jsonl",
           [](const auto& folder) {
             const auto file = folder / "metrics.jsonl";
             const auto before = store::read_metrics(file);
             {
               store::MetricsWriter writer(file, [](const store::MetricPoint&) { return false; });
             }
             if (store::read_metrics(file).size() != before.size())
               fuzz::broken_promise("opening a curve loses points");
           }},
};

constexpr const char* kRun = R"json({
  "step": {"kind": "pretrain", "method": "slm", "seed": 7}, "key": "0123456789abcdef", "title": "Pretrain slm (seed 7)",
  "state": "finished", "settings": {}, "inputs": {}, "declaration": "", "program": "", "machine": "",
  "started": "2026-01-01T00:00:00Z", "finished": "2026-01-01T00:01:00Z", "seconds": 60, "schema": 1
})json";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Record& record = kRecords[input.below(kRecords.size())];
  const auto folder = fuzz::scratch() / "record";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  fuzz::put(folder / "run.json", kRun);
  fuzz::put(folder / record.file, input.rest());
  fuzz::only_errors([&] { record.read(folder); });
  return 0;
}
