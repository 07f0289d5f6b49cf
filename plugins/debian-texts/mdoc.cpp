// SPDX-License-Identifier: GPL-3.0-or-later
#include "mdoc.h"

#include <set>

namespace {

/// What a macro puts before and behind each of its arguments (Fl) or all of them (Op, Dq).
struct Wrap {
  const char* before;
  const char* after;
  bool each = false;
};

const std::map<std::string_view, Wrap>& wraps() {
  static const std::map<std::string_view, Wrap> table = {
      {"Op", {"[", "]"}},         {"Oo", {"[", ""}},        {"Oc", {"]", ""}},          {"Dq", {"\"", "\""}},
      {"Do", {"\"", ""}},         {"Dc", {"\"", ""}},       {"Sq", {"'", "'"}},         {"So", {"'", ""}},
      {"Sc", {"'", ""}},          {"Ql", {"'", "'"}},       {"Qq", {"\"", "\""}},       {"Qo", {"\"", ""}},
      {"Qc", {"\"", ""}},         {"Pq", {"(", ")"}},       {"Po", {"(", ""}},          {"Pc", {")", ""}},
      {"Bq", {"[", "]"}},         {"Bo", {"[", ""}},        {"Bc", {"]", ""}},          {"Brq", {"{", "}"}},
      {"Bro", {"{", ""}},         {"Brc", {"}", ""}},       {"Aq", {"<", ">"}},         {"Ao", {"<", ""}},
      {"Ac", {">", ""}},          {"In", {"<", ">"}},       {"Fl", {"-", "", true}},    {"Ar", {"", ""}},
      {"Cm", {"", ""}},           {"Em", {"", ""}},         {"Sy", {"", ""}},           {"Li", {"", ""}},
      {"Pa", {"", ""}},           {"Va", {"", ""}},         {"Vt", {"", ""}},           {"Fa", {"", ""}},
      {"Ft", {"", ""}},           {"Ev", {"", ""}},         {"Ic", {"", ""}},           {"Dv", {"", ""}},
      {"Er", {"", ""}},           {"No", {"", ""}},         {"Ns", {"", ""}},           {"Ad", {"", ""}},
      {"An", {"", ""}},           {"Cd", {"", ""}},         {"Ms", {"", ""}},           {"Tn", {"", ""}},
      {"Fn", {"", ""}},           {"Fo", {"", "("}},        {"Fc", {")", ""}},          {"Nm", {"", ""}},
      {"Xr", {"", ""}},           {"Lk", {"", ""}},         {"Mt", {"", ""}},           {"Sx", {"", ""}},
      {"Nd", {"- ", ""}},         {"Ap", {"'", ""}},        {"At", {"AT&T UNIX ", ""}}, {"Bx", {"BSD ", ""}},
      {"Ux", {"UNIX ", ""}},      {"Fx", {"FreeBSD ", ""}}, {"Nx", {"NetBSD ", ""}},    {"Ox", {"OpenBSD ", ""}},
      {"Dx", {"DragonFly ", ""}}, {"St", {"", ""}},         {"Fd", {"", ""}},           {"Lb", {"library ", ""}},
      {"Xo", {"", ""}},           {"Xc", {"", ""}},         {"Eo", {"", ""}},           {"Ec", {"", ""}},
      {"Bf", {"", ""}},           {"Ef", {"", ""}},         {"%A", {"", ","}},          {"%T", {"", ","}},
      {"%B", {"", ","}},          {"%D", {"", ""}},         {"%J", {"", ","}},          {"%O", {"", ""}},
      {"%I", {"", ","}},          {"%V", {"", ","}},        {"%N", {"", ","}},          {"%P", {"", ","}},
      {"%R", {"", ","}},          {"%Q", {"", ","}},        {"%U", {"", ""}},           {"Bk", {"", ""}},
      {"Ta", {" ", ""}}};
  return table;
}

bool closes(const std::string& word) {
  return word.size() == 1 && std::string_view(".,:;)]?!").find(word[0]) != std::string_view::npos;
}

}  // namespace

