// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/metadata.h"

#include <algorithm>
#include <iterator>

namespace pantograph::parquet {
namespace {

constexpr std::size_t kMostColumns = 1'000'000;
constexpr std::size_t kDeepest = 32;
constexpr int kByteArray = 6;
enum Repetition { kRequired = 0, kOptional = 1, kRepeated = 2 };

std::uint64_t count(Thrift& in) {
  const std::int64_t value = in.integer();
  if (value < 0) throw Damaged("a negative count in the metadata");
  return static_cast<std::uint64_t>(value);
}

struct Element {
  std::string name;
  std::int64_t type = -1, repetition = kRequired, converted = -1;
  std::int64_t logical = 0;  // field of the union LogicalType
  std::uint64_t children = 0;
};

Element read_element(Thrift& in) {
  Element out;
  in.fields([&](std::int64_t id) {
    switch (id) {
      case 1:
        out.type = in.integer();
        return true;
      case 3:
        out.repetition = in.integer();
        return true;
      case 4:
        out.name = in.binary();
        return true;
      case 5:
        out.children = count(in);
        return true;
      case 6:
        out.converted = in.integer();
        return true;
      case 10:
        in.fields([&](std::int64_t which) {
          out.logical = which;
          return false;
        });
        return true;
      default:
        return false;
    }
  });
  return out;
}

/// Byte arrays that are plain or UTF8, ENUM or JSON; not a DECIMAL, BSON or what is yet to come.
bool is_string(const Element& element) {
  const bool converted =
      element.converted < 0 || element.converted == 0 || element.converted == 4 || element.converted == 19;
  const bool logical = element.logical == 0 || element.logical == 1 || element.logical == 4 || element.logical == 12;
  return element.type == kByteArray && converted && logical;
}

std::string type_of(const Element& element, bool repeated) {
  static const char* const names[] = {"BOOLEAN", "INT32",  "INT64",      "INT96",
                                      "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
  const bool known = element.type >= 0 && element.type < static_cast<std::int64_t>(std::size(names));
  std::string out = known ? names[element.type] : "an unknown type";
  if (element.type == kByteArray && !is_string(element)) out += " that is no text";
  return (repeated ? "repeated " : "") + out;
}

/// The tree of columns lies in the file from the root on, children after their parent.
std::vector<Leaf> leaves_of(const std::vector<Element>& elements) {
  struct Open {
    std::string prefix;
    std::uint64_t children;
    std::uint32_t definition;
    bool repeated;
  };
  if (elements.empty()) throw Damaged("no schema");
  std::vector<Leaf> out;
  std::vector<Open> open = {{"", elements[0].children, 0, false}};
  for (std::size_t i = 1;; ++i) {
    while (!open.empty() && open.back().children == 0) open.pop_back();
    if (open.empty() != (i == elements.size())) throw Damaged("a schema that is not a tree");
    if (open.empty()) break;
    Open& parent = open.back();
    --parent.children;
    const Element& element = elements[i];
    const std::string path = parent.prefix + element.name;
    const bool repeated = parent.repeated || element.repetition == kRepeated;
    const std::uint32_t definition = parent.definition + (element.repetition != kRequired ? 1 : 0);
    if (element.children > 0) {
      if (open.size() == kDeepest) throw Unsupported("a schema of more than " + std::to_string(kDeepest) + " levels");
      open.push_back({path + ".", element.children, definition, repeated});
    } else {
      out.push_back({path, type_of(element, repeated), is_string(element) && !repeated, definition, out.size()});
    }
  }
  return out;
}

std::uint64_t rows_of(Thrift& in) {
  std::uint64_t rows = 0;
  bool there = false;
  in.fields([&](std::int64_t id) {
    if (id != 3) return false;
    rows = count(in);
    return there = true;
  });
  if (!there) throw Damaged("a row group without its number of rows");
  return rows;
}

struct ColumnData {
  std::int64_t type = -1, codec = -1;
  std::string path;
  std::uint64_t values = 0, bytes = 0, first = 0, dictionary = 0;
};

void read_column_data(Thrift& in, ColumnData& out) {
  in.fields([&](std::int64_t id) {
    switch (id) {
      case 1:
        out.type = in.integer();
        return true;
      case 3:
        in.list([&](std::uint64_t i) {
          if (i > 0) out.path += '.';
          out.path += in.binary();
          return true;
        });
        return true;
      case 4:
        out.codec = in.integer();
        return true;
      case 5:
        out.values = count(in);
        return true;
      case 7:
        out.bytes = count(in);
        return true;
      case 9:
        out.first = count(in);
        return true;
      case 11:
        out.dictionary = count(in);
        return true;
      default:
        return false;
    }
  });
}

Chunk read_chunk(Thrift& in, const Leaf& leaf, std::uint64_t end) {
  ColumnData data;
  bool elsewhere = false, encrypted = false;
  in.fields([&](std::int64_t id) {
    if (id == 1) elsewhere = true;
    if (id == 8) encrypted = true;
    if (id != 3) return false;
    read_column_data(in, data);
    return true;
  });
  const std::string name = "the column \"" + leaf.path + "\" ";
  if (encrypted) throw Unsupported(name + "is encrypted");
  if (elsewhere) throw Unsupported(name + "lies in another file");
  if (data.path != leaf.path || data.type != kByteArray || data.codec < 0)
    throw Damaged(name + "is not what the schema says");
  const bool dictionary_first = data.dictionary > 0 && data.dictionary < data.first;
  const std::uint64_t begin = dictionary_first ? data.dictionary : data.first;
  if (begin < 4 || begin > end || data.bytes > end - begin) throw Damaged(name + "lies outside of the file");
  return {begin, begin + data.bytes, data.values, static_cast<int>(std::min<std::int64_t>(data.codec, 1000))};
}

}  // namespace

Metadata read_metadata(std::string_view footer) {
  Metadata out;
  std::vector<Element> elements;
  Thrift in(footer);
  in.fields([&](std::int64_t id) {
    if (id == 2) {
      in.list([&](std::uint64_t) {
        if (elements.size() == kMostColumns) throw Unsupported("a schema of more than a million columns");
        elements.push_back(read_element(in));
        return true;
      });
    } else if (id == 3) {
      out.rows = count(in);
    } else if (id == 4) {
      in.list([&](std::uint64_t) {
        const std::size_t at = in.at();
        out.groups.push_back({at, rows_of(in)});
        return true;
      });
    } else {
      return false;
    }
    return true;
  });
  out.leaves = leaves_of(elements);
  std::uint64_t rows = 0;
  for (const RowGroup& group : out.groups) {
    if (group.rows > out.rows - rows) throw Damaged("row groups with more rows than the file");
    rows += group.rows;
  }
  if (rows != out.rows) throw Damaged("row groups with fewer rows than the file");
  return out;
}

std::vector<Chunk> read_chunks(std::string_view footer, const RowGroup& group, const Metadata& metadata,
                               const std::vector<std::size_t>& leaves, std::uint64_t end) {
  std::vector<Chunk> out(leaves.size());
  std::uint64_t columns = 0;
  Thrift in(footer.substr(group.at));
  in.fields([&](std::int64_t id) {
    if (id != 1) return false;
    in.list([&](std::uint64_t i) {
      ++columns;
      bool taken = false;
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        if (leaves[k] != i || taken) continue;
        out[k] = read_chunk(in, metadata.leaves[i], end);
        if (out[k].values != group.rows)
          throw Damaged("the column \"" + metadata.leaves[i].path + "\" has " + std::to_string(out[k].values) +
                        " values for " + std::to_string(group.rows) + " rows");
        taken = true;
      }
      return taken;
    });
    return true;
  });
  if (columns != metadata.leaves.size()) throw Damaged("another number of columns than the schema says");
  return out;
}

PageHeader read_page_header(std::string_view bytes) {
  PageHeader out;
  Thrift in(bytes);
  bool matches = false;
  const auto data = [&](std::int64_t type) {
    matches = out.type == type;
    in.fields([&](std::int64_t id) {
      if (id == 1) {
        out.values = count(in);
      } else if (id == (type == PageHeader::data_v2 ? 4 : 2)) {
        out.encoding = in.integer();
      } else if (id == 3 && type == PageHeader::data) {
        out.level_encoding = in.integer();
      } else if (id == 5 && type == PageHeader::data_v2) {
        out.definition_bytes = count(in);
      } else if (id == 6 && type == PageHeader::data_v2) {
        out.repetition_bytes = count(in);
      } else if (id == 7 && type == PageHeader::data_v2) {
        out.is_packed = in.boolean();
      } else {
        return false;
      }
      return true;
    });
    return true;
  };
  in.fields([&](std::int64_t id) {
    switch (id) {
      case 1:
        out.type = in.integer();
        return true;
      case 2:
        out.unpacked = count(in);
        return true;
      case 3:
        out.bytes = count(in);
        return true;
      case 4:
        out.crc = static_cast<std::uint32_t>(in.integer());
        out.has_crc = true;
        return true;
      case 5:
        return data(PageHeader::data);
      case 7:
        return data(PageHeader::dictionary);
      case 8:
        return data(PageHeader::data_v2);
      default:
        return false;
    }
  });
  const bool is_read =
      out.type == PageHeader::data || out.type == PageHeader::dictionary || out.type == PageHeader::data_v2;
  if (is_read && !matches) throw Damaged("a page without the header of its type");
  out.header_bytes = in.at();
  return out;
}

}  // namespace pantograph::parquet
