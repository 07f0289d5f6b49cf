// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/setting_text.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/numbers.h"
#include "project/project_file.h"

namespace pantograph::project::detail {
namespace {

constexpr auto kLargestInteger = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());  // TOML's

template <typename Spec>
std::string inline_table(const Spec& spec) {
  std::string out;
  changed_fields(spec, Spec{}, [&](const std::string& key, const std::string& value) {
    out += (out.empty() ? "{ " : ", ") + key + " = " + value;
  });
  return out.empty() ? "{}" : out + " }";
}

template <typename Spec>
std::string section(const std::string& header, const Spec& spec) {
  const std::string body = setting_lines(spec, Spec{});
  return body.empty() ? "" : header + '\n' + body;
}

}  // namespace

std::string to_toml(const std::string& text) {
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

std::string to_toml(int value) {
  return std::to_string(value);
}

std::string to_toml(Role role) {
  return role == Role::domain ? "\"domain\"" : "\"generic\"";
}

std::string to_toml(std::uint64_t value) {
  const std::string text = format_count(value);
  const bool round = value >= 10'000 && text.size() <= 5 && text.back() > '9';
  return round || value > kLargestInteger ? '"' + text + '"' : std::to_string(value);
}

std::string seed_to_toml(std::uint64_t seed) {
  return seed > kLargestInteger ? '"' + std::to_string(seed) + '"' : std::to_string(seed);
}

std::string to_toml(double value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";  // a TOML float, not an integer
  return text;
}

std::string list_to_toml(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}

std::string to_toml(const GenericSpec& spec) {
  return inline_table(spec);
}

std::string to_toml(const MethodGrid& grid) {
  return inline_table(grid);
}

std::string to_toml(const SpecializationSweep& sweep) {
  return inline_table(sweep);
}

std::string table_text(const CorpusSpec& spec) {
  CorpusSpec base;
  base.role = spec.role == Role::generic ? Role::domain : Role::generic;  // always written
  base.reader.clear();
  return "[[corpus]]\n" + setting_lines(spec, base);
}

std::string table_text(const SmallNetworkSpec& spec) {
  SmallNetworkSpec base;
  base.layers = base.width = base.heads = base.context = -1;
  return "[network." + spec.name + "]\n" + setting_lines(spec, base);
}

std::string table_text(const ProjectedNetworkSpec& spec) {
  ProjectedNetworkSpec base;
  base.small.clear();
  base.h = base.m = -1;
  return "[network." + spec.name + "]\n" + setting_lines(spec, base);
}

std::string table_text(const MethodSpec& spec) {
  MethodSpec base;
  base.name = spec.kind;
  return "[[method]]\n" + setting_lines(spec, base);
}

std::string table_text(const TokenizerSpec& spec) {
  return section("[tokenizer]", spec);
}

std::string table_text(const ClusteringSpec& spec) {
  return section("[clustering]", spec);
}

std::string table_text(const SpecializationSpec& spec) {
  return section("[specialization]", spec);
}

std::string section_text(const Project& project, const std::string& key) {
  std::string out;
  visit_sections(&project, [&](const char* own, auto member) {
    if (own != key) return;
    const std::string text = table_text(project.*member);
    if (!out.empty() && !text.empty()) out += '\n';
    out += text;
  });
  return out;
}

}  // namespace pantograph::project::detail
