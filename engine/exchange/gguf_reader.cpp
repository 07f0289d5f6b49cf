// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/gguf_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/text.h"

namespace pantograph::exchange {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 28;  // bytes; a vocabulary of 256,000 takes 10 MB
constexpr std::uint64_t kLargestAlignment = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostNumbers = std::uint64_t{1} << 48;
constexpr std::uint64_t kLeastTensor = 24;  // bytes that the description of one takes
constexpr std::uint64_t kLeastPair = 13;    // and a key with its value
constexpr std::size_t kShown = 60;          // bytes of a name, in messages
constexpr const char* kAlignmentKey = "general.alignment";

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected,
                         const char* remedy = "Download or convert the file again.") {
  throw Error(ErrorKind::input, {found, where, expected, remedy});
}

std::string shown(const std::string& name) {
  return printable(name.size() > kShown ? name.substr(0, kShown) + "…" : name);
}

/// 0: not of a fixed size, or no type of the format.
std::uint64_t size_of(GgufValueType type) {
  switch (type) {
    case GgufValueType::u8:
    case GgufValueType::i8:
    case GgufValueType::boolean:
      return 1;
    case GgufValueType::u16:
    case GgufValueType::i16:
      return 2;
    case GgufValueType::u32:
    case GgufValueType::i32:
    case GgufValueType::f32:
      return 4;
    case GgufValueType::u64:
    case GgufValueType::i64:
    case GgufValueType::f64:
      return 8;
    case GgufValueType::text:
    case GgufValueType::list:
      break;
  }
  return 0;
}

template <typename T>
T get(std::string_view bytes, std::size_t at = 0) {
  T out{};
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

}  // namespace

/// The header, front to back.
class GgufFile::Cursor {
 public:
  explicit Cursor(const std::filesystem::path& path) : where_(path.string()), in_(path, std::ios::binary) {
    std::error_code code;
    size_ = std::filesystem::file_size(path, code);
    if (code || !in_) {
      refuse(where_, fmt::format("cannot be opened: {}", code ? code.message() : std::strerror(errno)),
             "a file in the GGUF format", "");
    }
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return size_ - at_; }

  /// The next bytes: as many as there are, and a header has at most.
  std::string bytes(std::uint64_t count) {
    if (count > left())
      refuse(where_, fmt::format("{} bytes from byte {} on", count, at_), fmt::format("the {} that follow", left()));
    if (count > kLongestHeader - std::min(at_, kLongestHeader))
      refuse(where_, "a header that does not end", fmt::format("one of at most {} bytes", kLongestHeader));
    std::string out(count, '\0');
    if (!in_.read(out.data(), static_cast<std::streamsize>(count)))
      refuse(where_, fmt::format("no more than {} bytes that can be read", at_), fmt::format("{}", size_));
    at_ += count;
    return out;
  }
  template <typename T>
  T number() {
    return get<T>(bytes(sizeof(T)));
  }
  /// A count of things that take at least so many bytes each.
  std::uint64_t count(std::uint64_t least, const std::string& what) {
    const auto out = number<std::uint64_t>();
    if (out > left() / least)
      refuse(where_, fmt::format("{} {}", out, what), fmt::format("no more than fit into {} bytes", left()));
    return out;
  }
  std::string text() { return bytes(number<std::uint64_t>()); }

 private:
  std::string where_;
  std::ifstream in_;
  std::uint64_t size_ = 0, at_ = 0;
};

GgufFile::GgufFile(const std::filesystem::path& path) : path_(path) {
  const std::string where = path.string();
  Cursor in(path);
  if (in.size() < 4 || in.bytes(4) != kGgufMagic) refuse(where, "not a GGUF file", "\"GGUF\" at its beginning", "");
  const auto version = in.number<std::uint32_t>();
  if (version != 2 && version != kGgufVersion)
    refuse(where, fmt::format("version {}", version), "version 2 or 3, little endian", "Convert the file again.");
  const std::uint64_t tensors = in.count(kLeastTensor, "tensors"), pairs = in.count(kLeastPair, "keys");
  for (std::uint64_t i = 0; i < pairs; ++i) {
    std::string key = in.text();
    Value value = read_value(in, key);
    if (!values_.emplace(key, std::move(value)).second) refuse(where, shown(key) + " twice", "unique keys");
  }
  for (std::uint64_t i = 0; i < tensors; ++i) read_tensor(in);
  place_tensors(in.at(), in.size());
}

