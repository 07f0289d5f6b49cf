// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/terms.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "cluster/words.h"

namespace pantograph::cluster {
namespace {

bool worth_showing(std::string_view word) {
  if (word.size() < 3 || word.size() >= kLongestWord) return false;  // a longest word may end within a character
  return std::any_of(word.begin(), word.end(), [](char c) { return c < '0' || c > '9'; });
}

}  // namespace

std::vector<std::vector<std::string>> top_terms(const std::vector<std::string>& texts,
                                                const std::vector<std::uint32_t>& labels, int clusters, int count) {
  std::unordered_map<std::string, std::uint32_t> ids;
  std::vector<const std::string*> names;
  std::vector<std::uint64_t> everywhere;                                         // windows that hold each word
  std::vector<std::unordered_map<std::uint32_t, std::uint64_t>> here(clusters);  // the same within each cluster
  std::vector<std::uint64_t> windows(clusters, 0);
  std::vector<std::uint32_t> words;
  WordSplitter splitter;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    words.clear();
    splitter.for_each(texts[i], [&](std::string_view word) {
      if (!worth_showing(word)) return;
      const auto [found, fresh] = ids.try_emplace(std::string(word), static_cast<std::uint32_t>(names.size()));
      if (fresh) {
        names.push_back(&found->first);
        everywhere.push_back(0);
      }
      words.push_back(found->second);
    });
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    ++windows[labels[i]];
    for (const auto word : words) {
      ++everywhere[word];
      ++here[labels[i]][word];
    }
  }
  std::vector<std::vector<std::string>> out(clusters);
  for (int c = 0; c < clusters; ++c) {
    std::vector<std::pair<double, const std::string*>> scored;
    for (const auto& [word, n] : here[c]) {
      if (n < 2) continue;
      const double p = static_cast<double>(n) / static_cast<double>(windows[c]);
      const double all = static_cast<double>(everywhere[word]) / static_cast<double>(texts.size());
      if (p > all) scored.emplace_back(p * std::log(p / all), names[word]);
    }
    std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : *a.second < *b.second;
    });
    scored.resize(std::min<std::size_t>(scored.size(), static_cast<std::size_t>(count)));
    for (const auto& [score, name] : scored) out[c].push_back(*name);
  }
  return out;
}

}  // namespace pantograph::cluster
