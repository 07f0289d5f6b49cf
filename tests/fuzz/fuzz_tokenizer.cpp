// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizer models: of the program's own, and files that users name.
#include <algorithm>

#include "fuzz/input.h"
#include "fuzz/sentencepiece_memory.h"
#include "token/tokenizer.h"

namespace token = pantograph::token;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = fuzz::scratch() / token::kTokenizerFile;
  fuzz::put(path, {reinterpret_cast<const char*>(data), size});
  fuzz::only_errors([&] {
    const token::Tokenizer tokenizer(path, token::Tokenizer::Origin::given);
    const auto ids = tokenizer.encode("The hat, na\xC3\xAFve \xE2\x82\xAC 12\n\xF0\x9F\x8E\xA9.");
    const int vocabulary = tokenizer.vocabulary();
    if (std::any_of(ids.begin(), ids.end(), [&](int id) { return id < 0 || id >= vocabulary; }))
      fuzz::broken_promise("a token outside the vocabulary");
    tokenizer.decode(ids.data(), ids.size());
  });
  return 0;
}
