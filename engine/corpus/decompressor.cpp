// SPDX-License-Identifier: GPL-3.0-or-later
// zlib, libzstd, liblzma and libbz2 themselves: libarchive passes over the sums of gzip.
#include "corpus/decompressor.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace pantograph::corpus {
namespace {

template <typename Size>
Size at_most(std::size_t size) {
  return static_cast<Size>(std::min<std::size_t>(size, std::numeric_limits<Size>::max()));
}

/// zlib's and libbz2's streams have the same members.
template <typename Stream>
void lend(Stream& stream, const Flow& flow) {
  using In = std::remove_reference_t<decltype(*stream.next_in)>;
  using Out = std::remove_reference_t<decltype(*stream.next_out)>;
  stream.next_in = reinterpret_cast<In*>(const_cast<char*>(flow.in.data()));
  stream.avail_in = at_most<unsigned>(flow.in.size());
  stream.next_out = reinterpret_cast<Out*>(flow.out);
  stream.avail_out = at_most<unsigned>(flow.room);
}

template <typename Stream>
void settle(const Stream& stream, Flow& flow) {
  flow.in.remove_prefix(static_cast<std::size_t>(reinterpret_cast<const char*>(stream.next_in) - flow.in.data()));
  const auto written = static_cast<std::size_t>(reinterpret_cast<char*>(stream.next_out) - flow.out);
  flow.out += written;
  flow.room -= written;
}

class Gzip : public Decompressor {
 public:
  Gzip() {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();  // + 16: with gzip's header, sum and length
  }
  ~Gzip() override { inflateEnd(&stream_); }
  const char* name() const override { return "gzip"; }
  bool between_members() const override { return between_; }

  std::string step(Flow& flow, bool) override {
    if (between_) {
      flow.in.remove_prefix(std::min(flow.in.find_first_not_of('\0'), flow.in.size()));
      if (flow.in.empty()) return {};
      between_ = false;
      inflateReset(&stream_);
    }
    lend(stream_, flow);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    settle(stream_, flow);
    if (code == Z_STREAM_END) between_ = true;
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return {};
    return stream_.msg != nullptr ? stream_.msg : zError(code);
  }

 private:
  z_stream stream_{};
  bool between_ = false;
};

class Bzip2 : public Decompressor {
 public:
  Bzip2() { start(); }
  ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }
  const char* name() const override { return "bzip2"; }
  bool between_members() const override { return between_; }

  std::string step(Flow& flow, bool) override {
    if (between_) {
      flow.in.remove_prefix(std::min(flow.in.find_first_not_of('\0'), flow.in.size()));
      if (flow.in.empty()) return {};
      between_ = false;
      BZ2_bzDecompressEnd(&stream_);
      start();
    }
    lend(stream_, flow);
    const int code = BZ2_bzDecompress(&stream_);
    settle(stream_, flow);
    if (code == BZ_STREAM_END) between_ = true;
    if (code == BZ_OK || code == BZ_STREAM_END) return {};
    return code == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : code == BZ_MEM_ERROR ? "not enough memory" : "data error";
  }

 private:
  void start() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  bz_stream stream_{};
  bool between_ = false;
};

class Xz : public Decompressor {
 public:
  Xz() {
    if (lzma_stream_decoder(&stream_, std::numeric_limits<std::uint64_t>::max(), LZMA_CONCATENATED) != LZMA_OK)
      throw std::bad_alloc();
  }
  ~Xz() override { lzma_end(&stream_); }
  const char* name() const override { return "xz"; }
  bool between_members() const override { return ended_; }

  std::string step(Flow& flow, bool last) override {
    if (ended_) return flow.in.empty() ? "" : "data behind the end";
    lend(stream_, flow);
    stream_.avail_in = flow.in.size();
    stream_.avail_out = flow.room;
    const lzma_ret code = lzma_code(&stream_, last && flow.in.empty() ? LZMA_FINISH : LZMA_RUN);
    settle(stream_, flow);
    if (code == LZMA_STREAM_END) ended_ = true;
    switch (code) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR:
        return {};
      case LZMA_MEM_ERROR:
        return "not enough memory";
      case LZMA_OPTIONS_ERROR:
        return "a sort of xz that this program does not know";
      default:
        return "data error";
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

class Zstd : public Decompressor {
 public:
  Zstd() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kLargestWindow);
  }
  const char* name() const override { return "zstd"; }
  bool between_members() const override { return between_; }

  std::string step(Flow& flow, bool) override {
    if (between_ && flow.in.empty()) return {};
    ZSTD_inBuffer in = {flow.in.data(), flow.in.size(), 0};
    ZSTD_outBuffer out = {flow.out, flow.room, 0};
    const std::size_t code = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(code)) {
      const ZSTD_ErrorCode error = ZSTD_getErrorCode(code);
      if (error == ZSTD_error_memory_allocation || error == ZSTD_error_frameParameter_windowTooLarge)
        return "more memory is needed for its window, up to 2 GiB";
      return ZSTD_getErrorName(code);
    }
    flow.in.remove_prefix(in.pos);
    flow.out += out.pos;
    flow.room -= out.pos;
    between_ = code == 0;
    return {};
  }

 private:
  static constexpr int kLargestWindow = 31;  // what zstd --ultra --long=31 writes, the most of this format
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
  bool between_ = false;
};

struct Format {
  const char* name;
  std::string_view magic;
  std::unique_ptr<Decompressor> (*make)();
};

template <typename Kind>
std::unique_ptr<Decompressor> make() {
  return std::make_unique<Kind>();
}

constexpr std::array<Format, 4> kFormats = {Format{"gzip", "\x1F\x8B\x08", make<Gzip>},
                                            Format{"zstd", "\x28\xB5\x2F\xFD", make<Zstd>},
                                            Format{"xz",
                                                   {"\xFD"
                                                    "7zXZ\0",
                                                    6},
                                                   make<Xz>},
                                            Format{"bzip2", "BZh", make<Bzip2>}};

}  // namespace

std::unique_ptr<Decompressor> decompressor_for(std::string_view head) {
  for (const Format& format : kFormats) {
    if (!head.starts_with(format.magic)) continue;
    // "BZh" alone may begin a text: a digit and the mark of a block or of the end follow.
    if (std::string_view(format.name) == "bzip2" &&
        (head.size() < 5 || head[3] < '1' || head[3] > '9' || (head[4] != '\x31' && head[4] != '\x17')))
      continue;
    return format.make();
  }
  // A skippable frame before the first of zstd.
  if (head.size() >= 4 && (head[0] & 0xF0) == 0x50 && head.substr(1, 3) == "\x2A\x4D\x18") return make<Zstd>();
  return nullptr;
}

const char* compression_by_name(std::string_view extension) {
  if (extension == ".gz" || extension == ".dz") return "gzip";
  if (extension == ".zst") return "zstd";
  if (extension == ".xz") return "xz";
  if (extension == ".bz2") return "bzip2";
  return nullptr;
}

}  // namespace pantograph::corpus