std::string Mdoc::inline_text(const std::string& macro, const std::vector<std::string>& arguments, std::size_t from,
                              const RoffStrings& strings) {
  if (macro == "Bk" || macro == "Bf" || macro == "Ef" || macro == "Xo" || macro == "Xc") {
    from = macro.starts_with("X") ? from : arguments.size();
  }
  const Wrap& wrap = wraps().at(macro);
  std::string inner, tail;
  std::size_t i = from, own = 0;
  for (; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (wraps().contains(word)) {
      // A macro inside the line: all that follows belongs to it; an Op or Dq closes behind that.
      const std::string rest = inline_text(word, arguments, i + 1, strings);
      const bool glue =
          macro == "Ns" || word == "Ns" || word == "Ap" || (macro == "Fl" && word == "Fl") || word.ends_with("c");
      if (wrap.after[0] != '\0' && !wrap.each) {
        if (!inner.empty() && !glue) inner += ' ';
        inner += rest;
        // Punctuation at the end of the line stands outside.
        while (!inner.empty() && closes(arguments.back()) && inner.ends_with(arguments.back()) && tail.empty()) {
          tail = inner.substr(inner.size() - 1);
          inner.pop_back();
        }
      } else {
        if (wrap.each && own == 0) inner = wrap.before;
        tail = glue ? rest : std::string(" ").append(rest);
      }
      return std::string(wrap.each ? "" : wrap.before).append(inner).append(wrap.after).append(tail);
    }
    if (closes(word) && i > from) break;
    std::string text = expand_escapes(word, strings);
    if (macro == "Xr" && own == 1) {
      inner.append("(").append(text).append(")");
    } else if (macro == "Fn" && own >= 1) {
      inner.append(own == 1 ? "(" : ", ").append(text);
    } else {
      if (!inner.empty()) inner += ' ';
      inner.append(wrap.each ? wrap.before : "").append(text);
    }
    ++own;
  }
  if (macro == "Fn" && own >= 1) inner += own == 1 ? "()" : ")";
  if (own == 0) {
    if (macro == "Fl") inner = "-";
    if (macro == "Ar") inner = "file ...";
    if (macro == "Nm") inner = name_;
  } else if (macro == "Nm" && name_.empty()) {
    name_ = inner;
  }
  std::string out = std::string(wrap.each ? "" : wrap.before).append(inner).append(wrap.after);
  for (; i < arguments.size(); ++i) {
    if (wraps().contains(arguments[i]))
      return out.append(" ").append(inline_text(arguments[i], arguments, i + 1, strings));
    out.append(closes(arguments[i]) ? "" : " ").append(expand_escapes(arguments[i], strings));
  }
  return out;
}

bool Mdoc::request(const std::string& macro, const std::vector<std::string>& arguments, RoffText& out,
                   const RoffStrings& strings) {
  static const std::set<std::string_view> silent = {"Dd", "Dt", "Os", "El", "Ed", "Ek", "Sm",
                                                    "Db", "Rs", "Re", "Bk", "Bf", "Ef", "An_"};
  if (macro == "Sh" || macro == "Ss") {
    out.fill(true);
    out.paragraph();
    std::string title;
    for (const std::string& word : arguments)
      title.append(title.empty() ? "" : " ").append(expand_escapes(word, strings));
    out.words(title);
    out.line();
  } else if (macro == "Pp" || macro == "Lp") {
    out.paragraph();
  } else if (macro == "Bl") {
    out.line();
  } else if (macro == "Bd") {
    bool literal = false;
    for (const std::string& word : arguments) literal |= word == "-literal" || word == "-unfilled";
    out.paragraph();
    out.fill(!literal);
  } else if (macro == "D1" || macro == "Dl" || macro == "It") {
    out.line();
    if (!arguments.empty()) {
      out.words(wraps().contains(arguments[0]) ? inline_text(arguments[0], arguments, 1, strings)
                                               : inline_text("No", arguments, 0, strings));
    }
    out.line();
  } else if (silent.contains(macro)) {
    if (macro == "Ed") {
      out.fill(true);
      out.paragraph();
    }
    if (macro == "El" || macro == "Re") out.line();
  } else if (wraps().contains(macro)) {
    if (macro == "Ns" || macro == "Ap" || macro == "Oc" || macro == "Dc" || macro == "Sc" || macro == "Pc" ||
        macro == "Qc" || macro == "Ac") {
      out.glue();
    }
    out.words(inline_text(macro, arguments, 0, strings));
  } else {
    return false;
  }
  return true;
}
