// SPDX-License-Identifier: GPL-3.0-or-later
// A project as TOML text, without what is at its default.
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "base/files.h"
#include "base/numbers.h"
#include "store/project_fields.h"
#include "store/project_file.h"

namespace pantograph {
namespace {

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string to_toml(const std::string& text) {
  return quote(text);
}
std::string to_toml(int value) {
  return std::to_string(value);
}
std::string to_toml(Role role) {
  return role == Role::domain ? "\"domain\"" : "\"generic\"";
}

/// Round numbers in short form, as people write token counts; TOML's integers end at 2^63 - 1.
std::string to_toml(std::uint64_t value) {
  const std::string text = format_count(value);
  const bool round = value >= 10'000 && text.size() <= 5 && text.back() > '9';
  if (round || value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return quote(text);
  return std::to_string(value);
}

/// Shortest text that reads back to the same number.
std::string to_toml(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";  // a TOML float, not an integer
  return text;
}

template <typename T>
std::string to_toml(const std::vector<T>& values) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? ", " : "") + to_toml(value);
  return out + "]";
}

std::string to_toml(const GenericSpec& spec);
std::string to_toml(const MethodGrid& grid);

/// Calls take(key, text) for every field that differs from the default.
template <typename Spec, typename Take>
void changed_fields(const Spec& spec, const Spec& base, Take&& take) {
  detail::visit_fields(&spec, [&](const char* key, auto member) {
    if (!(spec.*member == base.*member)) take(std::string(key), to_toml(spec.*member));
  });
}

template <typename Spec>
std::string inline_table(const Spec& spec) {
  std::string out;
  changed_fields(spec, Spec{}, [&](const std::string& key, const std::string& value) {
    out += (out.empty() ? "{ " : ", ") + key + " = " + value;
  });
  return out + " }";
}

std::string to_toml(const GenericSpec& spec) {
  return inline_table(spec);
}
std::string to_toml(const MethodGrid& grid) {
  return inline_table(grid);
}

template <typename Spec>
std::string lines(const Spec& spec, const Spec& base) {
  std::string out;
  changed_fields(spec, base,
                 [&](const std::string& key, const std::string& value) { out += key + " = " + value + '\n'; });
  return out;
}

template <typename Spec>
std::string section(const std::string& header, const Spec& spec) {
  const std::string body = lines(spec, Spec{});
  return body.empty() ? "" : "\n" + header + "\n" + body;
}

/// A seed stays a plain number where TOML has it, however round it is.
std::string seed_text(std::uint64_t seed) {
  return seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ? quote(std::to_string(seed))
                                                                                     : std::to_string(seed);
}

}  // namespace

std::string format_project(const Project& project) {
  const Project base;
  std::string out =
      fmt::format("schema = {}\nname = {}\nseed = {}\n", project.schema, quote(project.name), seed_text(project.seed));
  if (project.seeds != std::vector<std::uint64_t>{project.seed}) {
    std::string list;
    for (const std::uint64_t seed : project.seeds) list += (list.empty() ? "" : ", ") + seed_text(seed);
    out += "seeds = [" + list + "]\n";
  }
  if (project.evaluation_tokens != base.evaluation_tokens) {
    out += "evaluation_tokens = " + to_toml(project.evaluation_tokens) + '\n';
  }
  for (const auto& corpus : project.corpora) {
    CorpusSpec always;  // differs in what the reader of the file wants to see anyway
    always.role = corpus.role == Role::generic ? Role::domain : Role::generic;
    always.reader.clear();
    out += "\n[[corpus]]\n" + lines(corpus, always);
  }
  out += section("[tokenizer]", project.tokenizer);
  out += section("[clustering]", project.clustering);
  for (const auto& network : project.small) {
    SmallNetworkSpec always;
    always.layers = always.width = always.heads = always.context = -1;
    out += "\n[network." + network.name + "]\n" + lines(network, always);
  }
  for (const auto& network : project.projected) {
    ProjectedNetworkSpec always;
    always.small.clear();
    always.h = always.m = -1;
    out += "\n[network." + network.name + "]\n" + lines(network, always);
  }
  for (const auto& method : project.methods) {
    MethodSpec always;
    always.name = method.kind;
    out += "\n[[method]]\n" + lines(method, always);
  }
  return out + section("[specialization]", project.specialization);
}

void save_project(const Project& project, const std::filesystem::path& file) {
  const std::string text = format_project(project);
  // What cannot be read back must not replace what can: text that is not UTF-8 in a path, or a broken rule.
  validate_project(project);
  if (!(parse_project(text, file) == project)) {
    throw Error(ErrorKind::project, {"the project cannot be written as it is", file.string(), "text in UTF-8",
                                     "Rename files whose names are not valid UTF-8."});
  }
  write_atomically(file, text);
}

}  // namespace pantograph
