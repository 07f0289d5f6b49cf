// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/pages.h"

#include <zlib.h>

#include <algorithm>

#include "parquet/codec.h"

namespace pantograph::parquet {
namespace {

constexpr std::uint64_t kUsualHeader = 1 << 10;
constexpr std::uint64_t kLargestHeader = 16 << 20;  // statistics may hold long values
constexpr std::int64_t kRle = 3;

}  // namespace

Pages::Pages(const File& file, const Chunk& chunk, std::uint32_t definition)
    : file_(&file), chunk_(chunk), definition_(definition), at_(chunk.begin) {}

PageHeader Pages::read_header() {
  const std::uint64_t left = chunk_.end - at_;
  for (std::uint64_t bytes = std::min(left, kUsualHeader);; bytes = std::min(left, 8 * bytes)) {
    file_->read(at_, bytes, packed_);
    try {
      return read_page_header(packed_);
    } catch (const Cut&) {
      if (bytes == left || bytes > kLargestHeader) throw;
    }
  }
}

bool Pages::next(Page& page) {
  for (;;) {
    if (at_ == chunk_.end) return false;
    ++number_;
    const PageHeader header = read_header();
    at_ += header.header_bytes;
    if (header.bytes > chunk_.end - at_) throw Cut();
    if (std::max(header.bytes, header.unpacked) > kLargest)
      throw Unsupported("a page of " + std::to_string(std::max(header.bytes, header.unpacked)) + " bytes; at most " +
                        std::to_string(kLargest) + " are read");
    const bool v2 = header.type == PageHeader::data_v2;
    if (header.type != PageHeader::data && header.type != PageHeader::dictionary && !v2) {
      at_ += header.bytes;
      continue;
    }
    file_->read(at_, header.bytes, packed_);
    at_ += header.bytes;
    if (header.has_crc) {
      const auto crc = crc32(0, reinterpret_cast<const Bytef*>(packed_.data()), static_cast<uInt>(packed_.size()));
      if (crc != header.crc) throw Damaged("wrong checksum");
    }

    // The levels of v2 lie before the values and are not compressed.
    std::uint64_t levels = 0;
    if (v2) {
      levels = header.definition_bytes + header.repetition_bytes;
      if (levels > header.bytes || levels > header.unpacked) throw Damaged("levels longer than their page");
    }
    if (chunk_.codec == kUncompressed || (v2 && !header.is_packed)) {
      if (header.bytes != header.unpacked) throw Damaged("an uncompressed page of two sizes");
      page.bytes.swap(packed_);
      page.data = std::string_view(page.bytes).substr(levels);
      page.levels = std::string_view(page.bytes).substr(header.repetition_bytes, header.definition_bytes);
    } else {
      page.levels = std::string_view(packed_).substr(header.repetition_bytes, header.definition_bytes);
      const std::string_view packed = std::string_view(packed_).substr(levels);
      page.bytes.clear();
      if (!packed.empty() || header.unpacked > levels)
        decompress(chunk_.codec, packed, header.unpacked - levels, page.bytes);
      page.data = page.bytes;
    }
    page.is_dictionary = header.type == PageHeader::dictionary;
    page.values = header.values;
    page.encoding = header.encoding;
    if (!v2 && !page.is_dictionary && definition_ > 0) {
      if (header.level_encoding != kRle)
        throw Unsupported("levels in the encoding " + std::to_string(header.level_encoding));
      Cursor in(page.data);
      page.levels = in.take(in.little32());
      page.data = in.rest();
    }
    return true;
  }
}

}  // namespace pantograph::parquet
