// SPDX-License-Identifier: GPL-3.0-or-later
// documents.h5 with texts and ends that do not fit each other.
#include "corpus/import.h"
#include "fuzz/hdf5_input.h"

namespace corpus = pantograph::corpus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  fuzz::put_hdf5(input, fuzz::scratch() / corpus::kDocumentsFile,
                 {"text/train", "ends/train", "text/validation", "ends/validation", "text/test", "ends/test"}, {});
  fuzz::only_errors([&] {
    const corpus::DocumentStore store(fuzz::scratch());
    for (int i = 0; i < corpus::kSplits; ++i) {
      const auto split = static_cast<corpus::Split>(i);
      const auto count = store.documents(split);
      std::uint64_t bytes = 0;
      for (const auto& text : store.texts(split, 0, count)) bytes += text.size();
      for (std::uint64_t d = 0; d < count; ++d) bytes -= store.text(split, d).size();
      if (bytes != 0) fuzz::broken_promise("the same documents twice are not the same");
    }
  });
  return 0;
}
