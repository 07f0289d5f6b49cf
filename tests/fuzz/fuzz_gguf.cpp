// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF files, as other programs write them: as files, and as models that are brought in.
#include "exchange/gguf_reader.h"
#include "exchange/importer.h"
#include "fuzz/imported.h"
#include "fuzz/input.h"
#include "fuzz/sentencepiece_memory.h"

namespace exchange = pantograph::exchange;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = fuzz::scratch() / "model.gguf";
  fuzz::put(path, {reinterpret_cast<const char*>(data), size});
  fuzz::only_errors([&] {
    const exchange::GgufFile file(path);
    for (const auto& named : file.tensors()) {
      const auto& tensor = named.second;
      if (tensor.begin > size || tensor.bytes > size - tensor.begin) fuzz::broken_promise("a tensor outside its file");
      if (file.read_floats(named.first).size() != tensor.count) fuzz::broken_promise("another number of numbers");
    }
  });
  fuzz::only_errors([&] { fuzz::use(exchange::importer_for(path).read(path, {})); });
  return 0;
}
