// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/toml_scan.h"

#include <algorithm>

#include "base/error.h"

namespace pantograph::project::detail {
namespace {

using Kind = TomlNode::Kind;

struct Key {
  std::string word;
  Span span;
};

class Scanner {
 public:
  explicit Scanner(TomlText& out) : out_(out), text_(out.text) {}
  void scan();

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::project, {"text that is not TOML at byte " + std::to_string(at_), "", "", ""});
  }
  bool done() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts(const char* word) const { return text_.compare(at_, std::char_traits<char>::length(word), word) == 0; }
  void expect(char c) {
    if (peek() != c || done()) fail();
    ++at_;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_line() {  // the rest of it, a comment perhaps, and its end
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string::npos ? text_.size() : end + 1;
  }
  /// White space, line ends and comments, within brackets.
  void skip_gap() {
    for (;; ++at_) {
      if (peek() == '#')
        skip_line(), --at_;
      else if (done() || (peek() != ' ' && peek() != '\t' && peek() != '\n' && peek() != '\r'))
        return;
    }
  }

  void skip_string();
  Key key();
  std::vector<Key> dotted_key();
  std::unique_ptr<TomlNode> value();
  TomlNode* child(TomlNode* table, const Key& key);
  TomlNode* assign(TomlNode* table, const std::vector<Key>& keys, std::unique_ptr<TomlNode> node, std::size_t line_end);
  void header(std::size_t begin);
  void statement(std::size_t begin);

  TomlText& out_;
  const std::string& text_;
  std::size_t at_ = 0;
  TomlNode* table_ = nullptr;  // of the last header
};

void Scanner::skip_string() {
  const char quote = peek();
  const bool basic = quote == '"';
  const std::string three(3, quote);
  if (!starts(three.c_str())) {
    for (++at_; !done() && peek() != quote; ++at_) {
      if (peek() == '\n') fail();
      if (basic && peek() == '\\') ++at_;
    }
    expect(quote);
    return;
  }
  for (at_ += 3; !done() && !starts(three.c_str()); ++at_) {
    if (basic && peek() == '\\') ++at_;
  }
  if (done()) fail();
  at_ += 3;
  for (int more = 0; more < 2 && peek() == quote; ++more) ++at_;  // up to two belong to the text
}

Key Scanner::key() {
  skip_blanks();
  Key key;
  key.span.begin = at_;
  if (peek() == '"' || peek() == '\'') {
    skip_string();
    key.word = text_.substr(key.span.begin + 1, at_ - key.span.begin - 2);
  } else {
    while (!done() && std::string(" \t.=]\r\n#").find(peek()) == std::string::npos) ++at_;
    key.word = text_.substr(key.span.begin, at_ - key.span.begin);
    if (key.word.empty()) fail();
  }
  key.span.end = at_;
  skip_blanks();
  return key;
}

std::vector<Key> Scanner::dotted_key() {
  std::vector<Key> keys = {key()};
  while (peek() == '.') {
    ++at_;
    keys.push_back(key());
  }
  return keys;
}

std::unique_ptr<TomlNode> Scanner::value() {
  auto node = std::make_unique<TomlNode>();
  node->kind = Kind::value;
  node->text.begin = at_;
  if (peek() == '"' || peek() == '\'') {
    skip_string();
  } else if (peek() == '[') {
    node->kind = Kind::list;
    ++at_;
    for (skip_gap(); peek() != ']'; skip_gap()) {
      node->items.push_back(value());
      skip_gap();
      if (peek() == ',')
        ++at_;
      else if (peek() != ']')
        fail();
    }
    ++at_;
  } else if (peek() == '{') {
    node->kind = Kind::inline_table;
    ++at_;
    for (skip_gap(); peek() != '}'; skip_gap()) {
      const std::vector<Key> keys = dotted_key();
      expect('=');
      skip_blanks();
      assign(node.get(), keys, value(), 0);
      skip_gap();
      if (peek() == ',')
        ++at_;
      else if (peek() != '}')
        fail();
    }
    ++at_;
  } else {
    while (!done() && std::string(" \t,]}#\r\n").find(peek()) == std::string::npos) ++at_;
    if (at_ == node->text.begin) fail();
  }
  node->text.end = at_;
  return node;
}

/// The table below `table` that a key leads to: the last one of [[tables]]; made where there is none yet.
TomlNode* Scanner::child(TomlNode* table, const Key& key) {
  TomlNode* node = table->find(key.word);
  if (node == nullptr) {
    table->keys.emplace_back(key.word, std::make_unique<TomlNode>());
    node = table->keys.back().second.get();
  }
  node->names.push_back(key.span);
  if (node->kind == Kind::tables) return node->items.back().get();
  if (node->kind != Kind::table) fail();
  return node;
}

TomlNode* Scanner::assign(TomlNode* table, const std::vector<Key>& keys, std::unique_ptr<TomlNode> node,
                          std::size_t line_end) {
  std::string prefix;
  if (line_end > 0) table->last_end = line_end;
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    prefix += keys[i].word + '.';
    table = child(table, keys[i]);
    table->prefix = prefix;
    if (line_end > 0) table->last_end = line_end;
  }
  node->names.push_back(keys.back().span);
  table->keys.emplace_back(keys.back().word, std::move(node));
  return table->keys.back().second.get();
}

