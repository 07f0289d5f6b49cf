// SPDX-License-Identifier: GPL-3.0-or-later
// A network's own tensors, a projected one's T, M and E included, with its configuration beside them.
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "exchange/formats.h"
#include "exchange/safetensors_writer.h"

namespace pantograph::exchange {

ExportReport write_safetensors(const model::ModelBundle& model, const std::filesystem::path& out,
                               const ExportOptions& options) {
  SafetensorsWriter writer;
  const std::string prefix = "weights/";
  for (const auto& [name, tensor] : model.network.weights()) {
    writer.add(name.substr(prefix.size()), tensor.shape.dims, reinterpret_cast<const float*>(tensor.data.data()),
               number_type(options.number));
  }
  if (out.has_parent_path()) make_directories(out.parent_path());
  writer.write(out, {{"format", "pt"},
                     {"pantograph.name", model.facts.name},
                     {"pantograph.config", network::to_json(model.network.config()).dump()},
                     {"pantograph.provenance", model::to_json(model.facts.provenance).dump()}});
  ExportReport report;
  report.files = {out};
  (options.number == "f32" ? report.exact : report.near)
      .push_back(options.number == "f32" ? "The weights are the model's, bit for bit."
                                         : "The weights are rounded to " + options.number + ".");
  report.near.push_back("The file has no tokenizer.");
  return report;
}

}  // namespace pantograph::exchange
