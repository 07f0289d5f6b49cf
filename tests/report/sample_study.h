// SPDX-License-Identifier: GPL-3.0-or-later
// A whole study made by formula, with curves, for the tests of the report.
#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include "measure/sample_results.h"
#include "report/report.h"

namespace sample {

using pantograph::report::RunCurve;
using pantograph::store::MetricPoint;

/// A falling curve of `count` points.
inline void add_curve(RunCurve& curve, const std::string& series, int count, std::uint64_t tokens_per_step, double from,
                      double to) {
  for (int i = 0; i < count; ++i) {
    MetricPoint p;
    p.series = series;
    p.step = static_cast<std::uint64_t>(i);
    p.tokens = tokens_per_step * static_cast<std::uint64_t>(i + 1);
    p.seconds = 0.1 * i;
    p.value = to + (from - to) * std::exp(-4.0 * i / count) + 0.03 * std::sin(i * 1.7);
    curve.points.push_back(p);
  }
}

/// A whole study: three methods, four domains, two sizes, one seed.
struct Study {
  pantograph::report::ReportInput input;
  nlohmann::json corpora, clustering;
};

inline void fill(Study& study) {
  auto& input = study.input;
  input.project_name = "quickstart";
  input.program_version = "0.1.0";
  input.settings_toml = "schema = 1\nname = \"quickstart\"\n\n[clustering]\nclusters = 16\n";
  input.seeds = {7};
  const std::vector<std::string> domains = {"law", "manual-pages", "perl", "scripture"};
  for (std::size_t d = 0; d < domains.size(); ++d) {
    for (std::uint64_t size : {20'000ull, 100'000ull}) {
      const double base = (size == 20'000 ? 57.0 : 26.9) + 9.0 * static_cast<double>(d);
      input.records.push_back(record("slm", domains[d], 142.8 + 11.0 * static_cast<double>(d), base, 7, size));
      input.records.push_back(record("slm-pn", domains[d], 150.4 + 12.0 * static_cast<double>(d),
                                     base * (size == 20'000 ? 0.97 : 1.043), 7, size));
      input.records.push_back(record("slm-nopt", domains[d], 4102.5, base * 6, 7, size));
    }
    for (auto& r : input.records) {
      if (r.method == "slm-pn") r.generic_flops = 1.4e14;
    }
    for (const std::string method : {"slm", "slm-pn", "slm-nopt"}) {
      RunCurve curve{method + " › " + domains[d] + " 100k seed 7", method, {}};
      add_curve(curve, "validation", 15, 40'960, 5.0, method == "slm-nopt" ? 4.4 : method == "slm" ? 3.3 : 3.4);
      input.curves.push_back(curve);
    }
  }
  for (const std::string method : {"slm", "slm-pn"}) {
    RunCurve curve{method + " seed 7", method, {}};
    add_curve(curve, "generic", 40, 200'000, 8.2, method == "slm" ? 4.62 : 4.6);
    add_curve(curve, "train", 1400, 5'700, 8.3, 4.5);
    for (const std::string& domain : domains) add_curve(curve, "probe/" + domain, 40, 200'000, 8.3, 4.9);
    input.curves.push_back(curve);
  }
  study.corpora["wikipedia"] = {{"role", "generic"},
                                {"documents", {41'000, 2'100, 2'150}},
                                {"tokens", {8'000'000, 410'000, 402'000}},
                                {"bytes", {34'000'000, 1'700'000, 1'690'000}},
                                {"dropped", {{"duplicate", {{"count", 120}, {"first", {"a.txt"}}}}}},
                                {"other_kinds", {{".csv", 12}}}};
  study.corpora["law"] = {
      {"role", "domain"},
      {"imported",
       {{"documents", {900, 50, 52}}, {"bytes", {4'000'000, 210'000, 220'000}}, {"dropped", nlohmann::json::object()}}},
      {"tokenized", {{"tokens", {1'000'000, 52'000, 54'000}}}}};
  auto histogram = [](int top) {
    std::vector<int> windows;
    for (int c = 0; c < 16; ++c) windows.push_back(c == top ? 5200 : 40 + 13 * ((c * 7 + top) % 11));
    return nlohmann::json{{"windows", windows}};
  };
  study.clustering["generic"] = {{"windows", std::vector<int>(16, 1900)}};
  for (std::size_t d = 0; d < domains.size(); ++d)
    study.clustering["domains"][domains[d]] = histogram(static_cast<int>(3 * d + 1));
  for (int c = 0; c < 16; ++c)
    study.clustering["top_terms"].push_back({"term" + std::to_string(c), "court", "section"});
  input.corpora = &study.corpora;
  input.clustering = &study.clustering;
}

}  // namespace sample
