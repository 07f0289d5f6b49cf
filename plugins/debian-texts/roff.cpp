// SPDX-License-Identifier: GPL-3.0-or-later
#include "roff.h"

#include <algorithm>

namespace {

const std::map<std::string_view, std::string_view>& special_characters() {
  static const std::map<std::string_view, std::string_view> table = {
      {"aq", "'"},      {"dq", "\""},     {"lq", "\""},     {"rq", "\""},       {"oq", "'"},      {"cq", "'"},
      {"Lq", "\""},     {"Rq", "\""},     {"em", " - "},    {"en", "-"},        {"hy", "-"},      {"mi", "-"},
      {"bu", "*"},      {"co", "(C)"},    {"rg", "(R)"},    {"tm", "(TM)"},     {"ga", "`"},      {"aa", "'"},
      {"ha", "^"},      {"ti", "~"},      {"rs", "\\"},     {"sl", "/"},        {"ba", "|"},      {"br", "|"},
      {"or", "|"},      {"at", "@"},      {"sh", "#"},      {"Do", "$"},        {"ua", "^"},      {"<-", "<-"},
      {"->", "->"},     {"<=", "<="},     {">=", ">="},     {"!=", "!="},       {"==", "=="},     {"+-", "+/-"},
      {"mu", "x"},      {"di", "/"},      {"pl", "+"},      {"eq", "="},        {"lt", "<"},      {"gt", ">"},
      {"de", "\u00b0"}, {"mc", "\u00b5"}, {"sc", "\u00a7"}, {"12", "1/2"},      {"14", "1/4"},    {"ss", "\u00df"},
      {"ae", "\u00e6"}, {":a", "\u00e4"}, {":o", "\u00f6"}, {":u", "\u00fc"},   {":A", "\u00c4"}, {":O", "\u00d6"},
      {":U", "\u00dc"}, {"'e", "\u00e9"}, {"'a", "\u00e1"}, {"'i", "\u00ed"},   {"'o", "\u00f3"}, {"'u", "\u00fa"},
      {"`e", "\u00e8"}, {"`a", "\u00e0"}, {"^e", "\u00ea"}, {"^o", "\u00f4"},   {",c", "\u00e7"}, {"~n", "\u00f1"},
      {"oa", "\u00e5"}, {"oA", "\u00c5"}, {"/o", "\u00f8"}, {"lB", "["},        {"rB", "]"},      {"lC", "{"},
      {"rC", "}"},      {"la", "<"},      {"ra", ">"},      {"if", "infinity"}, {"*a", "alpha"},  {"*b", "beta"},
      {"*m", "\u00b5"}, {"*p", "pi"},     {"*W", "-"},      {"no", "not"},      {"fm", "'"},      {"sq", "square"},
      {"Fo", "\""},     {"Fc", "\""}};
  return table;
}

void append_utf8(std::string& out, unsigned code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    }
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// A name after an escape letter: one character, (xx or [name]; moves `at` behind it.
std::string_view take_name(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return {};
  std::string_view name;
  if (text[at] == '(') {
    name = text.substr(at + 1, 2);
    at += 1 + name.size();
  } else if (text[at] == '[') {
    const std::size_t close = std::min(text.find(']', at), text.size());
    name = text.substr(at + 1, close - at - 1);
    at = std::min(close + 1, text.size());
  } else {
    name = text.substr(at, 1);
    ++at;
  }
  return name;
}

/// 'text' between two equal delimiters.
void skip_delimited(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return;
  const std::size_t close = text.find(text[at], at + 1);
  at = close == std::string_view::npos ? text.size() : close + 1;
}

void append_character(std::string& out, std::string_view name) {
  const auto known = special_characters().find(name);
  if (known != special_characters().end()) {
    out += known->second;
  } else if (name.size() >= 5 && name.front() == 'u') {
    unsigned code = 0;
    for (const char c : name.substr(1, name.find('_') - 1)) {
      const std::size_t digit = std::string_view("0123456789ABCDEF").find(c);
      if (digit == std::string_view::npos) return;
      code = (code * 16 + static_cast<unsigned>(digit)) & 0xFFFFFF;
    }
    append_utf8(out, code);
  }
}

void expand_into(std::string& out, std::string_view text, const RoffStrings& strings, int depth) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    if (++at >= text.size()) break;
    const char c = text[at++];
    switch (c) {
      case '"':
      case '#':
        return;  // comment
      case 'e':
      case '\\':
        out += '\\';
        break;
      case '-':
        out += '-';
        break;
      case '\'':
        out += '\'';
        break;
      case '`':
        out += '`';
        break;
      case ' ':
      case '~':
      case '0':
        out += ' ';
        break;
      case '.':
        out += '.';
        break;
      case 't':
        out += '\t';
        break;
      case '(':
      case '[':
        --at;
        append_character(out, take_name(text, at));
        break;
      case 'C': {
        const std::size_t from = at + 1;
        skip_delimited(text, at);
        if (at > from) append_character(out, text.substr(from, at - from - 1));
        break;
      }
      case '*': {
        const std::string_view name = take_name(text, at);
        const auto string = strings.find(name);
        if (string != strings.end()) {
          if (depth < 8) expand_into(out, string->second, strings, depth + 1);
        } else if (name == "lq" || name == "rq" || name == "L\"" || name == "R\"") {
          out += '"';
        } else if (name == "R") {
          out += "(R)";
        } else if (name == "Tm") {
          out += "(TM)";
        } else if (name == "Aq") {
          out += '\'';
        }
        break;
      }
      case 'f':
      case 'F':
      case 'g':
      case 'k':
      case 'm':
      case 'M':
      case 'n':
      case 'V':
      case 'Y':
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        take_name(text, at);
        break;
      case 's':
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (at < text.size() && text[at] == '\'')
          skip_delimited(text, at);
        else
          take_name(text, at);
        if (at < text.size() && at >= 1 && text[at - 1] >= '1' && text[at - 1] <= '3' && text[at] >= '0' &&
            text[at] <= '9')
          ++at;
        break;
      case 'A':
      case 'b':
      case 'B':
      case 'D':
      case 'h':
      case 'H':
      case 'l':
      case 'L':
      case 'N':
      case 'o':
      case 'R':
      case 'S':
      case 'v':
      case 'w':
      case 'x':
      case 'X':
      case 'Z':
        skip_delimited(text, at);
        break;
      case '&':
      case '%':
      case '/':
      case ',':
      case ':':
      case '|':
      case '^':
      case ')':
      case 'c':
      case 'p':
      case 'd':
      case 'u':
      case 'r':
      case '{':
      case '}':
      case '!':
      case 'z':
      case 'a':
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

std::string expand_escapes(std::string_view text, const RoffStrings& strings) {
  std::string out;
  out.reserve(text.size());
  expand_into(out, text, strings, 0);
  return out;
}

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
      continue;
    }
    if (text.substr(at, 2) == "\\\"") break;  // comment
    std::string word;
    if (text[at] == '"') {
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"') {
          if (at + 1 < text.size() && text[at + 1] == '"')
            ++at;
          else
            break;
        }
        word += text[at];
      }
      if (at < text.size()) ++at;
    } else {
      while (at < text.size() && text[at] != ' ' && text[at] != '\t') {
        if (text[at] == '\\' && at + 1 < text.size()) word += text[at++];
        word += text[at++];
      }
    }
    out.push_back(std::move(word));
  }
  return out;
}

void RoffText::words(std::string_view text) {
  if (fill_) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    if (text.empty()) return;
    if (!glued_ && !out_.empty() && out_.back() != '\n') out_ += ' ';
    bool space = !out_.empty() && (out_.back() == ' ' || out_.back() == '\n');
    for (const char c : text) {
      const bool white = c == ' ' || c == '\t';
      if (white && space) continue;
      out_ += white ? ' ' : c;
      space = white;
    }
  } else {
    if (glued_ && !out_.empty() && out_.back() == '\n') out_.pop_back();
    out_ += text;
    out_ += '\n';
  }
  glued_ = false;
}

void RoffText::line() {
  glued_ = false;
  while (!out_.empty() && out_.back() == ' ') out_.pop_back();
  if (!out_.empty() && out_.back() != '\n') out_ += '\n';
}

void RoffText::paragraph() {
  line();
  if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

std::string RoffText::take() {
  line();
  while (out_.ends_with("\n\n")) out_.pop_back();
  return std::move(out_);
}
