// SPDX-License-Identifier: GPL-3.0-or-later
// manifest.json: what an artifact is, what it was made from and what its files must hold. Layout: docs/FORMATS.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pantograph::store {

inline constexpr int kManifestFormat = 2;
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kEverything = "*";  ///< names the content of all files together

struct ManifestFile {
  std::uintmax_t bytes = 0;
  std::string checksum;  ///< XXH3-128, 32 hexadecimal digits
  bool operator==(const ManifestFile&) const = default;
};

struct Manifest {
  int format = kManifestFormat;
  std::string step, key;
  nlohmann::json settings = nlohmann::json::object();  ///< what the key was made from, besides the inputs
  std::map<std::string, std::string> inputs;           ///< "STEP PART" to the hash of the content that was read
  std::string program, machine;                        ///< that made it
  std::string started, finished;                       ///< ISO 8601, UTC
  double seconds = 0;                                  ///< of work
  std::map<std::string, ManifestFile> files;           ///< by name, of the folder's own files
  /// Hashes of parts that are not whole files: a clustering's "generic" part, which does not hold the domains.
  std::map<std::string, std::string> parts;

  /// Hash of a part, of a file, or of kEverything; empty when there is none of this name.
  std::string content(const std::string& name) const;
};

/// The manifest of a complete artifact in `folder`; null when there is none, it cannot be read, or it is of another
/// format. Read once for each state of the file. From any thread.
std::shared_ptr<const Manifest> read_manifest(const std::filesystem::path& folder);

/// The format that a folder's manifest has; nothing when there is no manifest.
std::optional<int> manifest_format(const std::filesystem::path& folder);

nlohmann::json to_json(const Manifest& manifest);

/// XXH3-128 of a file's bytes, in hexadecimal; Error(run) when it cannot be read to its end.
std::string file_checksum(const std::filesystem::path& file);

}  // namespace pantograph::store
