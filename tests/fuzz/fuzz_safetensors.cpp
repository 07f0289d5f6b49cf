// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the safetensors format, as other programs write them.
#include "fuzz/input.h"
#include "store/safetensors.h"

namespace store = pantograph::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = fuzz::scratch() / "model.safetensors";
  fuzz::put(path, {reinterpret_cast<const char*>(data), size});
  fuzz::only_errors([&] {
    const store::SafetensorsFile file(path);
    for (const auto& named : file.entries()) {  // clang 14 does not let a lambda have a part of a structured binding
      const auto& entry = named.second;
      if (entry.begin > size || entry.bytes > size - entry.begin) fuzz::broken_promise("a tensor outside its file");
      fuzz::only_errors([&] {
        if (file.read_floats(named.first, entry.dims).size() != entry.count())
          fuzz::broken_promise("another number of numbers");
      });
    }
  });
  return 0;
}
