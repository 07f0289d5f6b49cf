// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/outcome.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/files.h"
#include "base/hash.h"
#include "store/metrics.h"
#include "support/tiny_project.h"

namespace tiny {
namespace fs = std::filesystem;
namespace {

std::string hash_of_weights(const fs::path& file) {
  pantograph::Hasher hasher;
  for (const auto& [name, tensor] : pantograph::store::read_checkpoint(file).tensors) {
    hasher.add(name);
    hasher.add(tensor.data.data(), tensor.data.size());
  }
  return hasher.result().hex();
}

std::string content_of(const fs::path& file) {
  if (file.filename() == "metrics.jsonl") {
    std::string lines;
    for (const auto& line : curve_numbers(file.parent_path())) lines += line + '\n';
    return lines;
  }
  const std::string bytes = pantograph::read_file(file);
  return bytes.starts_with("PANTOGRAPH CHECKPOINT") ? hash_of_weights(file) : pantograph::hash128(bytes).hex();
}

}  // namespace

std::vector<std::string> curve_numbers(const fs::path& run_folder) {
  std::vector<std::string> lines;
  for (const pantograph::store::MetricPoint& p : pantograph::store::read_metrics(run_folder / "metrics.jsonl")) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &p.value, sizeof bits);
    lines.push_back(p.series + " " + std::to_string(p.step) + " " + std::to_string(p.tokens) + " " +
                    std::to_string(bits) + " " + std::to_string(p.expert));
  }
  return lines;
}

bool same_weights(const pantograph::store::TensorMap& a, const pantograph::store::TensorMap& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second.data != tensor.data) return false;
  }
  return true;
}

std::map<std::string, std::string> outcome(const fs::path& project_file) {
  static const std::regex key("/[0-9a-f]{16}(?=/)");
  const fs::path artifacts = fs::path(project_file).replace_extension(".artifacts");
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(artifacts)) {
    const fs::path path = entry.path();
    const std::string ending = path.extension().string();
    if (!entry.is_regular_file() || (ending != ".h5" && ending != ".jsonl" && ending != ".model")) continue;
    if (path.parent_path().filename() == "checkpoints") continue;
    const std::string name = fs::relative(path, artifacts).string();
    out[std::regex_replace(name, key, "/KEY")] = content_of(path);
  }
  out["results"] = timeless_results(project_file).dump();
  return out;
}

std::vector<std::string> differences(const std::map<std::string, std::string>& a,
                                     const std::map<std::string, std::string>& b) {
  std::vector<std::string> out;
  for (const auto& [name, content] : a) {
    const auto other = b.find(name);
    if (other == b.end() || other->second != content) out.push_back(name);
  }
  for (const auto& [name, content] : b) {
    if (!a.contains(name)) out.push_back(name);
  }
  return out;
}

}  // namespace tiny
