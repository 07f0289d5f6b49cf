// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace pantograph::store {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLongestHeader = 100'000'000;  // bytes; the limit of the format's own reader
constexpr const char* kRemedy = "Download or export the file again.";

std::uint64_t size_of_dtype(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"I64", 8},     {"U64", 8}, {"F64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::input, {found, where, expected, kRemedy});
}

/// JSON whose keys are unique in every object: a repeated one would silently hide a tensor.
json parse_header(const std::string& text, const std::string& where) {
  std::vector<std::set<std::string>> keys;
  std::string repeated;
  const json::parser_callback_t watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      repeated = value.get<std::string>();
    return true;
  };
  json header;
  try {
    header = json::parse(text, watch);
  } catch (const json::exception& error) {
    refuse(where, std::string("broken header: ") + error.what(), "one JSON object");
  }
  if (!header.is_object()) refuse(where, std::string("a header that is ") + header.type_name(), "one JSON object");
  if (!repeated.empty()) refuse(where, "\"" + repeated + "\" twice in the header", "unique names");
  return header;
}

std::vector<std::uint64_t> counts(const json& value, const std::string& key, const std::string& where) {
  if (!value.is_object() || !value.contains(key)) refuse(where, "no \"" + key + "\"", "dtype, shape and data_offsets");
  const json& list = value.at(key);
  const bool fits = list.is_array() && std::all_of(list.begin(), list.end(),
                                                   [](const json& number) { return number.is_number_unsigned(); });
  if (!fits) refuse(where, key + " = " + list.dump(-1, ' ', false, json::error_handler_t::replace), "a list of counts");
  return list.get<std::vector<std::uint64_t>>();
}

/// Bytes of a tensor, or nothing when they do not fit into 64 bits.
bool bytes_of(const std::vector<std::uint64_t>& dims, std::uint64_t size, std::uint64_t& bytes) {
  bytes = size;
  if (std::find(dims.begin(), dims.end(), 0u) != dims.end()) {
    bytes = 0;
    return true;
  }
  for (const std::uint64_t dim : dims) {
    if (bytes > std::numeric_limits<std::uint64_t>::max() / dim) return false;
    bytes *= dim;
  }
  return true;
}

/// `data`: bytes behind the header.
SafetensorsEntry parse_entry(const json& value, std::uint64_t data, const std::string& where) {
  SafetensorsEntry entry;
  entry.dims = counts(value, "shape", where);
  const auto offsets = counts(value, "data_offsets", where);
  const auto type = value.find("dtype");
  if (type == value.end() || !type->is_string()) refuse(where, "no \"dtype\"", "dtype, shape and data_offsets");
  entry.dtype = type->get<std::string>();
  const std::uint64_t size = size_of_dtype(entry.dtype);
  if (size == 0) refuse(where, "dtype \"" + entry.dtype + "\"", "a dtype of the format, such as F32, F16 or BF16");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data) {
    refuse(where, "data_offsets " + dims_text(offsets),
           "begin and end within the file's " + std::to_string(data) + " bytes of data");
  }
  if (!bytes_of(entry.dims, size, entry.bytes))
    refuse(where, "shape " + dims_text(entry.dims), "a size below 2^64 bytes");
  if (entry.bytes != offsets[1] - offsets[0]) {
    refuse(where, std::to_string(offsets[1] - offsets[0]) + " bytes",
           std::to_string(entry.bytes) + " bytes for " + entry.dtype + " " + dims_text(entry.dims));
  }
  entry.begin = offsets[0];
  return entry;
}

