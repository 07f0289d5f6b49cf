// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/codec.h"

#include <brotli/decode.h>
#include <lz4.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "parquet/cursor.h"

namespace pantograph::parquet {
namespace {

enum Codec { kSnappy = 1, kGzip, kLzo, kBrotli, kLz4Hadoop, kZstd, kLz4 };

[[noreturn]] void broken(const char* codec) {
  throw Damaged(std::string("broken ") + codec + " data, or not of the size that the page's header says");
}

/// `most`: bytes that one compressed byte can stand for. What claims more is refused before memory is taken for it.
void reserve(std::string_view in, std::size_t size, std::size_t most, std::string& out, const char* codec) {
  if (size > 1024 && size / most > in.size()) broken(codec);
  out.resize(size);
}

void unpack_snappy(std::string_view in, std::size_t size, std::string& out) {
  std::size_t says = 0;
  if (!snappy::GetUncompressedLength(in.data(), in.size(), &says) || says != size) broken("Snappy");
  reserve(in, size, 32, out, "Snappy");
  if (!snappy::RawUncompress(in.data(), in.size(), out.data())) broken("Snappy");
}

void unpack_gzip(std::string_view in, std::size_t size, std::string& out) {
  reserve(in, size, 1040, out, "gzip");
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) broken("gzip");  // either header, gzip's or zlib's
  const std::unique_ptr<z_stream, int (*)(z_streamp)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  Bytef none = 0;
  stream.next_out = size > 0 ? reinterpret_cast<Bytef*>(out.data()) : &none;
  stream.avail_out = static_cast<uInt>(size);
  if (inflate(&stream, Z_FINISH) != Z_STREAM_END || stream.total_out != size) broken("gzip");
}

void unpack_zstd(std::string_view in, std::size_t size, std::string& out) {
  const unsigned long long says = ZSTD_getFrameContentSize(in.data(), in.size());
  if (says == ZSTD_CONTENTSIZE_ERROR || (says != ZSTD_CONTENTSIZE_UNKNOWN && says > size)) broken("Zstandard");
  reserve(in, size, 1 << 15, out, "Zstandard");  // a block of 128 KiB takes four bytes or more
  if (ZSTD_decompress(out.data(), size, in.data(), in.size()) != size) broken("Zstandard");
}

/// Some ten bytes may stand for 16 MiB: memory grows with what comes out.
void unpack_brotli(std::string_view in, std::size_t size, std::string& out) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) broken("Brotli");
  std::size_t in_left = in.size(), done = 0;
  auto next = reinterpret_cast<const std::uint8_t*>(in.data());
  out.resize(std::min<std::size_t>(size, 8 * in.size() + 4096));
  for (;;) {
    std::size_t room = out.size() - done;
    auto to = reinterpret_cast<std::uint8_t*>(out.data() + done);
    const auto result = BrotliDecoderDecompressStream(state.get(), &in_left, &next, &room, &to, nullptr);
    done = out.size() - room;
    if (result == BROTLI_DECODER_RESULT_SUCCESS && done == size) break;
    if (result != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT || out.size() == size) broken("Brotli");
    out.resize(std::min(size, 2 * out.size()));
  }
}

bool unpack_lz4(std::string_view in, char* out, std::size_t room, std::size_t& done) {
  const int got = LZ4_decompress_safe(in.data(), out, static_cast<int>(in.size()), static_cast<int>(room));
  if (got < 0) return false;
  done = static_cast<std::size_t>(got);
  return true;
}

std::uint32_t big32(Cursor& in) {
  std::uint32_t out = 0;
  for (int i = 0; i < 4; ++i) out = out << 8 | in.byte();
  return out;
}

/// Hadoop's blocks: bytes that come out, then pieces with the bytes that each takes, until there are so many.
bool unpack_hadoop(std::string_view in, std::size_t size, std::string& out) {
  std::size_t done = 0;
  try {
    for (Cursor cursor(in); cursor.left() > 0;) {
      const std::size_t end = done + big32(cursor);
      if (end > size) return false;
      while (done < end) {
        const std::string_view piece = cursor.take(big32(cursor));
        std::size_t got = 0;
        if (!unpack_lz4(piece, out.data() + done, end - done, got) || got == 0) return false;
        done += got;
      }
    }
  } catch (const Cut&) {
    return false;
  }
  return done == size;
}

bool unpack_frame(std::string_view in, std::size_t size, std::string& out) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return false;
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> guard(context, LZ4F_freeDecompressionContext);
  std::size_t taken = in.size(), done = size;
  return LZ4F_decompress(context, out.data(), &done, in.data(), &taken, nullptr) == 0 && done == size;
}

/// The old codec of that name: Hadoop's blocks, and what other programs took it for, LZ4's frames or a bare block.
void unpack_old_lz4(std::string_view in, std::size_t size, std::string& out) {
  reserve(in, size, 256, out, "LZ4");
  if (unpack_hadoop(in, size, out)) return;
  if (in.starts_with("\x04\x22\x4D\x18") && unpack_frame(in, size, out)) return;
  std::size_t done = 0;
  if (!unpack_lz4(in, out.data(), size, done) || done != size) broken("LZ4");
}

}  // namespace

void decompress(int codec, std::string_view in, std::size_t size, std::string& out) {
  switch (codec) {
    case kSnappy:
      return unpack_snappy(in, size, out);
    case kGzip:
      return unpack_gzip(in, size, out);
    case kBrotli:
      return unpack_brotli(in, size, out);
    case kZstd:
      return unpack_zstd(in, size, out);
    case kLz4Hadoop:
      return unpack_old_lz4(in, size, out);
    case kLz4: {
      reserve(in, size, 256, out, "LZ4");
      std::size_t done = 0;
      if (!unpack_lz4(in, out.data(), size, done) || done != size) broken("LZ4");
      return;
    }
    case kLzo:
      throw Unsupported("compressed with LZO");
    default:
      throw Unsupported("compressed with an unknown codec (" + std::to_string(codec) + ")");
  }
}

}  // namespace pantograph::parquet
