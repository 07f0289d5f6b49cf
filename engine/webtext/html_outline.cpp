// SPDX-License-Identifier: GPL-3.0-or-later
// Follows the page with a stack of open elements, which ends them where HTML's parser would.
#include "webtext/html_outline.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "webtext/html_elements.h"
#include "webtext/html_raw.h"
#include "webtext/html_scan.h"

namespace pantograph::webtext {
namespace {

constexpr std::size_t kDeepest = 256;
constexpr std::size_t kNone = std::string::npos;

struct Open {
  std::string name;
  unsigned traits;
};

bool is_furniture(std::string_view name, std::string_view value) {
  if (html_has(name, 0, "role") && name.size() == 4) {
    const std::string role = html_lower(value);
    return role == "navigation" || role == "banner" || role == "contentinfo" || role == "search";
  }
  return html_has(name, 0, "class") && name.size() == 5 && value == "headerlink";
}

class Outliner {
 public:
  explicit Outliner(std::string_view page) : page_(page), raw_(page) {}

  std::string run() {
    out_.reserve(page_.size() + page_.size() / 8);
    out_ = "<!DOCTYPE html><body>";
    while (at_ < page_.size()) {
      const std::size_t tag = std::min(page_.find('<', at_), page_.size());
      text(page_.substr(at_, tag - at_));
      at_ = tag;
      if (tag < page_.size()) markup();
    }
    return std::move(out_);
  }

 private:
  void text(std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t nul = std::min(piece.find('\0'), piece.size());
      out_.append(piece.substr(0, nul));
      piece.remove_prefix(std::min(nul + 1, piece.size()));
    }
  }

  /// What is left out must not join "&am" and "p;".
  void leave_out() {
    const auto in_reference = [](char c) { return html_letter(c) || (c >= '0' && c <= '9') || c == '#'; };
    std::size_t back = out_.size();
    while (back > 0 && out_.size() - back < 40 && in_reference(out_[back - 1])) --back;
    if (back > 0 && out_[back - 1] == '&') out_ += "<!---->";
  }

  void markup() {
    const char next = at_ + 1 < page_.size() ? page_[at_ + 1] : '\0';
    const bool closing = next == '/';
    const char letter = closing && at_ + 2 < page_.size() ? page_[at_ + 2] : next;
    if (html_letter(letter)) {
      tag(closing);
    } else if (next == '!' || next == '?' || (closing && at_ + 2 < page_.size())) {
      leave_out();
      at_ = comment_end(page_, at_);
    } else {
      out_ += "&lt;";
      ++at_;
    }
  }

  void tag(bool closing) {
    const std::size_t name_begin = at_ + (closing ? 2 : 1), name_end = html_name_end(page_, name_begin);
    const std::string name = html_lower(page_.substr(name_begin, name_end - name_begin));
    bool furniture = false;
    AttributeScanner attributes(page_, name_end);
    while (attributes.next()) furniture = furniture || is_furniture(attributes.name(), attributes.value());
    const std::size_t tag_begin = at_;
    at_ = attributes.end();
    leave_out();
    if (!attributes.complete()) return;  // the page ends within the tag
    if (closing) {
      end(name);
    } else {
      start(name, furniture, tag_begin);
    }
  }

  void start(const std::string& name, bool furniture, std::size_t tag_begin) {
    const unsigned traits = element_traits(name);
    if (in_select_ && !leave_select(name, traits)) {
      if (name == "script") skip(raw_.end_of_raw(name, at_));
      return;
    }
    if (name == "html" || name == "body")
      return pop_to(0);  // perhaps a second page in the file: nothing reaches into it
    if (name == "br") return void(out_ += "<br>");
    if (name == "hr" || name == "form") return rule();
    if (name == "xmp" || name == "plaintext") return verbatim(name);
    if (traits & kRaw) {
      // Without an end it takes the rest of the page, as in browsers; they would show what is in a <noscript>, though.
      const std::size_t end = raw_.end_of_raw(name, at_);
      if (name != "noscript" || end != kNone) skip(end);
      return;
    }
    if (traits & kMatched) {
      if (const std::size_t end = raw_.end_of_matched(name, tag_begin); end != kNone) at_ = end;
      return;
    }
    if (traits & (kRows | kCell)) {
      if (!enter_table_part(name, traits)) return void(out_ += ' ');
    } else {
      if (traits == 0 && !furniture && transparent_ == 0) return;
      close_implied(name, traits);
    }
    push(name, traits, furniture);
  }

  void push(const std::string& name, unsigned traits, bool furniture) {
    if (stack_.size() >= kDeepest) {
      ++too_deep_[name];
      if (traits & kBlock) return rule();
      return void(out_ += ' ');
    }
    out_ += '<';
    out_ += traits == 0 ? "span" : name;
    if (furniture) out_.append(" ").append(kFurniture);
    out_ += '>';
    stack_.push_back({name, traits});
    if (traits == 0) ++transparent_;
    if (name == "select") in_select_ = true;
  }

  void pop_to(std::size_t size) {
    while (stack_.size() > size) {
      const Open& open = stack_.back();
      out_.append("</").append(open.traits == 0 ? "span" : open.name).append(">");
      if (open.traits == 0) --transparent_;
      if (open.name == "select") in_select_ = false;
      stack_.pop_back();
    }
    if (stack_.size() < kDeepest / 2) too_deep_.clear();
  }

