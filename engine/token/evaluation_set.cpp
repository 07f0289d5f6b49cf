// SPDX-License-Identifier: GPL-3.0-or-later
// Rows for evaluation, where every token is predicted once.
#include <algorithm>

#include "base/error.h"
#include "token/sampler.h"

namespace pantograph::token {
namespace {

/// The windows of one cluster as one long text.
struct Text {
  std::vector<std::size_t> entries;
  std::vector<std::uint64_t> ends;
  std::uint64_t size() const { return ends.empty() ? 0 : ends.back(); }

  /// Calls take(entry, tokens of its window to pass over, tokens) for the windows that a piece of the text lies in.
  template <typename Take>
  void walk(const WindowSet& set, std::uint64_t begin, std::uint64_t count, const Take& take) const {
    std::size_t i = std::upper_bound(ends.begin(), ends.end(), begin) - ends.begin();
    for (; count > 0; ++i) {
      const auto& entry = set.entries[entries[i]];
      const std::uint64_t n = std::min(count, ends[i] - begin);
      take(entry, begin - (ends[i] - entry.window.length), n);
      begin += n;
      count -= n;
    }
  }

  void copy(const WindowSet& set, std::uint64_t begin, std::uint64_t count, std::int32_t* out) const {
    walk(set, begin, count, [&](const WindowSet::Entry& entry, std::uint64_t offset, std::uint64_t n) {
      set.stores.at(entry.store)->copy(set.split, entry.window.begin + offset, n, out);
      out += n;
    });
  }

  /// `before`: documents of the stores before each.
  void copy_documents(const WindowSet& set, const std::vector<std::uint64_t>& before, std::uint64_t begin,
                      std::uint64_t count, std::uint32_t* out) const {
    walk(set, begin, count, [&](const WindowSet::Entry& entry, std::uint64_t, std::uint64_t n) {
      const std::uint64_t document = set.stores.at(entry.store)->document_at(set.split, entry.window.begin);
      out = std::fill_n(out, n, static_cast<std::uint32_t>(before[entry.store] + document));
    });
  }
};

}  // namespace

EvaluationSet make_evaluation_set(const WindowSet& windows, int context, std::uint64_t max_tokens, std::string name) {
  if (context < 1)
    throw Error(ErrorKind::usage, {"context " + std::to_string(context), "evaluation set " + name, "1 or more", ""});
  EvaluationSet out;
  out.name = std::move(name);
  out.context = context;
  out.clusters = windows.clusters;

  std::vector<Text> texts(static_cast<std::size_t>(std::max(windows.clusters, 1)));
  for (std::size_t i = 0; i < windows.entries.size(); ++i) {
    const auto& entry = windows.entries[i];
    if (entry.window.length == 0) continue;
    auto& text = texts.at(entry.cluster);
    text.ends.push_back(text.size() + entry.window.length);
    text.entries.push_back(i);
  }
  // Rows overlap by one token, so that the first token of a row is the last target of the row before it.
  const auto length = static_cast<std::uint64_t>(context);
  std::vector<std::uint64_t> first_row;  // of each cluster
  std::uint64_t rows = 0;
  for (const auto& text : texts) {
    first_row.push_back(rows);
    if (text.size() > 1) rows += (text.size() - 2) / length + 1;
  }
  std::vector<std::uint64_t> documents = {0};  // of the stores before each
  for (const auto& store : windows.stores) documents.push_back(documents.back() + store->documents(windows.split));
  const std::uint64_t kept = max_tokens == 0 ? rows : std::min(rows, (max_tokens - 1) / length + 1);
  out.rows.assign(kept * (length + 1), -1);
  out.cluster.resize(kept);
  out.documents.resize(kept * length);
  for (std::uint64_t i = 0; i < kept; ++i) {
    const auto row = static_cast<std::uint64_t>(static_cast<unsigned __int128>(i) * rows / kept);
    const std::size_t c = std::upper_bound(first_row.begin(), first_row.end(), row) - first_row.begin() - 1;
    const std::uint64_t begin = (row - first_row[c]) * length;
    std::uint64_t targets = std::min(length, texts[c].size() - 1 - begin);
    if (max_tokens != 0) targets = std::min(targets, max_tokens - out.targets);
    if (targets == 0) {  // the budget ended with the row before
      out.cluster.resize(i);
      out.rows.resize(i * (length + 1));
      out.documents.resize(i * length);
      break;
    }
    texts[c].copy(windows, begin, targets + 1, out.rows.data() + i * (length + 1));
    texts[c].copy_documents(windows, documents, begin + 1, targets, out.documents.data() + i * length);
    out.cluster[i] = static_cast<std::uint16_t>(c);
    out.targets += targets;
  }
  return out;
}

}  // namespace pantograph::token
