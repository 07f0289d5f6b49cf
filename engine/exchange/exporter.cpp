// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/exporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "exchange/formats.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;

const std::vector<Exporter>& exporters() {
  static const std::vector<Exporter> all = {
      {"hf", "Hugging Face folder (transformers)", true, false, {"f32", "bf16", "f16"}, write_hugging_face},
      {"gguf", "GGUF file (llama.cpp)", false, false, {"f32", "f16", "bf16", "q8_0"}, write_gguf},
      {"ollama", "Folder for Ollama: GGUF and Modelfile", true, false, {"f32", "f16", "bf16", "q8_0"}, write_ollama},
      {"safetensors",
       "safetensors file with the names of this program",
       false,
       true,
       {"f32", "bf16", "f16"},
       write_safetensors},
  };
  return all;
}

const Exporter& exporter(const std::string& id) {
  std::vector<std::string> known;
  for (const Exporter& one : exporters()) {
    if (one.id == id) return one;
    known.push_back(one.id);
  }
  throw Error(ErrorKind::usage,
              {fmt::format("format \"{}\"", id), "export", fmt::format("{}", fmt::join(known, ", ")), ""});
}

namespace {

/// Whole or not at all: written beside it and then named. Files are so by themselves.
ExportReport write_folder(const Exporter& exporter, const model::ModelBundle& model, const fs::path& out,
                          const ExportOptions& options) {
  fs::path partial = out;
  if (!partial.has_filename()) partial = partial.parent_path();  // "folder/"
  const fs::path whole = partial;
  partial += ".partial";
  std::error_code code;
  fs::remove_all(partial, code);  // of an export that was cut off
  try {
    ExportReport report = exporter.write(model, partial, options);
    fs::rename(partial, whole);
    for (fs::path& file : report.files) file = whole / file.lexically_relative(partial);
    return report;
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(partial, code);
    throw Error(ErrorKind::run, {error.code().message(), whole.string(), "a folder that can be written", ""});
  } catch (...) {
    fs::remove_all(partial, code);
    throw;
  }
}

}  // namespace

ExportReport export_model(const Exporter& exporter, const model::ModelBundle& model, const fs::path& out,
                          ExportOptions options) {
  if (options.number.empty()) options.number = exporter.numbers.front();
  if (std::find(exporter.numbers.begin(), exporter.numbers.end(), options.number) == exporter.numbers.end()) {
    throw Error(ErrorKind::usage, {fmt::format("numbers of type \"{}\"", options.number), "export as " + exporter.id,
                                   fmt::format("{}", fmt::join(exporter.numbers, ", ")), ""});
  }
  if (model.network.config().projected && !exporter.projected) {
    throw Error(ErrorKind::usage, {"a projected network", "export as " + exporter.id, "the small network of an expert",
                                   "Name one, or export as safetensors."});
  }
  std::error_code code;
  if (fs::exists(fs::symlink_status(out, code)) &&
      !(exporter.folder && fs::is_directory(out, code) && fs::is_empty(out, code))) {
    throw Error(ErrorKind::usage, {"there is something of that name already", out.string(),
                                   exporter.folder ? "a new name, or an empty folder" : "a new name",
                                   "Choose another name, or move it away."});
  }
  return exporter.folder ? write_folder(exporter, model, out, options) : exporter.write(model, out, options);
}

}  // namespace pantograph::exchange
