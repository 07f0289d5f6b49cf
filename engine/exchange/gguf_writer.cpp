// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/gguf_writer.h"

#include <fstream>
#include <type_traits>

#include "base/error.h"
#include "base/files.h"

namespace pantograph::exchange {
namespace {

template <typename T>
void put(std::string& to, T value) {
  static_assert(std::is_arithmetic_v<T>);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put(std::string& to, const std::string& text) {
  put(to, static_cast<std::uint64_t>(text.size()));
  to += text;
}

template <typename T>
void put_list(std::string& to, GgufValueType type, const std::vector<T>& values) {
  put(to, static_cast<std::uint32_t>(type));
  put(to, static_cast<std::uint64_t>(values.size()));
  for (const T& value : values) put(to, value);
}

}  // namespace

void GgufWriter::key(const std::string& name, GgufValueType type) {
  put(pairs_, name);
  put(pairs_, static_cast<std::uint32_t>(type));
  ++count_;
}

void GgufWriter::add(const std::string& name, const std::string& value) {
  key(name, GgufValueType::text);
  put(pairs_, value);
}
void GgufWriter::add(const std::string& name, std::uint32_t value) {
  key(name, GgufValueType::u32);
  put(pairs_, value);
}
void GgufWriter::add(const std::string& name, float value) {
  key(name, GgufValueType::f32);
  put(pairs_, value);
}
void GgufWriter::add(const std::string& name, bool value) {
  key(name, GgufValueType::boolean);
  put(pairs_, static_cast<std::uint8_t>(value));
}
void GgufWriter::add(const std::string& name, const std::vector<std::string>& values) {
  key(name, GgufValueType::list);
  put_list(pairs_, GgufValueType::text, values);
}
void GgufWriter::add(const std::string& name, const std::vector<float>& values) {
  key(name, GgufValueType::list);
  put_list(pairs_, GgufValueType::f32, values);
}
void GgufWriter::add(const std::string& name, const std::vector<std::int32_t>& values) {
  key(name, GgufValueType::list);
  put_list(pairs_, GgufValueType::i32, values);
}

void GgufWriter::add_tensor(const std::string& name, const std::vector<std::uint64_t>& dims, const float* values,
                            NumberType type) {
  std::size_t count = 1;
  for (const std::uint64_t dim : dims) count *= dim;
  tensors_.push_back({name, dims, type, encode(values, count, type)});
}

void GgufWriter::write(const std::filesystem::path& file) const {
  std::string head = kGgufMagic;
  put(head, kGgufVersion);
  put(head, static_cast<std::uint64_t>(tensors_.size()));
  put(head, count_);
  head += pairs_;
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors_) {
    put(head, tensor.name);
    put(head, static_cast<std::uint32_t>(tensor.dims.size()));
    for (auto dim = tensor.dims.rbegin(); dim != tensor.dims.rend(); ++dim) put(head, *dim);
    put(head, gguf_type(tensor.type).tensor);
    put(head, offset);
    offset += aligned(tensor.data.size());
  }
  head.resize(aligned(head.size()), '\0');
  replace_atomically(file, [&](const std::filesystem::path& part) {
    std::ofstream out(part, std::ios::binary);
    out.write(head.data(), static_cast<std::streamsize>(head.size()));
    for (const Tensor& tensor : tensors_) {
      out.write(reinterpret_cast<const char*>(tensor.data.data()), static_cast<std::streamsize>(tensor.data.size()));
      const std::string filling(aligned(tensor.data.size()) - tensor.data.size(), '\0');
      out.write(filling.data(), static_cast<std::streamsize>(filling.size()));
    }
    out.close();
    if (!out) throw Error(ErrorKind::run, {"the file cannot be written", file.string(), "", "Is the disk full?"});
  });
}

}  // namespace pantograph::exchange
