// SPDX-License-Identifier: GPL-3.0-or-later
// libarchive's raw format does the decompression: one member, any of the filters, told apart by content.
#include "corpus/byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kBlock = 1 << 18;

struct Compression {
  const char* suffix;
  int filter;
  const char* name;
};
constexpr Compression kCompressions[] = {{".gz", ARCHIVE_FILTER_GZIP, "gzip"},
                                         {".dz", ARCHIVE_FILTER_GZIP, "gzip"},
                                         {".zst", ARCHIVE_FILTER_ZSTD, "zstd"},
                                         {".xz", ARCHIVE_FILTER_XZ, "xz"},
                                         {".bz2", ARCHIVE_FILTER_BZIP2, "bzip2"}};

}  // namespace

struct ByteStream::Impl {
  std::filesystem::path path;
  int descriptor = -1;
  archive* reader = nullptr;
  bool at_end = false;
  std::string_view ahead;  // what line() has not handed out yet
  std::unique_ptr<char[]> buffer = std::make_unique<char[]>(kBlock);

  ~Impl() {
    if (reader) archive_read_free(reader);
    if (descriptor >= 0) ::close(descriptor);
  }

  [[noreturn]] void fail(std::string found, std::string expected, std::string remedy) const {
    throw Error(ErrorKind::input, {std::move(found), path.string(), std::move(expected), std::move(remedy)});
  }

  [[noreturn]] void fail_archive() const {
    const char* text = archive_error_string(reader);
    fail(std::string("damaged or truncated compressed data (") + (text ? text : "unknown error") + ")",
         "a complete file", "Copy or download the file again.");
  }
};

ByteStream::ByteStream(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (impl_->descriptor < 0 || ::fstat(impl_->descriptor, &status) != 0) {
    impl_->fail(std::string("cannot be opened: ") + std::strerror(errno), "a readable file",
                "Check the path and its permissions.");
  }
  if (!S_ISREG(status.st_mode)) impl_->fail("is not a regular file", "a readable file", "Check the path.");

  impl_->reader = archive_read_new();
  archive_read_support_filter_gzip(impl_->reader);
  archive_read_support_filter_zstd(impl_->reader);
  archive_read_support_filter_xz(impl_->reader);
  archive_read_support_filter_bzip2(impl_->reader);
  archive_read_support_format_raw(impl_->reader);
  archive_read_support_format_empty(impl_->reader);
  if (archive_read_open_fd(impl_->reader, impl_->descriptor, kBlock) != ARCHIVE_OK) impl_->fail_archive();
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(impl_->reader, &entry);
  if (result == ARCHIVE_EOF) {
    impl_->at_end = true;
  } else if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
    impl_->fail_archive();
  }
  // A cut-off header leaves the file looking like plain text, which would then be imported as garbage.
  for (const Compression& compression : kCompressions) {
    if (path.extension() == compression.suffix && archive_filter_code(impl_->reader, 0) != compression.filter) {
      impl_->fail(status.st_size == 0 ? "is empty" : std::string("is not ") + compression.name + " data",
                  std::string("a complete ") + compression.name + " file, as its name says",
                  "Rename the file or copy it again.");
    }
  }
}

ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;

std::string_view ByteStream::read() {
  if (!impl_->ahead.empty()) return std::exchange(impl_->ahead, {});
  if (impl_->at_end) return {};
  const la_ssize_t got = archive_read_data(impl_->reader, impl_->buffer.get(), kBlock);
  if (got < 0) impl_->fail_archive();
  if (got == 0) impl_->at_end = true;
  return {impl_->buffer.get(), static_cast<std::size_t>(got)};
}

bool ByteStream::line(std::string& out, std::size_t longest) {
  out.clear();
  bool any = false;
  for (;;) {
    const std::string_view piece = read();
    if (piece.empty()) break;
    any = true;
    const std::size_t end = piece.find('\n');
    out.append(piece.substr(0, end));
    if (out.size() > longest) {
      impl_->fail("a line longer than " + std::to_string(longest) + " bytes", "shorter lines", "Cut the document up.");
    }
    if (end != std::string_view::npos) {
      impl_->ahead = piece.substr(end + 1);
      break;
    }
  }
  if (!out.empty() && out.back() == '\r') out.pop_back();
  return any;
}

std::string ByteStream::rest(std::size_t largest) {
  std::string out;
  for (std::string_view piece = read(); !piece.empty(); piece = read()) {
    out.append(piece);
    if (out.size() > largest) {
      impl_->fail("holds more than " + std::to_string(largest) + " bytes", "a smaller document", "Cut the file up.");
    }
  }
  return out;
}

std::uint64_t ByteStream::position() const {
  const la_int64_t bytes = archive_filter_bytes(impl_->reader, -1);
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

const std::filesystem::path& ByteStream::path() const {
  return impl_->path;
}

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path) {
  return std::make_unique<ByteStream>(path);
}

}  // namespace pantograph::corpus
