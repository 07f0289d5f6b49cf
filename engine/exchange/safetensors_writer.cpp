// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/safetensors_writer.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace pantograph::exchange {

void SafetensorsWriter::add(const std::string& name, std::vector<std::uint64_t> dims, const float* values,
                            NumberType type) {
  std::size_t count = 1;
  for (const std::uint64_t dim : dims) count *= dim;
  const char* dtype = type == NumberType::f32 ? "F32" : type == NumberType::f16 ? "F16" : "BF16";
  tensors_.push_back({name, dtype, std::move(dims), encode(values, count, type)});
}

void SafetensorsWriter::write(const std::filesystem::path& file,
                              const std::map<std::string, std::string>& metadata) const {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  std::uint64_t end = 0;
  for (const Tensor& tensor : tensors_) {
    const std::uint64_t begin = end;
    end += tensor.data.size();
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.dims}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  replace_atomically(file, [&](const std::filesystem::path& part) {
    std::ofstream out(part, std::ios::binary);
    const std::uint64_t length = text.size();
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const Tensor& tensor : tensors_)
      out.write(reinterpret_cast<const char*>(tensor.data.data()), static_cast<std::streamsize>(tensor.data.size()));
    out.close();
    if (!out) throw Error(ErrorKind::run, {"the file cannot be written", file.string(), "", "Is the disk full?"});
  });
}

}  // namespace pantograph::exchange
