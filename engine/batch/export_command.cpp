// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph export MODEL OUT: a model in another program's format.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "batch/use_model.h"
#include "exchange/exporter.h"

namespace pantograph::batch {

int export_command(const BatchOptions& options) {
  const exchange::Exporter& exporter = exchange::exporter(options.use.format);
  const model::ModelBundle model = use_bundle(options, exporter.projected);
  const exchange::ExportReport report = exchange::export_model(exporter, model, options.use.out, {options.use.number});
  if (options.json) {
    nlohmann::json line = {
        {"event", "export"}, {"format", exporter.id}, {"exact", report.exact}, {"near", report.near}};
    for (const auto& file : report.files) line["files"].push_back(file.string());
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  for (const auto& file : report.files) fmt::print("{}\n", file.string());
  for (const std::string& sentence : report.exact) fmt::print("exact: {}\n", sentence);
  for (const std::string& sentence : report.near) fmt::print("near: {}\n", sentence);
  return 0;
}

}  // namespace pantograph::batch