void Scanner::header(std::size_t begin) {
  expect('[');
  const bool list = peek() == '[';
  if (list) ++at_;
  const std::vector<Key> keys = dotted_key();
  expect(']');
  if (list) expect(']');
  skip_line();
  TomlBlock block;
  TomlNode* table = out_.root.get();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i + 1 == keys.size() && list) {
      TomlNode* tables = table->find(keys[i].word);
      if (tables == nullptr) {
        table->keys.emplace_back(keys[i].word, std::make_unique<TomlNode>());
        tables = table->keys.back().second.get();
        tables->kind = Kind::tables;
      }
      if (tables->kind != Kind::tables) fail();
      tables->names.push_back(keys[i].span);
      table = tables->items.emplace_back(std::make_unique<TomlNode>()).get();
    } else {
      table = child(table, keys[i]);
    }
    block.tables.push_back(table);
  }
  if (table->header_end == 0) table->header_end = at_;
  block.span = {begin, at_};
  out_.blocks.push_back(std::move(block));
  table_ = table;
}

void Scanner::statement(std::size_t begin) {
  const std::vector<Key> keys = dotted_key();
  expect('=');
  skip_blanks();
  std::unique_ptr<TomlNode> node = value();
  skip_line();
  assign(table_, keys, std::move(node), at_)->line = {begin, at_};
  out_.blocks.back().span.end = at_;
}

void Scanner::scan() {
  if (const std::size_t end = text_.find('\n'); end != std::string::npos && end > 0 && text_[end - 1] == '\r') {
    out_.line_end = "\r\n";
  }
  out_.root = std::make_unique<TomlNode>();
  table_ = out_.root.get();
  out_.blocks.emplace_back();
  if (starts("\xef\xbb\xbf")) at_ = 3;
  out_.blocks.front().span = {at_, at_};
  // Comments right above a header or key belong to it; those right behind a line and before an empty one, to that line.
  std::size_t comments = std::string::npos;  // where a run of them begins
  bool behind = false;                       // whether that is right behind a line
  const auto end_comments = [&] {
    if (comments != std::string::npos && behind) out_.blocks.back().span.end = at_;
    comments = std::string::npos;
    behind = false;
  };
  while (!done()) {
    const std::size_t line = at_;
    skip_blanks();
    if (peek() == '#') {
      if (comments == std::string::npos) comments = line;
      skip_line();
      continue;
    }
    if (done() || peek() == '\n' || peek() == '\r') {
      const std::size_t empty_end = text_.find('\n', at_);
      at_ = line;
      end_comments();
      at_ = empty_end == std::string::npos ? text_.size() : empty_end + 1;
      continue;
    }
    const std::size_t begin = comments == std::string::npos ? line : comments;
    peek() == '[' ? header(begin) : statement(begin);
    comments = std::string::npos;
    behind = true;
  }
  end_comments();
}

}  // namespace

TomlNode* TomlNode::find(const std::string& key) const {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& entry) { return entry.first == key; });
  return found == keys.end() ? nullptr : found->second.get();
}

TomlText::TomlText(std::string content) : text(std::move(content)) {
  Scanner(*this).scan();
}

Span TomlText::chunk_of(const TomlNode* table) const {
  const auto within = [table](const TomlBlock& block) {
    return std::find(block.tables.begin(), block.tables.end(), table) != block.tables.end();
  };
  const auto first = std::find_if(blocks.begin(), blocks.end(), within);
  const auto last = std::find_if_not(first, blocks.end(), within);
  if (first == last || std::any_of(last, blocks.end(), within)) return {};
  return {first->span.begin, std::prev(last)->span.end};
}

}  // namespace pantograph::project::detail
