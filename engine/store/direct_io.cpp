// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/direct_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace pantograph::store::detail {
namespace {

constexpr std::size_t kBlock = 4096;  // a multiple of every disk's sector

}  // namespace

void DirectIo::Free::operator()(char* p) const {
  std::free(p);
}

DirectIo::DirectIo(const std::filesystem::path& path, int flags) {
#ifdef O_DIRECT
  buffer_.reset(static_cast<char*>(std::aligned_alloc(kBlock, kPiece)));
  if (buffer_) descriptor_ = ::open(path.c_str(), flags | O_DIRECT | O_CLOEXEC);
#else
  (void)path, (void)flags;
#endif
}

DirectIo::~DirectIo() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t DirectIo::misaligned(std::uint64_t offset) {
  return static_cast<std::size_t>((kBlock - offset % kBlock) % kBlock);
}

std::size_t DirectIo::write(const char* data, std::size_t size, std::uint64_t offset) {
  const std::size_t whole = size / kBlock * kBlock;
  std::size_t done = 0;
  while (done < whole && descriptor_ >= 0) {
    const std::size_t piece = std::min(kPiece, whole - done);
    std::memcpy(buffer_.get(), data + done, piece);
    const ssize_t n = ::pwrite(descriptor_, buffer_.get(), piece, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
    if (static_cast<std::size_t>(n) % kBlock != 0) break;  // the next one would not be aligned
  }
  return done;
}

std::optional<std::string_view> DirectIo::read(std::uint64_t offset) {
  ssize_t n = -1;
  while (descriptor_ >= 0) {
    n = ::pread(descriptor_, buffer_.get(), kPiece, static_cast<off_t>(offset));
    if (n >= 0 || errno != EINTR) break;
  }
  if (n < 0) return std::nullopt;
  return std::string_view(buffer_.get(), static_cast<std::size_t>(n));
}

}  // namespace pantograph::store::detail
