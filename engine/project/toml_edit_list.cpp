// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of lists, item by item: one that stays keeps its line and the comment beside it.
#include <algorithm>
#include <cstdint>
#include <map>

#include "project/setting_text.h"
#include "project/toml_edit.h"

namespace pantograph::project::detail {
namespace {

constexpr std::size_t kMostCompared = 4'000'000;  // pairs of items
constexpr std::size_t kMostChanged = 200;         // items; a list that changes more is written anew

/// For each of `after` the item of `before` that it is, in rising order (the longest common subsequence); npos: new.
std::vector<std::size_t> kept_items(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const std::size_t n = before.size(), m = after.size();
  std::vector<std::vector<std::uint32_t>> common(n + 1, std::vector<std::uint32_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<std::size_t> kept(m, std::string::npos);
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (before[i] == after[j]) {
      kept[j++] = i++;
    } else if (common[i + 1][j] >= common[i][j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
  return kept;
}

const TomlNode* find_list(const TomlNode& node, std::size_t begin) {
  if (node.kind == TomlNode::Kind::list && node.text.begin == begin) return &node;
  for (const auto& [key, below] : node.keys) {
    if (const TomlNode* const found = find_list(*below, begin)) return found;
  }
  for (const auto& item : node.items) {
    if (const TomlNode* const found = find_list(*item, begin)) return found;
  }
  return nullptr;
}

}  // namespace

bool TomlEdit::alone_in_its_line(Span item) const {
  const std::string& all = text();
  const std::size_t begin = line_begin(item.begin);
  if (all.find_first_not_of(" \t", begin) != item.begin) return false;
  std::size_t after = all.find_first_not_of(" \t", item.end);
  if (after < all.size() && all[after] == ',') after = all.find_first_not_of(" \t", after + 1);
  return after < all.size() && (all[after] == '#' || all[after] == '\n' || all[after] == '\r');
}

TomlEdit::Item TomlEdit::written_item(Span item) const {
  Item out = {text().substr(item.begin, item.size()), ""};
  if (!alone_in_its_line(item)) return out;
  const std::size_t behind = text().find_first_not_of(" \t,", item.end);
  if (text()[behind] != '#') return out;
  std::size_t begin = text().find_last_not_of(" \t", behind - 1) + 1;
  out.comment = text().substr(begin, text().find_first_of("\r\n", behind) - begin);
  return out;
}

void TomlEdit::insert_item(const TomlNode& list, std::size_t index, const Item& written) {
  const std::string& item = written.text;
  if (list.items.empty()) return replace({list.text.begin + 1, list.text.begin + 1}, item);
  const bool first = index == 0;
  const Span beside = list.items[first ? 0 : index - 1]->text;
  if (!alone_in_its_line(beside)) {
    return first ? replace({beside.begin, beside.begin}, std::string(item).append(", "))
                 : replace({beside.end, beside.end}, std::string(", ").append(item));
  }
  const std::size_t begin = line_begin(beside.begin);
  const std::string line =
      text().substr(begin, beside.begin - begin) + item + ',' + written.comment + scanned_.line_end;
  if (first) return replace({begin, begin}, line);
  const std::size_t behind = text().find_first_not_of(" \t", beside.end), end = line_end(beside.end);
  std::string kept = text().substr(beside.end, end - beside.end);
  if (text()[behind] != ',') kept.insert(kept.begin(), ',');
  replace({beside.end, end}, kept + line);
}

void TomlEdit::remove_item(const TomlNode& list, std::size_t index) {
  const Span item = list.items[index]->text;
  if (alone_in_its_line(item)) return replace({line_begin(item.begin), line_end(item.end)}, "");
  if (index + 1 < list.items.size()) return replace({item.begin, list.items[index + 1]->text.begin}, "");
  if (index > 0) {
    const std::size_t before = list.items[index - 1]->text.end;
    const bool comment = text().find('#', before) < item.begin;  // of the item before
    return replace({comment ? item.begin : before, item.end}, "");
  }
  const std::size_t behind = text().find_first_not_of(" \t", item.end);
  replace({item.begin, text()[behind] == ',' ? behind + 1 : item.end}, "");
}

void TomlEdit::set_list(const TomlNode& node, const std::vector<std::string>& before,
                        const std::vector<std::string>& after) {
  if (node.kind != TomlNode::Kind::list) throw CannotEdit();
  if (node.items.size() != before.size() || before.size() * after.size() > kMostCompared) {
    return set_value(node, list_to_toml(after));
  }
  const std::vector<std::size_t> kept = kept_items(before, after);
  const auto stay = static_cast<std::size_t>(
      std::count_if(kept.begin(), kept.end(), [](std::size_t at) { return at != std::string::npos; }));
  if (before.size() + after.size() - 2 * stay > kMostChanged) return set_value(node, list_to_toml(after));
  // One that goes here and comes there was moved, with its comment.
  std::map<std::string, Item> moved;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool stays = std::find(kept.begin(), kept.end(), i) != kept.end();
    if (!stays && std::count(after.begin(), after.end(), before[i]) > 0)
      moved[before[i]] = written_item(node.items[i]->text);
  }
  const auto fresh = [&](const std::string& item) { return moved.count(item) > 0 ? moved[item] : Item{item, ""}; };
  // From the back, so that what is in front keeps its place; the list itself begins where it did.
  const std::size_t begin = node.text.begin;
  const auto list = [this, begin]() -> const TomlNode& {
    const TomlNode* const found = find_list(root(), begin);
    if (found == nullptr) throw CannotEdit();
    return *found;
  };
  std::size_t old_end = before.size(), new_end = after.size();
  for (;;) {
    std::size_t last = new_end;  // the last one of after[0, new_end) that stays
    while (last > 0 && kept[last - 1] == std::string::npos) --last;
    const std::size_t old_begin = last == 0 ? 0 : kept[last - 1] + 1;
    // before[old_begin, old_end) becomes after[last, new_end): in place as far as both go.
    const std::size_t both = std::min(old_end - old_begin, new_end - last);
    for (std::size_t i = new_end; i > last + both; --i) insert_item(list(), old_begin + both, fresh(after[i - 1]));
    for (std::size_t i = old_end; i > old_begin + both; --i) remove_item(list(), i - 1);
    for (std::size_t i = both; i-- > 0;) {
      const std::size_t at = old_begin + i;
      if (moved.count(before[at]) + moved.count(after[last + i]) == 0) {
        set_value(*list().items[at], after[last + i]);
      } else {
        insert_item(list(), at + 1, fresh(after[last + i]));
        remove_item(list(), at);
      }
    }
    if (last == 0) return;
    old_end = kept[last - 1];
    new_end = last - 1;
  }
}

}  // namespace pantograph::project::detail
