// SPDX-License-Identifier: GPL-3.0-or-later
// A text is compressed, then damaged: cut, or with bytes changed. What is read is the text, or there is an Error.
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "corpus/byte_stream.h"
#include "fuzz/input.h"

namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zst(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  if (ZSTD_isError(size)) std::abort();
  out.resize(size);
  return out;
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                              text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()) != LZMA_OK)
    std::abort();
  out.resize(size);
  return out;
}

std::string bz2(const std::string& text) {
  std::string out(text.size() + text.size() / 64 + 700, '\0');
  auto size = static_cast<unsigned>(out.size());
  if (BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()), static_cast<unsigned>(text.size()), 9,
                               0, 0) != BZ_OK)
    std::abort();
  out.resize(size);
  return out;
}

struct Kind {
  const char* ending;
  std::string (*compress)(const std::string&);
};
constexpr Kind kKinds[] = {{".gz", gzip}, {".zst", zst}, {".xz", xz}, {".bz2", bz2}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Kind& kind = kKinds[input.below(std::size(kKinds))];
  const bool two = input.below(2) == 1;  // members, one after the other
  const std::uint32_t cut = input.number();
  const int changes = input.below(4);
  std::pair<std::uint32_t, std::uint8_t> change[4];
  for (int i = 0; i < changes; ++i) change[i] = {input.number(), input.byte()};
  const std::string text = input.rest();
  std::string bytes = kind.compress(text);
  if (two) bytes += kind.compress(text);
  const std::string whole = bytes;
  if (cut % 3 != 0) bytes.resize(cut % (bytes.size() + 1));
  for (int i = 0; i < changes && !bytes.empty(); ++i)
    bytes[change[i].first % bytes.size()] = static_cast<char>(change[i].second);
  const auto file = fuzz::scratch() / (std::string("text") + kind.ending);
  fuzz::put(file, bytes);
  fuzz::only_errors([&] {
    pantograph::corpus::ByteStream stream(file);
    const std::string read = stream.rest();
    const std::string expected = two ? text + text : text;
    if (bytes == whole && read != expected) fuzz::broken_promise("a whole archive is not its text");
    // A cut between two members leaves a whole archive of the first one, and one before the first an empty file.
    const bool member = bytes.size() < whole.size() && (read == text || read.empty());
    if (read != expected && !member) fuzz::broken_promise("a damaged archive was read as another text");
  });
  return 0;
}
