// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/tensor_table.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/text.h"
#include "exchange/json_settings.h"
#include "store/safetensors.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

constexpr const char* kOneFile = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// The file of each tensor, as the index of a model in several files says.
std::map<std::string, std::string> weight_map(const fs::path& folder) {
  const JsonSettings map = JsonSettings(folder / kIndex).object("weight_map");
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : map.value().items()) {
    const std::string file = value.is_string() ? value.get<std::string>() : std::string();
    // A name, not a path: an index names nothing outside of its folder.
    if (!file.ends_with(".safetensors") || file.find('/') != std::string::npos || file.find('\0') != std::string::npos)
      map.refuse(fmt::format("another file for tensor {}", printable(name)),
                 "the name of a .safetensors file beside it");
    out.emplace(name, file);
  }
  if (out.empty()) map.refuse("no tensors", "the file of each");
  return out;
}

TensorTable tensors_of_file(const fs::path& path) {
  const auto file = std::make_shared<const store::SafetensorsFile>(path);
  TensorTable out;
  for (const auto& [name, entry] : file->entries()) {
    out.emplace(name, NamedTensor{entry.dims, path,
                                  [file, name = name, dims = entry.dims] { return file->read_floats(name, dims); }});
  }
  return out;
}

}  // namespace

TensorTable tensors_of(std::shared_ptr<const GgufFile> file) {
  TensorTable out;
  for (const auto& [name, tensor] : file->tensors())
    out.emplace(name, NamedTensor{tensor.dims, file->path(), [file, name = name] { return file->read_floats(name); }});
  return out;
}

std::vector<fs::path> weight_files(const fs::path& folder) {
  std::error_code code;
  if (fs::exists(folder / kOneFile, code)) return {folder / kOneFile};
  if (!fs::exists(folder / kIndex, code)) {
    throw Error(ErrorKind::input, {"no weights", folder.string(), fmt::format("{} or {}", kOneFile, kIndex),
                                   "Save the model with save_pretrained(…, safe_serialization=True)."});
  }
  std::set<std::string> files;
  for (const auto& [name, file] : weight_map(folder)) files.insert(file);
  std::vector<fs::path> out{folder / kIndex};
  for (const std::string& file : files) out.push_back(folder / file);
  return out;
}

TensorTable tensors_of_folder(const fs::path& folder) {
  if (const auto lie_in = weight_files(folder); lie_in.size() == 1) return tensors_of_file(lie_in.front());
  std::map<std::string, TensorTable> files;
  TensorTable out;
  const auto map = weight_map(folder);
  for (const auto& [name, file] : map) {
    if (!files.contains(file)) files.emplace(file, tensors_of_file(folder / file));
    TensorTable& of = files.at(file);
    const auto found = of.find(name);
    if (found == of.end()) {
      throw Error(ErrorKind::input, {fmt::format("no tensor {}", printable(name)), (folder / file).string(),
                                     fmt::format("it, as {} says", kIndex), "Download the folder again."});
    }
    out.emplace(name, found->second);
    of.erase(found);
  }
  for (const auto& [file, rest] : files) {
    if (rest.empty()) continue;
    throw Error(ErrorKind::input, {fmt::format("tensor {}", printable(rest.begin()->first)), (folder / file).string(),
                                   fmt::format("only what {} names", kIndex), "Download the folder again."});
  }
  return out;
}

}  // namespace pantograph::exchange
