// SPDX-License-Identifier: GPL-3.0-or-later
// What corpora have in common, in words.
#include <fmt/format.h>

#include "base/numbers.h"
#include "overlap/overlap.h"

namespace pantograph::overlap {
namespace {

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", format_grouped(count), what, count == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> leak_sentences(const std::string& domain, const Leaks& leaks) {
  std::vector<std::string> out;
  const auto say = [&](const Leaks::Side& side, const char* with) {
    if (side.above == 0) return;
    out.push_back(fmt::format("{}: {} of {} {} more than {} of {} {}-grams with {}", domain, format_grouped(side.above),
                              counted(leaks.documents, "test document"), side.above == 1 ? "shares" : "share",
                              format_percent(kLeakThreshold, 0), side.above == 1 ? "its" : "their", kLeakGram, with));
  };
  say(leaks.generic, "the generic train set");
  say(leaks.own, "its own train set");
  return out;
}

std::string near_copy_sentence(const NearCopies& copies) {
  if (copies.of_held_out + copies.of_train == 0) return {};
  std::string out;
  const auto say = [&](std::uint64_t count, const char* of) {
    if (count == 0) return;
    if (!out.empty()) {
      out += fmt::format(", {} of {}", format_grouped(count), of);
    } else {
      out = fmt::format("{} {} of {}", counted(count, "train document"),
                        count == 1 ? "is a near-copy" : "are near-copies", of);
    }
  };
  say(copies.of_held_out, "validation or test documents");
  say(copies.of_train, "earlier ones");
  return out + (copies.dropped ? " (left out of training)" : "");
}

std::string overlap_sentence(const Overlap& overlap) {
  std::string out;
  const auto say = [&out](const std::string& sentence) {
    if (!sentence.empty()) out += (out.empty() ? "" : "; ") + sentence;
  };
  for (const auto& [domain, leaks] : overlap.leaks) {
    for (const std::string& sentence : leak_sentences(domain, leaks)) say(sentence);
  }
  for (const auto& [corpus, copies] : overlap.near_copies) {
    const std::string sentence = near_copy_sentence(copies);
    if (!sentence.empty()) say(fmt::format("{}: {}", corpus, sentence));
  }
  if (!out.empty()) return out;
  return fmt::format("no test document shares more than {} of its {}-grams with a train set; no near-copies",
                     format_percent(kLeakThreshold, 0), kLeakGram);
}

}  // namespace pantograph::overlap
