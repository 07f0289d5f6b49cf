// SPDX-License-Identifier: GPL-3.0-or-later
// Parquet files of one required column "text", written byte by byte from the format's description: what the programs
// that wrote the fixtures cannot write (checksums, the old dictionary encoding, forms of the old LZ4, lies).
#pragma once

#include <lz4.h>
#include <lz4frame.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <string>
#include <vector>

namespace parquet_support {

inline std::size_t largest_request = 0;  ///< of memory, since it was set

inline std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}
inline std::string big32(std::size_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16), static_cast<int>(value >> 8),
                static_cast<int>(value)});
}
inline std::string little32(std::size_t value) {
  const std::string big = big32(value);
  return {big.rbegin(), big.rend()};
}
inline std::string plain(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += little32(value.size()) + value;
  return out;
}

inline std::string lz4_block(const std::string& text) {
  std::string out(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(text.size()))), '\0');
  out.resize(static_cast<std::size_t>(
      LZ4_compress_default(text.data(), out.data(), static_cast<int>(text.size()), static_cast<int>(out.size()))));
  return out;
}
inline std::string lz4_frame(const std::string& text) {
  std::string out(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
  return out;
}

/// A structure in Thrift's compact protocol; fields in ascending order.
class Struct {
 public:
  Struct& number(int id, std::int64_t value, int type = 5) {
    head(id, type);
    out_ += varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
    return *this;
  }
  Struct& boolean(int id, bool value) {
    head(id, value ? 1 : 2);
    return *this;
  }
  Struct& text(int id, const std::string& value) {
    head(id, 8);
    out_ += string(value);
    return *this;
  }
  Struct& inner(int id, const Struct& value) {
    head(id, 12);
    out_ += value.done();
    return *this;
  }
  /// Of elements that are encoded already: 8 strings, 12 structures.
  Struct& list(int id, int type, const std::vector<std::string>& elements) {
    head(id, 9);
    out_ += static_cast<char>(0xf0 | type);
    out_ += varint(elements.size());
    for (const std::string& element : elements) out_ += element;
    return *this;
  }
  std::string done() const { return out_ + '\0'; }

  static std::string string(const std::string& value) { return varint(value.size()) + value; }
  static std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
    return out + static_cast<char>(value);
  }

 private:
  void head(int id, int type) {
    out_ += static_cast<char>((id - last_) << 4 | type);
    last_ = id;
  }
  std::string out_;
  int last_ = 0;
};

struct PageSpec {
  int type = 0;              ///< 0 data, 2 dictionary, 3 data of v2
  int encoding = 0;          ///< 0 plain
  std::string body;          ///< as it lies in the file
  std::size_t unpacked = 0;  ///< bytes that the header claims; 0: those of the body
  int values = 0;
  bool crc = false;
  bool is_packed = true;  ///< v2
};

inline std::string page_bytes(const PageSpec& page) {
  Struct header, data;
  header.number(1, page.type)
      .number(2, static_cast<std::int64_t>(page.unpacked > 0 ? page.unpacked : page.body.size()))
      .number(3, static_cast<std::int64_t>(page.body.size()));
  if (page.crc) {
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(page.body.data()), static_cast<uInt>(page.body.size()));
    header.number(4, static_cast<std::int32_t>(crc));
  }
  data.number(1, page.values);
  if (page.type == 3) {
    data.number(2, 0).number(3, page.values).number(4, page.encoding).number(5, 0).number(6, 0);
    data.boolean(7, page.is_packed);
  } else {
    data.number(2, page.encoding);
    if (page.type == 0) data.number(3, 3).number(4, 3);
  }
  header.inner(page.type == 0 ? 5 : page.type == 2 ? 7 : 8, data);
  return header.done() + page.body;
}

/// Row groups of pages. `lie`: rows that the metadata claims for each group; 0: the truth.
inline std::string parquet_file(int codec, const std::vector<std::vector<PageSpec>>& groups, int lie = 0,
                                const std::string& name = "text") {
  std::string out = "PAR1";
  std::vector<std::string> described;
  std::int64_t all = 0;
  for (const auto& pages : groups) {
    const auto begin = static_cast<std::int64_t>(out.size());
    std::int64_t values = 0, first = -1, dictionary = 0;
    for (const PageSpec& page : pages) {
      if (page.type == 2) dictionary = dictionary > 0 ? dictionary : static_cast<std::int64_t>(out.size());
      if (page.type != 2 && first < 0) first = static_cast<std::int64_t>(out.size());
      if (page.type != 2) values += page.values;
      out += page_bytes(page);
    }
    const auto size = static_cast<std::int64_t>(out.size()) - begin;
    Struct column, chunk, group;
    column.number(1, 6).list(2, 5, {}).list(3, 8, {Struct::string(name)}).number(4, codec).number(5, values, 6);
    column.number(6, size, 6).number(7, size, 6).number(9, first, 6);
    if (dictionary > 0) column.number(11, dictionary, 6);
    chunk.number(2, 0, 6).inner(3, column);
    const std::int64_t rows = lie > 0 ? lie : values;
    group.list(1, 12, {chunk.done()}).number(2, size, 6).number(3, rows, 6);
    described.push_back(group.done());
    all += rows;
  }
  Struct root, leaf, footer;
  root.text(4, "schema").number(5, 1);
  leaf.number(1, 6).number(3, 0).text(4, name).number(6, 0);
  footer.number(1, 1).list(2, 12, {root.done(), leaf.done()}).number(3, all, 6).list(4, 12, described);
  const std::string end = footer.done();
  return out + end + little32(end.size()) + "PAR1";
}

}  // namespace parquet_support
