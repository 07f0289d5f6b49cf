// SPDX-License-Identifier: GPL-3.0-or-later
// Manual pages to text, line by line, without a formatter: requests that structure the page become line breaks, macros
// that change the font give their arguments, all others give nothing.
#include "bytes.h"
#include "mdoc.h"
#include "readers.h"
#include "roff.h"

using pantograph::corpus::Document;

namespace {

class Page {
 public:
  explicit Page(std::string_view source) : rest_(source) {}

  std::string run() {
    std::string line;
    while (take_line(line)) {
      if (!table(line)) process(line);
    }
    return out_.take();
  }

 private:
  bool take_line(std::string& line) {
    line.clear();
    if (rest_.empty()) return false;
    for (;;) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      std::string_view piece = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (!piece.empty() && piece.back() == '\r') piece.remove_suffix(1);
      line += piece;
      // A line that ends in one backslash goes on in the next.
      std::size_t slashes = 0;
      while (slashes < line.size() && line[line.size() - 1 - slashes] == '\\') ++slashes;
      if (slashes % 2 == 0 || rest_.empty()) return true;
      line.pop_back();
    }
  }

  void process(std::string_view line) {
    if (line.empty() || (line[0] != '.' && line[0] != '\'')) {
      const std::string text = expand_escapes(line, strings_);
      // An empty line ends a paragraph, a leading space breaks the line.
      if (out_.filling() && text.find_first_not_of(" \t") == std::string::npos) {
        if (line.find('\\') == std::string_view::npos) out_.paragraph();
        return;
      }
      if (out_.filling() && text[0] == ' ') out_.line();
      out_.words(text);
      if (line.ends_with("\\c")) out_.glue();
      after_text();
      return;
    }
    line.remove_prefix(1);
    while (!line.empty() && (line[0] == ' ' || line[0] == '\t')) line.remove_prefix(1);
    const std::size_t end = std::min(line.find_first_of(" \t\\"), line.size());
    const std::string macro(line.substr(0, end));
    request(macro, line.substr(end));
  }

  void request(const std::string& macro, std::string_view rest) {
    if (macro.empty()) return;  // a comment
    if (macro == "if" || macro == "ie") return conditional(macro == "ie", rest);
    if (macro == "el") return branch(!last_condition_, rest);
    if (macro == "de" || macro == "de1" || macro == "am" || macro == "ig")
      return skip_until(rest, macro == "ig" ? 0 : 1);
    if (macro == "TS") {
      out_.line();
      in_table_ = in_format_ = true;
      return;
    }
    if (macro == "EQ") return skip_to_request("EN");
    if (macro == "ds" || macro == "as") return define_string(rest, macro == "as");
    const std::vector<std::string> arguments = split_arguments(rest);
    if (macro.size() <= 2 && is_man(macro, arguments)) return;
    mdoc_.request(macro, arguments, out_, strings_);
  }

  /// True when the macro is one of man(7) or roff(7).
  bool is_man(const std::string& macro, const std::vector<std::string>& arguments) {
    if (macro == "TH" || macro == "so" || macro == "nh" || macro == "ad" || macro == "na" || macro == "hy") return true;
    if (macro == "SH" || macro == "SS") {
      out_.fill(true);
      out_.paragraph();
      if (arguments.empty()) {
        tag_ = true;
      } else {
        out_.words(joined(arguments, " "));
        out_.line();
      }
    } else if (macro == "PP" || macro == "P" || macro == "LP" || macro == "HP" || macro == "sp") {
      out_.paragraph();
    } else if (macro == "TP" || macro == "TQ") {
      out_.line();
      tag_ = true;
    } else if (macro == "IP") {
      out_.line();
      if (!arguments.empty()) out_.words(expand_escapes(arguments[0], strings_));
    } else if (macro == "br" || macro == "RS" || macro == "RE" || macro == "in" || macro == "ti" || macro == "ce") {
      out_.line();
    } else if (macro == "nf" || macro == "EX") {
      out_.fill(false);
    } else if (macro == "fi" || macro == "EE") {
      out_.fill(true);
    } else if (macro == "B" || macro == "I" || macro == "SM" || macro == "SB" || macro == "OP" || macro == "SY" ||
               macro == "UE" || macro == "ME") {
      if (macro == "SY") out_.line();
      font(macro == "OP" ? std::string("[").append(joined(arguments, " ")).append("]") : joined(arguments, " "),
           arguments.empty());
    } else if (macro == "UR" || macro == "MT") {
      out_.words(joined(arguments, " "));
    } else if (macro == "BR" || macro == "RB" || macro == "BI" || macro == "IB" || macro == "IR" || macro == "RI") {
      font(joined(arguments, ""), arguments.empty());
    } else if (macro == "Vb") {  // pod2man's verbatim paragraphs
      out_.paragraph();
      out_.fill(false);
    } else if (macro == "Ve") {
      out_.fill(true);
      out_.paragraph();
    } else if (macro == "Sp") {
      out_.paragraph();
    } else {
      return false;
    }
    return true;
  }

