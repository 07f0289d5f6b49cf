// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/artifact.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/file_stamp.h"
#include "base/files.h"
#include "base/hash.h"
#include "store/run_times.h"

namespace pantograph::store {
namespace fs = std::filesystem;
namespace {

/// Checksums of the files that a finished step leaves, by name; folders (checkpoints) may be pruned later and do not
/// count.
std::map<std::string, ManifestFile> checked_files(const fs::path& folder) {
  std::map<std::string, ManifestFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == kManifestFile || is_beside_artifact(name)) continue;
    files[name] = {entry.file_size(), file_checksum(entry.path())};
  }
  return files;
}

bool files_are_there(const fs::path& folder, const Manifest& manifest) {
  return std::all_of(manifest.files.begin(), manifest.files.end(), [&](const auto& file) {
    const auto stamp = file_stamp(folder / file.first);
    return stamp && stamp->bytes == file.second.bytes;
  });
}

/// The manifest of a folder that holds a complete artifact of this step; null when a file of it is missing or cut off.
std::shared_ptr<const Manifest> complete_in(const fs::path& folder, const std::string& step) {
  auto manifest = read_manifest(folder);
  if (manifest == nullptr || manifest->step != step || !files_are_there(folder, *manifest)) return nullptr;
  return manifest;
}

/// Files whose checksums were found right, with their state then.
class Verified {
 public:
  bool has(const std::string& file, const FileStamp& stamp, const std::string& checksum) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(file);
    return found != entries_.end() && found->second.first == stamp && found->second.second == checksum;
  }
  void add(const std::string& file, const FileStamp& stamp, const std::string& checksum) {
    const std::lock_guard lock(mutex_);
    entries_[file] = {stamp, checksum};
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::pair<FileStamp, std::string>> entries_;
};

}  // namespace

bool is_beside_artifact(const std::string& name) {
  return name == "run.json" || name == "notes.json" || name.ends_with(".part") || name.ends_with(".damaged");
}

std::string artifact_key(const std::string& kind, int format, const nlohmann::json& settings,
                         const std::vector<std::string>& inputs) {
  const nlohmann::json all = {kind, format, settings, inputs};  // objects are sorted by key, numbers in shortest form
  return hash128(all.dump()).hex().substr(0, 16);
}

Artifact::Artifact(fs::path root, std::string step, std::string key)
    : step_(std::move(step)), key_(std::move(key)), root_(std::move(root)), folder_(root_ / step_) {
  if (!key_.empty()) folder_ /= key_;
}

Artifact Artifact::fixed(fs::path root, std::string step, std::string key) {
  Artifact artifact(std::move(root), std::move(step), std::move(key));
  artifact.folder_ = artifact.root_ / artifact.step_;
  return artifact;
}

std::shared_ptr<const Manifest> Artifact::complete() const {
  if (key_.empty()) return nullptr;
  auto manifest = complete_in(folder_, step_);
  return manifest != nullptr && manifest->key == key_ ? manifest : nullptr;
}

bool Artifact::started() const {
  std::error_code code;
  return !key_.empty() && fs::is_directory(folder_, code) && complete() == nullptr;
}

std::vector<std::shared_ptr<const Manifest>> Artifact::others() const {
  std::vector<std::shared_ptr<const Manifest>> found;
  const auto look = [&](const fs::path& folder) {
    auto manifest = complete_in(folder, step_);
    if (manifest != nullptr && manifest->key != key_) found.push_back(std::move(manifest));
  };
  const fs::path parent = root_ / step_;
  look(parent);
  std::error_code code;
  for (fs::directory_iterator it(parent, code), end; !code && it != end; it.increment(code)) look(it->path());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(b->finished, b->key) < std::tie(a->finished, a->key);
  });
  return found;
}

void Artifact::begin() const {
  make_directories(folder_);
  discard();  // what is being made anew is not complete until finish()
}

void Artifact::discard() const {
  std::error_code ignored;
  fs::remove(folder_ / kManifestFile, ignored);
}

void Artifact::finish(Manifest manifest) const {
  const auto now = std::chrono::system_clock::now();
  const auto took =
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(manifest.seconds));
  manifest.step = step_;
  manifest.key = key_;
  manifest.program = program_name();
  manifest.machine = machine_name();
  manifest.started = iso_time(now - took);
  manifest.finished = iso_time(now);
  manifest.files = checked_files(folder_);
  write_json(kManifestFile, to_json(manifest));
}

std::string Artifact::damaged_file(bool (*used)(const std::string& name)) const {
  static Verified verified;
  const auto manifest = complete();
  if (manifest == nullptr) return {};
  for (const auto& [name, expected] : manifest->files) {
    if (used != nullptr && !used(name)) continue;
    const fs::path path = file(name);
    const auto stamp = file_stamp(path);
    if (stamp && verified.has(path.string(), *stamp, expected.checksum)) continue;
    if (!stamp || file_checksum(path) != expected.checksum) return name;
    verified.add(path.string(), *stamp, expected.checksum);
  }
  return {};
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

}  // namespace pantograph::store
