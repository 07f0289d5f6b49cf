// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/source_hashes.h"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"

namespace pantograph::corpus {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

/// A file that changed so shortly before it was read may change again within the same tick of the file system's clock.
constexpr std::int64_t kSettledSeconds = 2;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string hash_file(const fs::path& file, const TaskContext& task) {
  std::ifstream in(file, std::ios::binary);
  Hasher hasher;
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    hasher.add(buffer.data(), static_cast<std::size_t>(in.gcount()));
    task.poll();
  }
  if (in.bad() || !in.eof())
    throw Error(ErrorKind::input, {"cannot be read to its end", file.string(), "a readable file",
                                   "Check its permissions and the disk that it is on."});
  return hasher.result().hex();
}

}  // namespace

SourceHashes::SourceHashes(fs::path memory, fs::path base) : memory_(std::move(memory)), base_(std::move(base)) {
  try {
    const json known = json::parse(read_file(memory_));
    for (const auto& [name, entry] : known.at("files").items()) {
      // The inode is not kept: a copy of the project that kept its times is known.
      entries_[name] = {{0, entry.at(0), entry.at(1), entry.at(2)}, entry.at(3)};
    }
  } catch (const std::exception&) {
    entries_.clear();
  }
}

std::string SourceHashes::name_of(const fs::path& file) const {
  const fs::path near = file.lexically_normal().lexically_relative(base_.lexically_normal());
  return printable((!near.empty() && *near.begin() != ".." ? near : file.lexically_normal()).string());
}

std::string SourceHashes::of(const fs::path& file, const TaskContext& task) {
  auto stamp = file_stamp(file);
  if (!stamp) throw Error(ErrorKind::input, {"is no file", file.string(), "a readable file", "Check the path."});
  stamp->inode = 0;
  const std::string name = name_of(file);
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.stamp == *stamp) return found->second.hash;
  }
  const std::string hash = hash_file(file, task);
  auto after = file_stamp(file);
  if (after) after->inode = 0;
  const bool settled = after == stamp && stamp->seconds + kSettledSeconds <= now_seconds();
  // What may change unseen is read again each time; its hash is known all the same, for the day when the file is gone.
  const Entry entry = {settled ? *stamp : FileStamp{}, hash};
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(name);
      found == entries_.end() || found->second.hash != hash || found->second.stamp != entry.stamp) {
    entries_[name] = entry;
    changed_ = true;
  }
  return hash;
}

std::string SourceHashes::last_known(const fs::path& file) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name_of(file));
  return found == entries_.end() ? std::string() : found->second.hash;
}

std::set<std::string> SourceHashes::last_hashes() {
  const std::lock_guard lock(mutex_);
  std::set<std::string> hashes;
  for (const auto& [name, entry] : entries_) hashes.insert(entry.hash);
  return hashes;
}

std::vector<fs::path> SourceHashes::known_below(const fs::path& folder) {
  const std::string prefix = name_of(folder) + '/';
  const std::lock_guard lock(mutex_);
  std::vector<fs::path> found;
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix); ++at)
    found.push_back(base_ / at->first);
  return found;
}

void SourceHashes::save() {
  const std::lock_guard lock(mutex_);
  if (!changed_) return;
  json files = json::object();
  for (const auto& [name, entry] : entries_)
    files[name] = {entry.stamp.bytes, entry.stamp.seconds, entry.stamp.nanoseconds, entry.hash};
  std::error_code code;
  if (!fs::is_directory(memory_.parent_path(), code)) return;
  try {
    write_atomically(memory_, json({{"format", 1}, {"files", files}}).dump(1) + '\n');
    changed_ = false;
  } catch (const std::exception&) {  // a full or write-protected disk
  }
}

std::shared_ptr<SourceHashes> SourceHashes::shared(const fs::path& artifacts, const fs::path& base) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<SourceHashes>> all;
  const std::lock_guard lock(mutex);
  auto& one = all[artifacts.string()];
  if (one == nullptr) one = std::make_shared<SourceHashes>(artifacts / "sources.json", base);
  return one;
}

std::vector<std::vector<std::string>> source_identity(const ReaderInfo& reader, const std::vector<SourceFile>& files,
                                                      SourceHashes& hashes, const TaskContext& task) {
  std::vector<std::vector<std::string>> out;
  for (const SourceFile& file : files) {
    // The ending says how a reader takes the bytes (.gz); the rest of the name does not matter.
    out.push_back({hashes.of(file.path, task), printable(file.path.extension().string()),
                   file.has_split ? to_string(file.split) : std::string()});
    if (!reader.companions) continue;
    for (const fs::path& companion : reader.companions(file.path)) {
      std::error_code code;
      if (fs::is_regular_file(companion, code)) out.back().push_back(hashes.of(companion, task));
    }
  }
  hashes.save();
  return out;
}

}  // namespace pantograph::corpus
