// SPDX-License-Identifier: GPL-3.0-or-later
// The project from its file: migrated, read (project_reader.h) and held against the rules (project_rules.h).
#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/error.h"
#include "base/files.h"
#include "project/project_file.h"
#include "project/project_reader.h"
#include "project/project_rules.h"

namespace pantograph::project {
namespace fs = std::filesystem;

namespace {
constexpr std::uintmax_t kLargestFile = 16 << 20;
}

namespace detail {
namespace {

/// kMigrations[i] turns a file of schema i + 1 into one of schema i + 2.
using Migration = void (*)(toml::table&);
constexpr std::array<Migration, kProjectSchema - 1> kMigrations{};

void migrate(toml::table& root, const fs::path& file) {
  const auto* node = root.get("schema");
  const auto line = node == nullptr ? 1 : node->source().begin.line;
  const std::string where = fmt::format("{}:{}: schema", file.string(), line);
  if (node == nullptr || !node->is_integer() || node->as_integer()->get() < 1) {
    throw Error(ErrorKind::project, {node == nullptr ? "the key is missing" : "not a schema's number", where,
                                     fmt::format("schema = {}", kProjectSchema), ""});
  }
  const std::int64_t schema = node->as_integer()->get();
  if (schema > kProjectSchema) {
    throw Error(ErrorKind::project,
                {fmt::format("the project has schema {}", schema), where,
                 fmt::format("schema {} or older", kProjectSchema), "Open it with a newer version of Pantograph."});
  }
  for (auto i = static_cast<std::size_t>(schema - 1); i < kMigrations.size(); ++i) kMigrations[i](root);
  root.insert_or_assign("schema", kProjectSchema);
}

}  // namespace

Project project_from_toml(const std::string& text, const fs::path& file, const std::vector<std::string>& settings) {
  toml::table root = parse_toml(text, file.string());
  migrate(root, file);
  for (const auto& setting : settings) apply_setting(root, setting);
  Reader reader(file, settings);
  Project project = reader.read(root);
  project.file = file;
  try {
    check_rules(project);
  } catch (const Violation& v) {
    throw Error(ErrorKind::project, {"found " + in_short(v.found), in_short(reader.where(v.key)), in_short(v.expected),
                                     in_short(v.remedy)});
  }
  return project;
}

}  // namespace detail

Project parse_project(const std::string& toml, const fs::path& file) {
  return detail::project_from_toml(toml, file, {});
}

Project load_project(const fs::path& file) {
  return load_project(file, {});
}

Project parse_unchecked(const std::string& toml, const fs::path& file) {
  toml::table root = detail::parse_toml(toml, file.string());
  detail::migrate(root, file);
  Project project = detail::Reader(file, {}).read(root);
  project.file = file;
  return project;
}

std::string read_project_text(const fs::path& file) {
  std::error_code code;
  const fs::file_status status = fs::status(file, code);
  if (fs::exists(status) && !fs::is_regular_file(status)) {  // reading a pipe or a device might never end
    throw Error(ErrorKind::project, {"the project is not a file", file.string(), "a file NAME.pantograph", ""});
  }
  if (const auto size = fs::file_size(file, code); !code && size > kLargestFile) {
    throw Error(ErrorKind::project, {fmt::format("the project has {} bytes", size), file.string(),
                                     fmt::format("at most {}", std::uintmax_t{kLargestFile}),
                                     "Name folders or patterns instead of single files."});
  }
  try {
    return read_file(file);
  } catch (const Error& e) {
    throw Error(ErrorKind::project,
                {"the project " + e.text().found, e.text().where, e.text().expected, e.text().remedy});
  }
}

Project load_project(const fs::path& file, const std::vector<std::string>& settings) {
  return detail::project_from_toml(read_project_text(file), file, settings);
}

}  // namespace pantograph::project
