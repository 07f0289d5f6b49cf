// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoint files: HDF5 behind a user block of 512 bytes that holds a checksum of the rest.
#include "store/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "store/direct_io.h"

namespace pantograph::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kUserBlock = 512;
constexpr int kVersion = 1;
constexpr const char* kFormat = "pantograph-checkpoint";
constexpr const char* kMeta = "meta";
constexpr const char* kRemedy = "Delete the file; an older checkpoint beside it will be used.";

[[noreturn]] void damaged(const fs::path& path, const std::string& found, const std::string& expected = "") {
  throw Error(ErrorKind::run, {"the checkpoint is damaged: " + found, path.string(), expected, kRemedy});
}

[[noreturn]] void system_failure(const fs::path& path, const std::string& what, int code) {
  const bool full = code == ENOSPC || code == EDQUOT;
  throw Error(ErrorKind::run,
              {what + ": " + std::strerror(code), path.string(), "",
               full ? "Free space on that disk and run again." : "Check the path and its permissions."});
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : value(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (value < 0) system_failure(path, "the checkpoint cannot be opened", errno);
  }
  ~Descriptor() { ::close(value); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int value;
};

std::size_t read_at(const Descriptor& file, const fs::path& path, char* out, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(file.value, out + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) system_failure(path, "the checkpoint cannot be read", errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

/// The user block that belongs to the content behind it: text, so that `head -c 512` shows it, padded with zeros.
/// With `direct`, the bytes come past the page cache for as long as the file system does that.
std::string make_user_block(const Descriptor& file, const fs::path& path, detail::DirectIo* direct = nullptr) {
  Hasher hasher;
  std::uint64_t offset = kUserBlock;
  if (direct != nullptr) {
    std::uint64_t from = 0;  // aligned pieces of the whole file; the first holds the user block too
    for (auto piece = direct->read(from); piece && piece->size() > offset - from; piece = direct->read(from)) {
      hasher.add(piece->substr(offset - from));
      offset = from += piece->size();
      if (piece->size() < detail::DirectIo::kPiece) break;
    }
  }
  std::vector<char> buffer(1 << 20);
  while (const std::size_t n = read_at(file, path, buffer.data(), buffer.size(), offset)) {
    hasher.add(buffer.data(), n);
    offset += n;
  }
  std::string block = fmt::format("PANTOGRAPH CHECKPOINT {}\nxxh3-128 {}\nbytes {}\n", kVersion, hasher.result().hex(),
                                  offset - kUserBlock);
  block.resize(kUserBlock, '\0');
  return block;
}

void verify(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  std::string block(kUserBlock, '\0');
  if (read_at(file, path, block.data(), kUserBlock, 0) != kUserBlock) damaged(path, "the file is too short");
  if (!block.starts_with("PANTOGRAPH CHECKPOINT ")) damaged(path, "not a checkpoint, or its first bytes were changed");
  int version = 0;
  const char* const digits = block.data() + std::strlen("PANTOGRAPH CHECKPOINT ");
  std::from_chars(digits, block.data() + kUserBlock, version);
  if (version > kVersion) {
    throw Error(ErrorKind::run, {fmt::format("the checkpoint has format {}", version), path.string(),
                                 fmt::format("format {} or older", kVersion), "Use the newer program that wrote it."});
  }
  const std::string wanted = make_user_block(file, path);
  if (block == wanted) return;
  // Say whether bytes are missing or changed: the first is a copy that broke off, the second a failing disk.
  const auto bytes_line = [](const std::string& text) {
    return text.substr(std::min(text.find("bytes "), text.size()));
  };
  if (bytes_line(block) != bytes_line(wanted)) damaged(path, "its length is not the one that was written");
  damaged(path, "its bytes do not fit its checksum");
}

std::vector<std::pair<std::uint64_t, fs::path>> list_checkpoints(const fs::path& folder) {
  std::vector<std::pair<std::uint64_t, fs::path>> found;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with("step-") || !name.ends_with(".h5")) continue;
    std::uint64_t step = 0;
    const char* const stop = name.data() + name.size() - 3;
    const auto [at, error] = std::from_chars(name.data() + 5, stop, step);
    if (error == std::errc() && at == stop) found.emplace_back(step, it->path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

}  // namespace

void write_checkpoint(const fs::path& path, const Checkpoint& checkpoint) {
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (name == kMeta || tensor.data.size() != tensor.shape.count() * size_of(tensor.shape.type)) {
      throw Error(
          ErrorKind::run,
          {fmt::format("tensor {} of {} bytes cannot be saved", name, tensor.data.size()), path.string(),
           fmt::format("{} bytes, and another name than {}", tensor.shape.count() * size_of(tensor.shape.type), kMeta),
           ""});
    }
  }
  replace_atomically(path, [&](const fs::path& part) {
    Hdf5File file = Hdf5File::create(part, kUserBlock, Caching::none);
    file.write_attribute("/", "format", kFormat);
    file.write_attribute("/", "version", std::to_string(kVersion));
    file.write(kMeta, {DataType::u8, {checkpoint.meta.size()}}, checkpoint.meta.data());
    for (const auto& [name, tensor] : checkpoint.tensors) file.write(name, tensor.shape, tensor.data.data());
    file.close();
    const Descriptor sealed(part, O_RDWR);
    detail::DirectIo direct(part, O_RDONLY);
    const std::string block = make_user_block(sealed, part, &direct);
    const ssize_t n = ::pwrite(sealed.value, block.data(), block.size(), 0);
    if (n != static_cast<ssize_t>(block.size())) system_failure(part, "cannot write", n < 0 ? errno : ENOSPC);
  });
}

Checkpoint read_checkpoint(const fs::path& path) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) {
    throw Error(ErrorKind::run, {"the checkpoint is missing", path.string(), "", "Run the step that makes it again."});
  }
  verify(path);
  try {
    const Hdf5File file = Hdf5File::open(path);
    if (file.attribute("/", "format") != kFormat) damaged(path, "it is an HDF5 file of another sort");
    Checkpoint checkpoint;
    const std::vector<char> meta = file.read_all<char>(kMeta, DataType::u8);
    checkpoint.meta.assign(meta.begin(), meta.end());
    for (const auto& name : file.datasets()) {
      if (name == kMeta) continue;
      HostTensor tensor;
      tensor.shape = file.shape(name);
      tensor.data.resize(tensor.shape.count() * size_of(tensor.shape.type));
      file.read(name, tensor.shape.type, tensor.shape.count(), tensor.data.data());
      checkpoint.tensors.emplace(name, std::move(tensor));
    }
    return checkpoint;
  } catch (const Error& e) {
    ErrorText text = e.text();
    if (text.found.find("the checkpoint is damaged") == std::string::npos)
      text.found = "the checkpoint is damaged: " + text.found;
    text.remedy = kRemedy;
    throw Error(ErrorKind::run, text);
  }
}

