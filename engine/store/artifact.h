// SPDX-License-Identifier: GPL-3.0-or-later
// Artifacts: folders below NAME.artifacts, each complete when its manifest.json is there (written last). The key is a
// hash over the step's settings and the content of its inputs, so a change of either makes a new folder, and going back
// finds the old one. Where things lie, and when they were made, is not part of it.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/manifest.h"

namespace pantograph::store {

/// Hash over what an artifact is made from: 16 hexadecimal digits. `inputs` are hashes of content.
std::string artifact_key(const std::string& kind, int format, const nlohmann::json& settings,
                         const std::vector<std::string>& inputs);

class Artifact {
 public:
  /// `step` such as "import/law": folder ROOT/import/law/KEY. An empty key: what it is made from is not there yet.
  Artifact(std::filesystem::path root, std::string step, std::string key);
  /// One that is replaced in place, in ROOT/STEP without a folder for the key: the report, which people open by name.
  static Artifact fixed(std::filesystem::path root, std::string step, std::string key);

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& step() const { return step_; }
  const std::string& key() const { return key_; }
  std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  /// Its manifest where the artifact is complete: key and step match, the files that it lists have their sizes. Else
  /// null.
  std::shared_ptr<const Manifest> complete() const;
  bool started() const;  ///< folder there, manifest not: work that can be resumed
  /// Complete artifacts of the same step with other keys (or any, when the key is empty): the newest first.
  std::vector<std::shared_ptr<const Manifest>> others() const;
  void begin() const;  ///< makes the folder, removes an older manifest
  /// Writes manifest.json with the checksums of the folder's files; fills in key, step, program, machine, times and
  /// files.
  void finish(Manifest manifest) const;
  /// Name of a file that does not have the checksum that the manifest says, of those that are `used` (null: of all);
  /// empty when all have. A file is read once in the life of the process, unless it changes.
  std::string damaged_file(bool (*used)(const std::string& name) = nullptr) const;
  void discard() const;  ///< takes the manifest away: what was complete is work to be done again
  void write_json(const std::string& name, const nlohmann::json& value) const;  ///< atomic
  /// Error(run) when missing or broken, with the remedy: delete the folder
  nlohmann::json read_json(const std::string& name) const;

 private:
  std::string step_, key_;
  std::filesystem::path root_, folder_;
};

/// Files in an artifact's folder that are no part of what it is: the record of the run, what its user says of it, and
/// what crashes left.
bool is_beside_artifact(const std::string& name);

/// The lock that keeps two programs from writing one project: NAME.artifacts/lock, held while alive (flock, or a lock
/// on its bytes where there is none), shows pid and host.
class ProjectLock {
 public:
  explicit ProjectLock(const std::filesystem::path& artifacts_root);  ///< Error(run) when another process holds it
  ~ProjectLock();
  ProjectLock(const ProjectLock&) = delete;
  /// Whether some process, this one included, holds the lock of these artifacts now.
  static bool held(const std::filesystem::path& artifacts_root);
  ProjectLock& operator=(const ProjectLock&) = delete;
  /// For the user, where the file system has no locks and the project is written without one; else empty.
  const std::string& warning() const { return warning_; }

 private:
  int descriptor_ = -1;
  std::string warning_;
};

}  // namespace pantograph::store
