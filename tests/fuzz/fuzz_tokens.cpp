// SPDX-License-Identifier: GPL-3.0-or-later
// tokens.h5 with tokens outside the vocabulary, ends that do not fit, other types and shapes.
#include <vector>

#include "fuzz/hdf5_input.h"
#include "token/token_store.h"

namespace corpus = pantograph::corpus;
namespace token = pantograph::token;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint32_t length = input.number();
  fuzz::put_hdf5(input, fuzz::scratch() / token::kTokensFile,
                 {"tokens/train", "ends/train", "tokens/validation", "ends/validation", "tokens/test", "ends/test"},
                 {"vocabulary", "begin", "end"});
  fuzz::only_errors([&] {
    const token::TokenStore store(fuzz::scratch());
    for (int i = 0; i < corpus::kSplits; ++i) {
      const auto split = static_cast<corpus::Split>(i);
      std::vector<std::int32_t> tokens(store.tokens(split));
      store.copy(split, 0, tokens.size(), tokens.data());
      for (const auto& window : store.windows(split, length)) {
        if (window.length == 0 || window.length > length || window.begin + window.length > tokens.size())
          fuzz::broken_promise("a window outside its tokens");
      }
      (void)store.documents(split);
    }
  });
  return 0;
}
