// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/manifest.h"

#include <fstream>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/file_stamp.h"
#include "base/files.h"
#include "base/hash.h"

namespace pantograph::store {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

Manifest from_json(const json& from) {
  Manifest out;
  out.format = from.at("format");
  if (out.format != kManifestFormat) return out;  // of the others only the number is known
  out.step = from.at("step");
  out.key = from.at("key");
  out.settings = from.at("settings");
  out.inputs = from.at("inputs").get<std::map<std::string, std::string>>();
  out.program = from.at("program");
  out.machine = from.at("machine");
  out.started = from.at("started");
  out.finished = from.at("finished");
  out.seconds = from.at("seconds");
  for (const auto& [name, file] : from.at("files").items()) out.files[name] = {file.at("bytes"), file.at("xxh3-128")};
  out.parts = from.at("parts").get<std::map<std::string, std::string>>();
  return out;
}

/// Every manifest that was read, with the state of its file then.
class Cache {
 public:
  std::shared_ptr<const Manifest> get(const fs::path& file) {
    const auto stamp = file_stamp(file);
    if (!stamp) return nullptr;
    const std::string name = file.string();
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(name);
      if (found != entries_.end() && found->second.stamp == *stamp) return found->second.manifest;
    }
    std::shared_ptr<const Manifest> read;
    try {
      read = std::make_shared<const Manifest>(from_json(json::parse(read_file(file))));
    } catch (const std::exception&) {  // broken: as if the artifact had never been finished
    }
    const std::lock_guard lock(mutex_);
    entries_[name] = {*stamp, read};
    return read;
  }

 private:
  struct Entry {
    FileStamp stamp;
    std::shared_ptr<const Manifest> manifest;  // null: broken
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

std::shared_ptr<const Manifest> cached(const fs::path& folder) {
  static Cache cache;
  return cache.get(folder / kManifestFile);
}

}  // namespace

std::string Manifest::content(const std::string& name) const {
  if (name == kEverything) {
    Hasher hasher;
    for (const auto& [file, entry] : files) hasher.add(file + ' ' + entry.checksum + '\n');
    return hasher.result().hex();
  }
  if (const auto part = parts.find(name); part != parts.end()) return part->second;
  const auto file = files.find(name);
  return file == files.end() ? std::string() : file->second.checksum;
}

std::shared_ptr<const Manifest> read_manifest(const fs::path& folder) {
  auto manifest = cached(folder);
  return manifest != nullptr && manifest->format == kManifestFormat ? manifest : nullptr;
}

std::optional<int> manifest_format(const fs::path& folder) {
  const auto manifest = cached(folder);
  return manifest == nullptr ? std::nullopt : std::optional(manifest->format);
}

json to_json(const Manifest& manifest) {
  json files = json::object();
  for (const auto& [name, file] : manifest.files) files[name] = {{"bytes", file.bytes}, {"xxh3-128", file.checksum}};
  return {{"format", manifest.format},     {"step", manifest.step},       {"key", manifest.key},
          {"settings", manifest.settings}, {"inputs", manifest.inputs},   {"program", manifest.program},
          {"machine", manifest.machine},   {"started", manifest.started}, {"finished", manifest.finished},
          {"seconds", manifest.seconds},   {"files", std::move(files)},   {"parts", manifest.parts}};
}

std::string file_checksum(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  Hasher hasher;
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0)
    hasher.add(buffer.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad() || !in.eof()) {
    throw Error(ErrorKind::run, {"the file cannot be read to its end", file.string(), "a readable file",
                                 "Check its permissions and the disk that it is on."});
  }
  return hasher.result().hex();
}

}  // namespace pantograph::store
