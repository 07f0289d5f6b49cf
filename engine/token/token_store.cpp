// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/token_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "store/hdf5.h"

namespace pantograph {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_store(const std::string& found, const fs::path& path, const std::string& expected) {
  throw Error(ErrorKind::run,
              {found, path.string(), expected, "Delete the folder and run again: it will be tokenized anew."});
}

}  // namespace

struct TokenStore::Impl {
  struct Part {
    const std::byte* tokens = nullptr;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> ends;
  };
  fs::path path;
  void* map = MAP_FAILED;
  std::size_t map_size = 0;
  bool wide = false;  ///< u32 instead of u16
  Part parts[kSplits];

  ~Impl() {
    if (map != MAP_FAILED) ::munmap(map, map_size);
  }

  void map_file() {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0) {
      const int code = errno;
      if (fd >= 0) ::close(fd);
      fail_store(std::string("cannot be opened: ") + std::strerror(code), path, "a readable file");
    }
    map_size = static_cast<std::size_t>(info.st_size);
    map = ::mmap(nullptr, map_size, PROT_READ, MAP_SHARED, fd, 0);
    const int code = errno;
    ::close(fd);
    if (map == MAP_FAILED) fail_store(std::string("cannot be mapped: ") + std::strerror(code), path, "a readable file");
  }

  void check_ends(const Part& part, const char* name) const {
    std::uint64_t before = 0;
    for (const std::uint64_t end : part.ends) {
      if (end < before || end > part.count)
        fail_store("document ends out of order", path, std::string("rising ends/") + name);
      before = end;
    }
    if (before != part.count)
      fail_store(std::string("ends/") + name + " does not fit tokens/" + name, path, "equal lengths");
  }
};

TokenStore::TokenStore(const fs::path& folder) : impl_(std::make_unique<Impl>()) {
  impl_->path = folder / "tokens.h5";
  const auto file = Hdf5File::open(impl_->path);
  impl_->map_file();
  for (int s = 0; s < kSplits; ++s) {
    const std::string name = to_string(static_cast<Split>(s));
    auto& part = impl_->parts[s];
    const DataShape shape = file.shape("tokens/" + name);
    if (shape.type != DataType::u16 && shape.type != DataType::u32) {
      fail_store("tokens of type " + std::string(to_string(shape.type)), impl_->path, "u16 or u32");
    }
    impl_->wide = shape.type == DataType::u32;
    part.count = shape.count();
    part.ends = file.read_all<std::uint64_t>("ends/" + name, DataType::u64);
    impl_->check_ends(part, name.c_str());
    if (part.count == 0) continue;
    const std::uint64_t offset = file.file_offset("tokens/" + name);
    if (offset > impl_->map_size || part.count > (impl_->map_size - offset) / size_of(shape.type)) {
      fail_store("the file is cut off", impl_->path, "the tokens of split " + name);
    }
    part.tokens = static_cast<const std::byte*>(impl_->map) + offset;
  }
}

TokenStore::~TokenStore() = default;
TokenStore::TokenStore(TokenStore&&) noexcept = default;

std::uint64_t TokenStore::tokens(Split split) const {
  return impl_->parts[static_cast<int>(split)].count;
}
std::uint64_t TokenStore::documents(Split split) const {
  return impl_->parts[static_cast<int>(split)].ends.size();
}

void TokenStore::copy(Split split, std::uint64_t begin, std::uint64_t count, std::int32_t* out) const {
  const auto& part = impl_->parts[static_cast<int>(split)];
  if (begin > part.count || count > part.count - begin) {
    fail_store("tokens " + std::to_string(begin) + " to " + std::to_string(begin + count), impl_->path,
               "at most " + std::to_string(part.count));
  }
  // The data set's offset need not be aligned to its type: copy out byte-wise (compiles to plain loads).
  if (impl_->wide) {
    std::memcpy(out, part.tokens + 4 * begin, 4 * count);
    return;
  }
  const std::byte* source = part.tokens + 2 * begin;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint16_t value;
    std::memcpy(&value, source + 2 * i, 2);
    out[i] = value;
  }
}

std::vector<Window> TokenStore::windows(Split split, std::uint32_t length) const {
  if (length == 0) throw Error(ErrorKind::usage, {"a window of 0 tokens", "windows", "at least 1", ""});
  std::vector<Window> out;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : impl_->parts[static_cast<int>(split)].ends) {
    for (; begin < end; begin += out.back().length) {
      out.push_back({begin, static_cast<std::uint32_t>(std::min<std::uint64_t>(length, end - begin))});
    }
  }
  return out;
}

}  // namespace pantograph
