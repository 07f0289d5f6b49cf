// SPDX-License-Identifier: GPL-3.0-or-later
// Artifacts: folders below NAME.artifacts, each complete when its manifest.json is there (written last). The key is a
// hash over the step's settings and its inputs' keys, so a change of settings makes a new folder and going back finds
// the old one.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace pantograph {

/// Hash over what an artifact is made from: 16 hexadecimal digits.
std::string artifact_key(const std::string& kind, int format, const nlohmann::json& settings,
                         const std::vector<std::string>& input_keys);

class Artifact {
 public:
  /// `step` such as "import/law": folder ROOT/import/law/KEY.
  Artifact(std::filesystem::path root, std::string step, std::string key);
  /// One that is replaced in place, in ROOT/STEP without a folder for the key: the report, which people open by name.
  static Artifact fixed(std::filesystem::path root, std::string step, std::string key);

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& step() const { return step_; }
  const std::string& key() const { return key_; }
  std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  bool complete() const;   ///< manifest present, its key matches, the files that it lists have their sizes
  bool started() const;    ///< folder there, manifest not: work that can be resumed
  bool has_other() const;  ///< a complete artifact of the same step with another key: "stale"
  void begin() const;      ///< makes the folder, removes an older manifest
  /// Writes manifest.json: step, key, settings, inputs, program version, started and finished (ISO 8601, UTC), seconds,
  /// sizes of the files.
  void finish(const nlohmann::json& settings, const std::map<std::string, std::string>& inputs, double seconds) const;
  nlohmann::json manifest() const;
  void write_json(const std::string& name, const nlohmann::json& value) const;  ///< atomic
  nlohmann::json read_json(
      const std::string& name) const;  ///< Error(run) when missing or broken, with the remedy: delete the folder

 private:
  std::string step_, key_;
  std::filesystem::path root_, folder_;
};

/// The lock that keeps two programs from writing one project: NAME.artifacts/lock, held while alive (flock, or a lock
/// on its bytes where there is none), shows pid and host.
class ProjectLock {
 public:
  explicit ProjectLock(const std::filesystem::path& artifacts_root);  ///< Error(run) when another process holds it
  ~ProjectLock();
  ProjectLock(const ProjectLock&) = delete;
  ProjectLock& operator=(const ProjectLock&) = delete;
  /// For the user, where the file system has no locks and the project is written without one; else empty.
  const std::string& warning() const { return warning_; }

 private:
  int descriptor_ = -1;
  std::string warning_;
};

}  // namespace pantograph