  void font(const std::string& text, bool empty) {
    if (empty) return;
    out_.words(text);
    after_text();
  }

  void after_text() {
    if (!tag_) return;
    tag_ = false;
    out_.line();
  }

  std::string joined(const std::vector<std::string>& arguments, const char* between) const {
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      out.append(i > 0 ? between : "").append(expand_escapes(arguments[i], strings_));
    }
    return out;
  }

  void conditional(bool has_else, std::string_view rest) {
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    // As a terminal would: n holds, t does not; comparisons and registers are taken as false.
    bool truth = false, negated = false;
    if (!rest.empty() && rest[0] == '!') {
      negated = true;
      rest.remove_prefix(1);
    }
    if (rest.starts_with("n ") || rest.starts_with("n\\{")) truth = true;
    truth ^= negated;
    if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"')) {
      // 'a'b': three delimiters
      std::size_t at = 0;
      for (int i = 0; i < 2 && at != std::string_view::npos; ++i) at = rest.find(rest[0], at + 1);
      rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    } else {
      std::size_t at = 0;
      while (at < rest.size() && rest[at] != ' ' && rest.substr(at, 2) != "\\{") ++at;
      rest.remove_prefix(at);
    }
    if (has_else) last_condition_ = truth;
    branch(truth, rest);
  }

  void branch(bool taken, std::string_view rest) {
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    if (taken) {
      if (rest.starts_with("\\{")) rest.remove_prefix(2);
      while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\\')) rest.remove_prefix(1);
      if (!rest.empty()) process(rest);
      return;
    }
    // Leave out all up to the brace that closes this branch.
    int open = 0;
    auto count = [&](std::string_view text) {
      for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != '\\') continue;
        open += text[i + 1] == '{' ? 1 : text[i + 1] == '}' ? -1 : 0;
        ++i;
      }
    };
    count(rest);
    std::string line;
    while (open > 0 && take_line(line)) count(line);
  }

  void skip_until(std::string_view rest, std::size_t own) {
    const std::vector<std::string> arguments = split_arguments(rest);
    std::string line;
    while (take_line(line)) {
      if (line.starts_with("..") && line.find_first_not_of(". \t") == std::string::npos) return;
      if (arguments.size() > own && line == std::string(".").append(arguments[own])) return;
    }
  }

  void skip_to_request(std::string_view name) {
    std::string line;
    while (take_line(line) && !line.starts_with(std::string(".").append(name))) {
    }
  }

  void define_string(std::string_view rest, bool append) {
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string name(rest.substr(0, end));
    rest.remove_prefix(end);
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    if (!rest.empty() && rest[0] == '"') rest.remove_prefix(1);
    if (name.empty() || rest.size() > 1000) return;
    std::string& value = strings_[name];
    if (!append) value.clear();
    if (value.size() < 10000) value += rest;
  }

  /// Tables (tbl) lose their ruling: a row becomes its cells with spaces between. False for a line outside a table.
  bool table(const std::string& line) {
    if (!in_table_) return false;
    if (line.starts_with(".TE")) {
      in_table_ = in_format_ = false;
      out_.line();
    } else if (line.starts_with(".T&")) {
      in_format_ = true;
    } else if (in_format_) {
      const std::size_t last = line.find_last_not_of(" \t");
      in_format_ = last == std::string::npos || line[last] != '.';
    } else if (!line.empty() && (line[0] == '.' || line[0] == '\'')) {
      return false;
    } else if (line != "_" && line != "=") {
      std::string row;
      for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string_view here = std::string_view(line).substr(i, 2);
        if (here == "T{" || here == "T}") {
          ++i;
        } else {
          row += line[i] == '\t' ? ' ' : line[i];
        }
      }
      out_.words(expand_escapes(row, strings_));
      if (!line.ends_with("T{")) out_.line();
    }
    return true;
  }

  std::string_view rest_;
  RoffText out_;
  RoffStrings strings_;
  Mdoc mdoc_;
  bool tag_ = false;  // the next line of text is a tag on a line of its own
  bool in_table_ = false, in_format_ = false;
  bool last_condition_ = false;
};

class ManReader : public pantograph::corpus::DocumentReader {
 public:
  ManReader(const std::filesystem::path& path, const pantograph::corpus::ReadOptions& options)
      : path_(path), file_(path, options) {}
  bool next(Document& document) override {
    if (done_) return false;
    done_ = true;
    std::string source;
    file_.read(source, std::size_t{1} << 28);
    document.text = man_to_text(source);
    document.source = path_.string();
    return !(document.text.empty() && source.find(".so ") != std::string::npos);
  }
  std::uint64_t position() const override { return file_.position(); }

 private:
  std::filesystem::path path_;
  Bytes file_;
  bool done_ = false;
};

}  // namespace

std::string man_to_text(std::string_view source) {
  return Page(source).run();
}

std::unique_ptr<pantograph::corpus::DocumentReader> open_man(const std::filesystem::path& path,
                                                             const pantograph::corpus::ReadOptions& options) {
  return std::make_unique<ManReader>(path, options);
}
