// SPDX-License-Identifier: GPL-3.0-or-later
// Corpora from texts that a test makes, and plain references for what is found in them.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "corpus/document.h"
#include "corpus/import.h"
#include "overlap/overlap.h"

namespace overlap_test {

using Words = std::vector<std::string>;

/// Words of ASCII text, written down once more.
inline Words plain_words(const std::string& text) {
  Words words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

inline std::vector<Words> plain_grams(const Words& words, std::size_t length) {
  std::vector<Words> grams;
  for (std::size_t i = 0; i + length <= words.size(); ++i)
    grams.emplace_back(words.begin() + static_cast<std::ptrdiff_t>(i),
                       words.begin() + static_cast<std::ptrdiff_t>(i + length));
  return grams;
}

/// Jaccard similarity of the sets of word 5-grams.
inline double plain_jaccard(const std::string& a, const std::string& b) {
  const auto set_of = [](const std::string& text) {
    const auto grams = plain_grams(plain_words(text), 5);
    return std::set<Words>(grams.begin(), grams.end());
  };
  const std::set<Words> left = set_of(a), right = set_of(b);
  std::size_t common = 0;
  for (const Words& gram : left) common += right.count(gram);
  return static_cast<double>(common) / static_cast<double>(left.size() + right.size() - common);
}

inline std::string random_word(pantograph::Random& random) {
  std::string word;
  for (int i = 0; i < 6; ++i) word += static_cast<char>('a' + random.below(26));
  return word;
}

inline std::string random_text(pantograph::Random& random, std::size_t words) {
  std::string text;
  for (std::size_t i = 0; i < words; ++i) text += (i > 0 ? " " : "") + random_word(random);
  return text;
}

/// The text with so many of its words replaced, evenly over it: each one changes five shingles.
inline std::string changed_text(pantograph::Random& random, const std::string& text, std::size_t changes) {
  Words words = plain_words(text);
  for (std::size_t i = 0; i < changes; ++i) words[(2 * i + 1) * words.size() / (2 * changes)] = random_word(random);
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

struct CorpusTexts {
  std::string name;
  bool generic = false;
  std::vector<std::string> train, validation, test;
  std::string near_duplicates = "report";
};

/// Imports them below `folder`; the documents keep their order.
inline std::vector<pantograph::overlap::OverlapInput> import_all(const std::filesystem::path& folder,
                                                                 const std::vector<CorpusTexts>& corpora) {
  using namespace pantograph;
  corpus::register_built_in_readers();
  std::vector<overlap::OverlapInput> inputs;
  for (const CorpusTexts& texts : corpora) {
    const auto write = [&](const std::string& split, const std::vector<std::string>& documents) {
      const std::string name = texts.name + "." + split + ".jsonl";
      std::ofstream out(folder / name);
      for (const std::string& text : documents) out << nlohmann::json({{"text", text}}).dump() << '\n';
      return std::vector<std::string>(documents.empty() ? 0 : 1, name);
    };
    project::CorpusSpec spec;
    spec.name = texts.name;
    spec.reader = "jsonl";
    spec.train = write("train", texts.train);
    spec.validation = write("validation", texts.validation);
    spec.test = write("test", texts.test);
    const std::filesystem::path documents = folder / ("import-" + texts.name);
    corpus::import_corpus(spec, folder, 7, documents, {});
    inputs.push_back({texts.name, texts.generic, texts.near_duplicates, documents});
  }
  return inputs;
}

}  // namespace overlap_test