/// Every byte belongs to exactly one tensor.
void check_places(const std::map<std::string, SafetensorsEntry>& entries, std::uint64_t data, const std::string& path) {
  std::vector<std::pair<std::string, const SafetensorsEntry*>> order;
  for (const auto& [name, entry] : entries) order.emplace_back(name, &entry);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->begin, a.second->bytes) < std::pair(b.second->begin, b.second->bytes);
  });
  std::uint64_t end = 0;
  std::string before = "the start";
  for (const auto& [name, entry] : order) {
    if (entry->begin != end) {
      refuse(path + ": tensor " + name, "data from byte " + std::to_string(entry->begin),
             "from byte " + std::to_string(end) + ", where " + before + " ends" +
                 (entry->begin < end ? " (they overlap)" : " (a hole)"));
    }
    end += entry->bytes;
    before = "tensor " + name;
  }
  if (end != data) {
    refuse(path, std::to_string(data - end) + " bytes behind the last tensor",
           "a file that ends with the last tensor's data");
  }
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu, mantissa = half & 0x3FFu;
  if (exponent == 0) {  // zero and subnormal numbers: mantissa · 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t bits = exponent == 31 ? 0x7F800000u | mantissa << 13 : (exponent + 112) << 23 | mantissa << 13;
  return std::bit_cast<float>(sign | bits);
}

}  // namespace

std::string dims_text(const std::vector<std::uint64_t>& dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

std::uint64_t SafetensorsEntry::count() const {
  return bytes / size_of_dtype(dtype);
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  const std::string where = path.string();
  std::error_code code;
  const std::uint64_t size = std::filesystem::file_size(path, code);
  std::ifstream in(path, std::ios::binary);
  if (code || !in) {
    throw Error(ErrorKind::input, {"cannot be opened: " + (code ? code.message() : std::string(std::strerror(errno))),
                                   where, "a file in the safetensors format", ""});
  }
  unsigned char prefix[8] = {};
  if (size < 8 || !in.read(reinterpret_cast<char*>(prefix), 8))
    refuse(where, std::to_string(size) + " bytes", "8 bytes for the header's length, then the header");
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | prefix[i];
  if (length > size - 8 || length > kLongestHeader) {
    refuse(where, "a header of " + std::to_string(length) + " bytes",
           "at most the " + std::to_string(std::min(size - 8, kLongestHeader)) + " bytes that follow");
  }
  std::string text(length, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(length)))
    refuse(where, "a header cut off", "the whole header");
  const json header = parse_header(text, where);
  const std::uint64_t data = size - 8 - length;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      const bool texts = value.is_object() &&
                         std::all_of(value.begin(), value.end(), [](const json& entry) { return entry.is_string(); });
      if (!texts) refuse(where + ": __metadata__", value.type_name(), "an object of strings");
      metadata_ = value.get<std::map<std::string, std::string>>();
    } else {
      entries_[name] = parse_entry(value, data, where + ": tensor " + name);
    }
  }
  check_places(entries_, data, where);
  for (auto& [name, entry] : entries_) entry.begin += 8 + length;
}

const SafetensorsEntry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw Error(ErrorKind::input, {"no tensor " + name, path_.string(),
                                   "it among the " + std::to_string(entries_.size()) + " tensors of the file",
                                   "Choose a file of the right sort of model."});
  }
  return found->second;
}

std::vector<float> SafetensorsFile::read_floats(const std::string& name, const std::vector<std::uint64_t>& dims) const {
  const SafetensorsEntry& found = entry(name);
  const std::string where = path_.string() + ": tensor " + name;
  if (found.dims != dims) refuse(where, "shape " + dims_text(found.dims), dims_text(dims));
  if (found.dtype != "F32" && found.dtype != "F16" && found.dtype != "BF16")
    refuse(where, "dtype " + found.dtype, "F32, F16 or BF16");
  std::ifstream in(path_, std::ios::binary);
  std::vector<float> out(found.count());
  std::vector<std::uint16_t> halves(found.dtype == "F32" ? 0 : out.size());
  char* const target = halves.empty() ? reinterpret_cast<char*>(out.data()) : reinterpret_cast<char*>(halves.data());
  in.seekg(static_cast<std::streamoff>(found.begin));
  if (!in.read(target, static_cast<std::streamsize>(found.bytes)))
    refuse(where, "data that can no longer be read", "the file as it was when it was opened");
  static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");
  for (std::size_t i = 0; i < halves.size(); ++i) {
    out[i] = found.dtype == "F16" ? half_to_float(halves[i])
                                  : std::bit_cast<float>(static_cast<std::uint32_t>(halves[i]) << 16);
  }
  return out;
}

}  // namespace pantograph::store
