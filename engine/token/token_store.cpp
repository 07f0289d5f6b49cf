// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/token_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "store/hdf5.h"

namespace pantograph::token {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_store(const std::string& found, const fs::path& path, const std::string& expected) {
  throw Error(ErrorKind::run,
              {found, path.string(), expected, "Delete the folder and run again: it will be tokenized anew."});
}

template <typename T>
std::uint32_t largest_of(const std::byte* tokens, std::uint64_t count) {
  T largest = 0;
  for (std::uint64_t i = 0; i < count; ++i) {  // without a branch: several a cycle
    T value;
    std::memcpy(&value, tokens + i * sizeof(T), sizeof(T));
    largest = std::max(largest, value);
  }
  return largest;
}

/// Windows of one document.
void cut(std::uint64_t begin, std::uint64_t end, std::uint32_t length, std::vector<Window>& out) {
  for (; begin < end; begin += out.back().length)
    out.push_back({begin, static_cast<std::uint32_t>(std::min<std::uint64_t>(length, end - begin))});
}

std::uint32_t vocabulary_of(const store::Hdf5File& file, const fs::path& path) {
  const std::string text = file.attribute("/", "vocabulary");
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    fail_store("a vocabulary of \"" + text + '"', path, "a number above 0");
  return value;
}

}  // namespace

struct TokenStore::Impl {
  struct Part {
    const char* name = "";
    const std::byte* tokens = nullptr;  // need not be aligned to their type
    bool wide = false;                  // u32 instead of u16
    std::uint64_t count = 0;
    std::vector<std::uint64_t> ends;
    std::once_flag looked_at;
    std::uint32_t largest = 0;  // token, once they were looked at
  };
  fs::path path;
  void* map = MAP_FAILED;
  std::size_t map_size = 0;
  std::uint32_t vocabulary = 0;
  Part parts[corpus::kSplits];

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

  /// An id beyond the vocabulary would be read from behind the embeddings, so all are looked at before the first use.
  void check_tokens(Part& part) const {
    // Thrown from outside: what call_once() calls may throw by the standard, but not under the thread sanitizer.
    std::call_once(part.looked_at, [&] {
      part.largest = part.wide ? largest_of<std::uint32_t>(part.tokens, part.count)
                               : largest_of<std::uint16_t>(part.tokens, part.count);
    });
    if (part.count > 0 && part.largest >= vocabulary) {
      fail_store("token " + std::to_string(part.largest) + " in split " + part.name, path,
                 "0 to " + std::to_string(vocabulary - 1));
    }
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
  impl_->path = folder / kTokensFile;
  const auto file = store::Hdf5File::open(impl_->path);
  impl_->vocabulary = vocabulary_of(file, impl_->path);
  impl_->map_file();
  for (int s = 0; s < corpus::kSplits; ++s) {
    const std::string name = corpus::to_string(static_cast<corpus::Split>(s));
    auto& part = impl_->parts[s];
    part.name = corpus::to_string(static_cast<corpus::Split>(s));
    const store::DataShape shape = file.shape("tokens/" + name);
    if (shape.type != store::DataType::u16 && shape.type != store::DataType::u32) {
      fail_store("tokens of type " + std::string(store::to_string(shape.type)), impl_->path, "u16 or u32");
    }
    part.wide = shape.type == store::DataType::u32;
    part.count = shape.count();
    part.ends = file.read_all<std::uint64_t>("ends/" + name, store::DataType::u64);
    impl_->check_ends(part, name.c_str());
    if (part.count == 0) continue;
    const std::uint64_t offset = file.file_offset("tokens/" + name);
    if (offset > impl_->map_size || part.count > (impl_->map_size - offset) / store::size_of(shape.type)) {
      fail_store("the file is cut off", impl_->path, "the tokens of split " + name);
    }
    part.tokens = static_cast<const std::byte*>(impl_->map) + offset;
  }
}

TokenStore::~TokenStore() = default;
TokenStore::TokenStore(TokenStore&&) noexcept = default;

std::uint64_t TokenStore::tokens(corpus::Split split) const {
  return impl_->parts[static_cast<int>(split)].count;
}
std::uint64_t TokenStore::documents(corpus::Split split) const {
  return impl_->parts[static_cast<int>(split)].ends.size();
}

void TokenStore::copy(corpus::Split split, std::uint64_t begin, std::uint64_t count, std::int32_t* out) const {
  auto& part = impl_->parts[static_cast<int>(split)];
  if (begin > part.count || count > part.count - begin) {
    fail_store("tokens " + std::to_string(begin) + " to " + std::to_string(begin + count), impl_->path,
               "at most " + std::to_string(part.count));
  }
  impl_->check_tokens(part);
  if (part.wide) {
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

std::vector<Window> TokenStore::windows(corpus::Split split, std::uint32_t length) const {
  if (length == 0) throw Error(ErrorKind::usage, {"a window of 0 tokens", "windows", "at least 1", ""});
  std::vector<Window> out;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : impl_->parts[static_cast<int>(split)].ends) {
    cut(begin, end, length, out);
    begin = end;
  }
  return out;
}

std::vector<Window> TokenStore::windows(corpus::Split split, std::uint32_t length,
                                        const std::vector<std::uint64_t>& documents) const {
  if (length == 0) throw Error(ErrorKind::usage, {"a window of 0 tokens", "windows", "at least 1", ""});
  std::vector<Window> out;
  const auto& ends = impl_->parts[static_cast<int>(split)].ends;
  for (const std::uint64_t i : documents) cut(i > 0 ? ends[i - 1] : 0, ends.at(i), length, out);
  return out;
}

std::uint64_t TokenStore::document_at(corpus::Split split, std::uint64_t position) const {
  const auto& ends = impl_->parts[static_cast<int>(split)].ends;
  return static_cast<std::uint64_t>(std::upper_bound(ends.begin(), ends.end(), position) - ends.begin());
}

std::vector<std::uint64_t> TokenStore::sampled_documents(corpus::Split split, std::uint64_t seed) const {
  const auto& ends = impl_->parts[static_cast<int>(split)].ends;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> order;  // hash, document
  order.reserve(ends.size());
  std::vector<std::int32_t> tokens;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : ends) {
    tokens.resize(end - begin);
    copy(split, begin, end - begin, tokens.data());
    const std::string_view bytes(reinterpret_cast<const char*>(tokens.data()), tokens.size() * sizeof(std::int32_t));
    order.emplace_back(hash64(bytes, seed), order.size());
    begin = end;
  }
  std::sort(order.begin(), order.end());
  std::vector<std::uint64_t> documents;
  documents.reserve(order.size());
  for (const auto& entry : order) documents.push_back(entry.second);
  return documents;
}

}  // namespace pantograph::token
