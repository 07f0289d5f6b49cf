// SPDX-License-Identifier: GPL-3.0-or-later
// A compressed file is told by its content; its name only says what it has to be.
#include "corpus/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"
#include "corpus/decompressor.h"
#include "webtext/encoding.h"

namespace pantograph::corpus {
namespace {

constexpr std::size_t kBlock = 1 << 18;
constexpr std::size_t kTelling = 4096;  // bytes that an encoding is told by

}  // namespace

struct ByteStream::Impl {
  std::filesystem::path path;
  int descriptor = -1;
  std::unique_ptr<Decompressor> packed;  // null: the bytes are taken as they are
  bool file_ended = false, at_end = false;
  std::uint64_t consumed = 0;
  std::string_view unread;  // of `block`
  std::string_view ahead;   // what line() has not handed out yet
  std::optional<webtext::Decoder> decoder;
  std::string decoded;
  std::unique_ptr<char[]> block = std::make_unique_for_overwrite<char[]>(kBlock), buffer;

  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }

  [[noreturn]] void fail(std::string found, std::string expected, std::string remedy) const {
    throw Error(ErrorKind::input, {std::move(found), path.string(), std::move(expected), std::move(remedy)});
  }

  [[noreturn]] void fail_packed(const std::string& why) const {
    fail(std::string("damaged or truncated ") + packed->name() + " data near byte " +
             std::to_string(consumed - unread.size()) + " (" + why + ")",
         "a complete file", "Copy or download the file again.");
  }

  /// The file's next bytes, behind those that are left, into the block.
  void refill() {
    if (!unread.empty()) std::memmove(block.get(), unread.data(), unread.size());
    std::size_t have = unread.size();
    while (have < kBlock) {
      const ssize_t got = ::read(descriptor, block.get() + have, kBlock - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(std::string("cannot be read: ") + std::strerror(errno), "a readable file", "Check the disk.");
      if (got == 0) {
        file_ended = true;
        break;
      }
      have += static_cast<std::size_t>(got);
      consumed += static_cast<std::uint64_t>(got);
    }
    unread = {block.get(), have};
  }

  /// Of the file, decompressed.
  std::string_view read() {
    if (at_end) return {};
    if (packed != nullptr) return unpack();
    if (unread.empty() && !file_ended) refill();
    at_end = unread.empty();
    return std::exchange(unread, {});
  }

  std::string_view unpack() {
    Flow flow = {unread, buffer.get(), kBlock};
    while (flow.room > 0 && !at_end) {
      if (unread.empty() && !file_ended) {
        refill();
        flow.in = unread;
      }
      const Flow before = flow;
      const std::string fault = packed->step(flow, file_ended);
      unread = flow.in;
      if (!fault.empty()) fail_packed(fault);
      if (unread.empty() && file_ended && flow.room == before.room) {
        if (!packed->between_members()) fail_packed("it ends too early");
        at_end = true;
      }
    }
    return {buffer.get(), kBlock - flow.room};
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
  impl_->refill();
  impl_->packed = decompressor_for(impl_->unread);
  // A cut-off header leaves the file looking like plain text, which would then be imported as garbage.
  const char* const named = compression_by_name(path.extension().string());
  if (named != nullptr && (impl_->packed == nullptr || std::strcmp(impl_->packed->name(), named) != 0)) {
    impl_->fail(impl_->unread.empty() ? "is empty" : std::string("is not ") + named + " data",
                std::string("a complete ") + named + " file, as its name says", "Rename the file or copy it again.");
  }
  if (impl_->packed != nullptr) impl_->buffer = std::make_unique_for_overwrite<char[]>(kBlock);
}

ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;

std::string ByteStream::decode(const std::string& label) {
  std::string encoding = label.empty() ? std::string("UTF-8") : webtext::known_encoding(label);
  impl_->ahead = impl_->read();
  const webtext::Detected detected = webtext::detect_encoding(impl_->ahead.substr(0, kTelling), false);
  const bool wide = detected.encoding.starts_with("UTF-16") || detected.encoding.starts_with("UTF-32");
  if (detected.marked || wide) encoding = detected.encoding;
  if (encoding == "UTF-8") return {};
  impl_->decoder.emplace(encoding);
  impl_->decoder->decode(impl_->ahead, false, impl_->decoded);
  impl_->ahead = impl_->decoded;
  return encoding;
}

std::string_view ByteStream::read() {
  if (!impl_->ahead.empty()) return std::exchange(impl_->ahead, {});
  if (!impl_->decoder) return impl_->read();
  impl_->decoded.clear();
  while (impl_->decoded.empty() && !impl_->at_end) {
    const std::string_view piece = impl_->read();
    impl_->decoder->decode(piece, piece.empty(), impl_->decoded);
  }
  return impl_->decoded;
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
  return impl_->consumed - impl_->unread.size();
}

const std::filesystem::path& ByteStream::path() const {
  return impl_->path;
}

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path) {
  return std::make_unique<ByteStream>(path);
}

}  // namespace pantograph::corpus