std::optional<Checkpoint> newest_good_checkpoint(const fs::path& folder,
                                                 const std::function<void(const std::string&)>& warn, fs::path* found,
                                                 std::uint64_t* before) {
  for (const auto& [step, path] : list_checkpoints(folder)) {
    if (before != nullptr && step >= *before) continue;
    try {
      Checkpoint checkpoint = read_checkpoint(path);
      if (found != nullptr) *found = path;
      if (before != nullptr) *before = step;
      return checkpoint;
    } catch (const Error& e) {
      if (warn) warn(e.what());
    }
  }
  return std::nullopt;
}

fs::path checkpoint_path(const fs::path& folder, std::uint64_t step) {
  return folder / fmt::format("step-{:09}.h5", step);
}

void prune_checkpoints(const fs::path& folder, int keep, const std::vector<std::uint64_t>& stay) {
  std::error_code ignored;
  const auto checkpoints = list_checkpoints(folder);
  for (std::size_t i = static_cast<std::size_t>(std::max(keep, 0)); i < checkpoints.size(); ++i) {
    if (std::find(stay.begin(), stay.end(), checkpoints[i].first) == stay.end())
      fs::remove(checkpoints[i].second, ignored);
  }
  std::vector<fs::path> parts;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".h5.part")) parts.push_back(it->path());
  }
  for (const auto& part : parts) fs::remove(part, ignored);
}

}  // namespace pantograph::store