  /// Innermost open element that `wanted` holds for, unless one that `barrier` holds for comes first.
  template <typename Wanted, typename Barrier>
  std::size_t find(Wanted wanted, Barrier barrier) const {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (wanted(stack_[i])) return i;
      if (barrier(stack_[i])) break;
    }
    return kNone;
  }
  static bool scope(const Open& open) { return (open.traits & kScope) != 0; }
  static bool button_scope(const Open& open) { return scope(open) || open.name == "button"; }

  void end_p() {
    const std::size_t p = find([](const Open& open) { return open.name == "p"; }, button_scope);
    if (p != kNone) pop_to(p);
  }

  /// Ends what HTML ends without an end tag when `name` starts.
  void close_implied(const std::string& name, unsigned traits) {
    if (name == "li" || name == "dd" || name == "dt") {
      const std::size_t item = find(
          [&](const Open& open) { return name == "li" ? open.name == "li" : open.name == "dd" || open.name == "dt"; },
          [](const Open& open) {
            return open.traits != 0 && open.name != "address" && open.name != "div" && open.name != "p";
          });
      if (item != kNone) pop_to(item);
    }
    if (traits & kEndsP) end_p();
    if (name == "a") {
      const std::size_t link = find([](const Open& open) { return open.name == "a"; }, scope);
      if (link != kNone) pop_to(link);
    }
    if ((traits & kHeading) && !stack_.empty() && (stack_.back().traits & kHeading)) pop_to(stack_.size() - 1);
    if (name == "button") {
      const std::size_t button = find([](const Open& open) { return open.name == "button"; }, scope);
      if (button != kNone) pop_to(button);
    }
    if (name == "table") {
      const std::size_t table = find([](const Open& open) { return open.name == "table"; }, scope);
      if (table != kNone) pop_to(table);
    }
  }

  /// Ends rows and cells before; false outside a table, where the tag is nothing.
  bool enter_table_part(const std::string& name, unsigned traits) {
    const std::size_t around = find(
        [&](const Open& open) {
          if (open.name == "table") return true;
          if (open.name == "caption" || name == "caption") return false;
          return (traits & kCell) ? (open.traits & kRows) != 0
                                  : name == "tr" && (open.traits & kRows) && open.name != "tr";
        },
        [](const Open&) { return false; });
    if (around == kNone) return false;
    pop_to(around + 1);
    return true;
  }

  /// In a select only few tags count; true when that has ended and the tag is to be taken.
  bool leave_select(const std::string& name, unsigned traits) {
    const bool ends = name == "select" || name == "input" || name == "keygen" || name == "textarea" || name == "html" ||
                      name == "body" || name == "table" || (traits & (kRows | kCell));
    if (ends) pop_to(find([](const Open& open) { return open.name == "select"; }, [](const Open&) { return false; }));
    return ends && name != "select";
  }

  void rule() {
    const bool between_cells = !stack_.empty() && (stack_.back().name == "table" || (stack_.back().traits & kRows)) &&
                               stack_.back().name != "caption";
    if (between_cells) return;
    end_p();
    if (!out_.ends_with("<hr>")) out_ += "<hr>";
  }

  void verbatim(const std::string& name) {
    end_p();
    const std::size_t end = name == "xmp" ? raw_.end_of_raw(name, at_) : kNone;
    const std::string_view inside = page_.substr(at_, raw_.begin_of_end(end) - at_);
    out_ += "<pre>";
    for (const char c : inside) {
      if (c == '<') {
        out_ += "&lt;";
      } else if (c == '&') {
        out_ += "&amp;";
      } else if (c != '\0') {
        out_ += c;
      }
    }
    out_ += "</pre>";
    skip(end);
  }

  void skip(std::size_t end) { at_ = std::min(end, page_.size()); }

  void end(const std::string& name) {
    const unsigned traits = element_traits(name);
    const bool of_table = name == "table" || (traits & (kRows | kCell));
    if (in_select_ && name != "select" && !of_table) return;
    if (const auto deep = too_deep_.find(name); deep != too_deep_.end() && deep->second > 0) {
      --deep->second;
      if (traits & kBlock) rule();
      return;
    }
    if (name == "br") return void(out_ += "<br>");
    if (name == "form") return rule();
    const std::size_t open =
        find([&](const Open& one) { return (traits & kHeading) ? (one.traits & kHeading) != 0 : one.name == name; },
             [&](const Open& one) {
               if (of_table) return one.name == "table";
               if (traits == 0) return one.traits != 0;
               if (name == "li" && (one.name == "ol" || one.name == "ul")) return true;
               return name == "p" ? button_scope(one) : scope(one);
             });
    if (open != kNone) {
      pop_to(open);
    } else if (name == "p") {
      out_ += "<p></p>";
    }
  }

  std::string_view page_;
  RawContent raw_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<Open> stack_;                                // elements that are open in `out_`
  std::unordered_map<std::string, std::size_t> too_deep_;  // open ones that it does not have, by name
  std::size_t transparent_ = 0;
  bool in_select_ = false;
};

}  // namespace

std::string outline_of_page(std::string_view page) {
  return Outliner(page).run();
}

}  // namespace pantograph::webtext