GgufFile::Value GgufFile::read_value(Cursor& in, const std::string& key) {
  const std::string where = path_.string() + ": " + shown(key);
  Value value;
  value.type = value.element = GgufValueType{in.number<std::uint32_t>()};
  if (value.type == GgufValueType::list) value.element = GgufValueType{in.number<std::uint32_t>()};
  const std::uint64_t size = size_of(value.element);
  const bool text = value.element == GgufValueType::text;
  if (size == 0 && !text) {
    refuse(where, fmt::format("a value of type {}", static_cast<std::uint32_t>(value.element)),
           "a number, a text, true or false, or a list of them");
  }
  if (value.type == GgufValueType::list) value.count = in.count(text ? sizeof(std::uint64_t) : size, "elements");
  if (!text) {
    value.bytes = in.bytes(value.count * size);
    return value;
  }
  for (std::uint64_t i = 0; i < value.count; ++i) {
    const std::string length = in.bytes(sizeof(std::uint64_t));
    value.bytes += length;
    value.bytes += in.bytes(get<std::uint64_t>(length));
  }
  return value;
}

void GgufFile::read_tensor(Cursor& in) {
  const std::string name = in.text();
  const std::string where = path_.string() + ": tensor " + shown(name);
  GgufTensor tensor;
  const auto dimensions = in.number<std::uint32_t>();
  if (dimensions < 1 || dimensions > kMostDimensions)
    refuse(where, fmt::format("{} dimensions", dimensions), fmt::format("1 to {}", kMostDimensions));
  tensor.count = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto size = in.number<std::uint64_t>();
    if (size == 0 || size > kMostNumbers / tensor.count)
      refuse(where, fmt::format("a dimension of {}", size),
             "at least 1, and a product that is no larger than the file");
    tensor.count *= size;
    tensor.dims.insert(tensor.dims.begin(), size);
  }
  const auto type = in.number<std::uint32_t>();
  const auto known = std::find_if(std::begin(kNumberTypes), std::end(kNumberTypes),
                                  [&](NumberType one) { return gguf_type(one).tensor == type; });
  if (known == std::end(kNumberTypes)) {
    refuse(where, fmt::format("numbers of the format's type {}", type), "F32, F16, BF16 or Q8_0",
           "Take a file with one of these; of the same model there are several.");
  }
  tensor.type = *known;
  if (tensor.type == NumberType::q8_0 && tensor.dims.back() % kBlock != 0)
    refuse(where, fmt::format("Q8_0 in rows of {}", tensor.dims.back()), fmt::format("a multiple of {}", kBlock));
  tensor.bytes = encoded_size(tensor.count, tensor.type);
  tensor.begin = in.number<std::uint64_t>();  // within the data, until that is known
  if (!tensors_.emplace(name, std::move(tensor)).second) refuse(where, "it twice", "unique names");
}

void GgufFile::place_tensors(std::uint64_t header, std::uint64_t size) {
  const std::uint64_t alignment = count(kAlignmentKey, kGgufAlignment);
  if (!std::has_single_bit(alignment) || alignment > kLargestAlignment) {
    refuse(path_.string() + ": " + kAlignmentKey, std::to_string(alignment),
           fmt::format("a power of two, at most {}", kLargestAlignment));
  }
  const std::uint64_t begin = aligned(header, alignment), data = size - std::min(begin, size);
  std::vector<std::pair<const std::string*, GgufTensor*>> order;
  for (auto& [name, tensor] : tensors_) {
    if (tensor.begin % alignment != 0 || tensor.begin > data || tensor.bytes > data - tensor.begin) {
      refuse(path_.string() + ": tensor " + shown(name),
             fmt::format("{} bytes of data from byte {} on", tensor.bytes, tensor.begin),
             fmt::format("within the {} bytes of data, from a multiple of {} on", data, alignment));
    }
    order.emplace_back(&name, &tensor);
  }
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second->begin < b.second->begin; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const auto& [before, first] = order[i - 1];
    if (first->begin + first->bytes > order[i].second->begin) {
      refuse(path_.string() + ": tensor " + shown(*order[i].first),
             fmt::format("data from byte {} on, in that of tensor {}", order[i].second->begin, shown(*before)),
             "tensors that do not overlap");
    }
  }
  for (auto& [name, tensor] : tensors_) tensor.begin += begin;
}

