// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/artifact.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"

namespace pantograph {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr int kManifestFormat = 1;

/// Sizes of the files that a finished step leaves, by name; folders (checkpoints) may be pruned later and do not count.
nlohmann::json file_sizes(const fs::path& folder) {
  nlohmann::json sizes = nlohmann::json::object();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != kManifest && !name.ends_with(".part")) sizes[name] = entry.file_size();
  }
  return sizes;
}

bool files_are_there(const fs::path& folder, const nlohmann::json& manifest) {
  const auto sizes = manifest.find("files");
  if (sizes == manifest.end()) return true;
  for (const auto& [name, size] : sizes->items()) {
    std::error_code code;
    if (fs::file_size(folder / name, code) != size.get<std::uintmax_t>() || code) return false;
  }
  return true;
}

/// The key in a folder's manifest, "" when the folder holds no complete artifact of this step: no manifest, or a file
/// of it is missing or cut off.
std::string complete_key(const fs::path& folder, const std::string& step) {
  std::error_code code;
  const fs::path file = folder / kManifest;
  if (!fs::is_regular_file(file, code)) return {};
  try {
    const auto json = nlohmann::json::parse(read_file(file));
    if (json.at("step").get<std::string>() != step || !files_are_there(folder, json)) return {};
    return json.at("key").get<std::string>();
  } catch (const std::exception&) {
    return {};  // a broken manifest: as if it had never been finished
  }
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

std::string artifact_key(const std::string& kind, int format, const nlohmann::json& settings,
                         const std::vector<std::string>& input_keys) {
  const nlohmann::json all = {kind, format, settings,
                              input_keys};  // objects are sorted by key, numbers in shortest form
  return hash128(all.dump()).hex().substr(0, 16);
}

Artifact::Artifact(fs::path root, std::string step, std::string key)
    : step_(std::move(step)), key_(std::move(key)), root_(std::move(root)), folder_(root_ / step_ / key_) {}

Artifact Artifact::fixed(fs::path root, std::string step, std::string key) {
  Artifact artifact(std::move(root), std::move(step), std::move(key));
  artifact.folder_ = artifact.root_ / artifact.step_;
  return artifact;
}

bool Artifact::complete() const {
  return complete_key(folder_, step_) == key_;
}

bool Artifact::started() const {
  std::error_code code;
  return fs::is_directory(folder_, code) && !complete();
}

bool Artifact::has_other() const {
  const auto is_other = [this](const fs::path& folder) {
    const std::string key = complete_key(folder, step_);
    return !key.empty() && key != key_;
  };
  const fs::path parent = root_ / step_;
  if (is_other(parent)) return true;
  std::error_code code;
  for (fs::directory_iterator it(parent, code), end; !code && it != end; it.increment(code)) {
    if (is_other(it->path())) return true;
  }
  return false;
}

void Artifact::begin() const {
  make_directories(folder_);
  std::error_code ignored;  // what is being made anew is not complete until finish()
  fs::remove(folder_ / kManifest, ignored);
}

void Artifact::finish(const nlohmann::json& settings, const std::map<std::string, std::string>& inputs,
                      double seconds) const {
  const auto now = std::chrono::system_clock::now();
  const auto began =
      now - std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(seconds));
  write_json(kManifest, {{"format", kManifestFormat},
                         {"step", step_},
                         {"key", key_},
                         {"settings", settings},
                         {"inputs", inputs},
                         {"program", "pantograph " PANTOGRAPH_VERSION},
                         {"started", iso_time(began)},
                         {"finished", iso_time(now)},
                         {"files", file_sizes(folder_)},
                         {"seconds", seconds}});
}

nlohmann::json Artifact::manifest() const {
  return read_json(kManifest);
}

void Artifact::write_json(const std::string& name, const nlohmann::json& value) const {
  write_atomically(file(name), value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

nlohmann::json Artifact::read_json(const std::string& name) const {
  const std::string remedy = fmt::format("Delete the folder {} and run again.", folder_.string());
  std::error_code code;
  if (!fs::is_regular_file(file(name), code)) {
    throw Error(ErrorKind::run, {"the file is missing", file(name).string(), "", remedy});
  }
  try {
    return nlohmann::json::parse(read_file(file(name)));
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorKind::run, {fmt::format("broken JSON: {}", e.what()), file(name).string(), "", remedy});
  } catch (const Error& e) {
    throw Error(ErrorKind::run, {e.text().found, e.text().where, e.text().expected, remedy});
  }
}

}  // namespace pantograph
