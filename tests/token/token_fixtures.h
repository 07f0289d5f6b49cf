// SPDX-License-Identifier: GPL-3.0-or-later
// Small document and token stores for the tests of this room and of those that stand on it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/hdf5.h"
#include "token/token_store.h"

namespace pantograph::fixtures {

/// documents.h5 with the texts given for each split.
inline std::filesystem::path write_documents(const std::filesystem::path& folder,
                                             const std::vector<std::vector<std::string>>& splits) {
  std::filesystem::create_directories(folder);
  auto file = store::Hdf5File::create(folder / "documents.h5");
  for (int s = 0; s < corpus::kSplits; ++s) {
    const std::string name = corpus::to_string(static_cast<corpus::Split>(s));
    file.create_growing("text/" + name, store::DataType::u8);
    file.create_growing("ends/" + name, store::DataType::u64);
    std::uint64_t end = 0;
    if (static_cast<std::size_t>(s) >= splits.size()) continue;
    for (const auto& text : splits[s]) {
      end += text.size();
      if (!text.empty()) file.append("text/" + name, store::DataType::u8, text.data(), text.size());
      file.append("ends/" + name, store::DataType::u64, &end, 1);
    }
  }
  file.close();
  return folder;
}

/// A token store whose train split has documents of the given lengths; token i of the split is i % modulus.
inline std::shared_ptr<const token::TokenStore> write_tokens(const std::filesystem::path& folder,
                                                             const std::vector<std::uint64_t>& lengths,
                                                             std::uint32_t modulus = 65536, bool wide = false) {
  std::filesystem::create_directories(folder);
  auto file = store::Hdf5File::create(folder / "tokens.h5");
  for (int s = 0; s < corpus::kSplits; ++s) {
    const std::string name = corpus::to_string(static_cast<corpus::Split>(s));
    std::vector<std::uint64_t> ends;
    std::uint64_t end = 0;
    if (s == 0) {
      for (const std::uint64_t length : lengths) ends.push_back(end += length);
    }
    std::vector<std::uint16_t> narrow;
    std::vector<std::uint32_t> values;
    for (std::uint64_t i = 0; i < end; ++i) {
      narrow.push_back(static_cast<std::uint16_t>(i % modulus));
      values.push_back(static_cast<std::uint32_t>(i % modulus));
    }
    if (wide) {
      file.write("tokens/" + name, {store::DataType::u32, {end}}, values.data());
    } else {
      file.write("tokens/" + name, {store::DataType::u16, {end}}, narrow.data());
    }
    file.write("ends/" + name, {store::DataType::u64, {ends.size()}}, ends.data());
  }
  file.write_attribute("/", "vocabulary", std::to_string(modulus));
  file.close();
  return std::make_shared<token::TokenStore>(folder);
}

/// Sentences of made-up words, drawn from a vocabulary of `words` words with a bias to the first.
inline std::string babble(Random& random, std::size_t sentences, int words = 400) {
  static const char* syllables[] = {"ta", "ri", "mo", "sen", "ku", "lar", "pe", "do", "vin", "ash", "el", "or"};
  std::string text;
  for (std::size_t s = 0; s < sentences; ++s) {
    const std::size_t count = 5 + random.below(8);
    for (std::size_t w = 0; w < count; ++w) {
      const double u = random.uniform();
      auto index = static_cast<std::uint64_t>(u * u * words);
      std::string word;
      for (int k = 0; k < 3; ++k, index /= 12) word += syllables[index % 12];
      if (w == 0) word[0] = static_cast<char>(word[0] - 'a' + 'A');
      text += word + (w + 1 == count ? ".\n" : " ");
    }
  }
  return text;
}

}  // namespace pantograph::fixtures