const GgufFile::Value* GgufFile::find(const std::string& key, bool needed) const {
  const auto found = values_.find(key);
  if (found != values_.end()) return &found->second;
  if (needed) refuse(path_.string(), "no key " + key, "it among the file's keys");
  return nullptr;
}

std::string GgufFile::text(const std::string& key, const std::optional<std::string>& otherwise) const {
  const Value* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (value->type != GgufValueType::text) refuse(path_.string() + ": " + key, "no text", "a text");
  return value->bytes.substr(sizeof(std::uint64_t));
}

std::uint64_t GgufFile::count(const std::string& key, std::optional<std::uint64_t> otherwise) const {
  const Value* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  std::int64_t whole = -1;
  switch (value->type) {
    case GgufValueType::u8:
      return get<std::uint8_t>(value->bytes);
    case GgufValueType::u16:
      return get<std::uint16_t>(value->bytes);
    case GgufValueType::u32:
      return get<std::uint32_t>(value->bytes);
    case GgufValueType::u64:
      return get<std::uint64_t>(value->bytes);
    case GgufValueType::i8:
      whole = get<std::int8_t>(value->bytes);
      break;
    case GgufValueType::i16:
      whole = get<std::int16_t>(value->bytes);
      break;
    case GgufValueType::i32:
      whole = get<std::int32_t>(value->bytes);
      break;
    case GgufValueType::i64:
      whole = get<std::int64_t>(value->bytes);
      break;
    default:
      break;
  }
  if (whole < 0) refuse(path_.string() + ": " + key, "no count", "a whole number from 0 on");
  return static_cast<std::uint64_t>(whole);
}

double GgufFile::number(const std::string& key, std::optional<double> otherwise) const {
  const Value* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (value->type == GgufValueType::f32) return get<float>(value->bytes);
  if (value->type == GgufValueType::f64) return get<double>(value->bytes);
  refuse(path_.string() + ": " + key, "no number of type f32 or f64", "one");
}

bool GgufFile::flag(const std::string& key, std::optional<bool> otherwise) const {
  const Value* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (value->type != GgufValueType::boolean)
    refuse(path_.string() + ": " + key, "neither true nor false", "one of them");
  return value->bytes.front() != 0;
}

const GgufFile::Value& GgufFile::list(const std::string& key, GgufValueType element) const {
  const Value& value = *find(key, true);
  if (value.type == GgufValueType::list && value.element == element) return value;
  refuse(
      path_.string() + ": " + key,
      fmt::format("type {} of {}", static_cast<std::uint32_t>(value.type), static_cast<std::uint32_t>(value.element)),
      fmt::format("a list of type {}", static_cast<std::uint32_t>(element)));
}

std::vector<std::string> GgufFile::texts(const std::string& key) const {
  const Value& value = list(key, GgufValueType::text);
  std::vector<std::string> out;
  out.reserve(value.count);
  for (std::size_t at = 0; out.size() < value.count;) {
    const auto size = get<std::uint64_t>(value.bytes, at);
    out.push_back(value.bytes.substr(at + sizeof size, size));
    at += sizeof size + size;
  }
  return out;
}

namespace {

template <typename T>
std::vector<T> numbers(const std::string& bytes, std::uint64_t count) {
  std::vector<T> out(count);
  if (count > 0) std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

}  // namespace

std::vector<float> GgufFile::floats(const std::string& key) const {
  const Value& value = list(key, GgufValueType::f32);
  return numbers<float>(value.bytes, value.count);
}

std::vector<std::int32_t> GgufFile::integers(const std::string& key) const {
  const Value& value = list(key, GgufValueType::i32);
  return numbers<std::int32_t>(value.bytes, value.count);
}

std::vector<float> GgufFile::read_floats(const std::string& name) const {
  const std::string where = path_.string() + ": tensor " + shown(name);
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) refuse(where, "no such tensor", "it in the file");
  const GgufTensor& tensor = found->second;
  std::ifstream in(path_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(tensor.begin));
  std::vector<float> out(tensor.count);
  std::vector<std::byte> bytes(tensor.type == NumberType::f32 ? 0 : tensor.bytes);
  char* const to = bytes.empty() ? reinterpret_cast<char*>(out.data()) : reinterpret_cast<char*>(bytes.data());
  if (!in.read(to, static_cast<std::streamsize>(tensor.bytes)))
    refuse(where, "data that can no longer be read", "the file as it was when it was opened", "");
  if (!bytes.empty()) decode(bytes.data(), out.size(), tensor.type, out.data());
  return out;
}

}  // namespace pantograph::exchange
