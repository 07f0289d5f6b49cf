// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/json_settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace pantograph::exchange {
namespace {

using nlohmann::json;

constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 28;  // bytes; tokenizers of 256,000 pieces take 35 MB
constexpr std::size_t kShown = 60;                                // bytes of a value, in messages

std::string shown(const json& value) {
  const std::string text =
      value.is_structured() ? value.type_name() : value.dump(-1, ' ', false, json::error_handler_t::replace);
  return printable(text.size() > kShown ? text.substr(0, kShown) + "…" : text);
}

json parse(const std::filesystem::path& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (!code && size > kLargestFile) {
    throw Error(ErrorKind::input, {fmt::format("a file of {} bytes", size), file.string(),
                                   fmt::format("JSON of at most {}", kLargestFile), ""});
  }
  try {
    return json::parse(read_file(file));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::input, {fmt::format("no JSON: {}", printable(error.what())), file.string(), "a JSON object",
                                   "Download or export the file again."});
  }
}

}  // namespace

JsonSettings::JsonSettings(const std::filesystem::path& file) : JsonSettings(parse(file), file.string()) {}

JsonSettings::JsonSettings(json object, std::string where) : json_(std::move(object)), where_(std::move(where)) {
  if (!json_.is_object()) refuse(fmt::format("{}, not an object", shown(json_)), "a JSON object");
}

void JsonSettings::refuse(const std::string& found, const std::string& expected, const std::string& remedy) const {
  throw Error(ErrorKind::input, {found, where_, expected, remedy});
}

void JsonSettings::wrong_type(const std::string& key, const std::string& expected) const {
  refuse(fmt::format("{} = {}", key, shown(json_.at(key))), expected);
}

bool JsonSettings::has(const std::string& key) const {
  return find(key, false) != nullptr;
}

const json* JsonSettings::find(const std::string& key, bool needed) const {
  const auto found = json_.find(key);
  if (found != json_.end() && !found->is_null()) return &*found;
  if (needed) refuse(fmt::format("no \"{}\"", key), "a value for it");
  return nullptr;
}

std::string JsonSettings::text(const std::string& key, const std::optional<std::string>& otherwise) const {
  const json* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (!value->is_string()) wrong_type(key, "a text");
  return value->get<std::string>();
}

std::uint64_t JsonSettings::count(const std::string& key, std::optional<std::uint64_t> otherwise) const {
  const json* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (!value->is_number_unsigned()) wrong_type(key, "a whole number from 0 on");
  return value->get<std::uint64_t>();
}

double JsonSettings::number(const std::string& key, std::optional<double> otherwise) const {
  const json* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (!value->is_number()) wrong_type(key, "a number");
  return value->get<double>();
}

bool JsonSettings::flag(const std::string& key, std::optional<bool> otherwise) const {
  const json* value = find(key, !otherwise);
  if (value == nullptr) return *otherwise;
  if (!value->is_boolean()) wrong_type(key, "true or false");
  return value->get<bool>();
}

JsonSettings JsonSettings::object(const std::string& key) const {
  return {*find(key, true), where_ + ": " + key};
}

const json& JsonSettings::list(const std::string& key) const {
  const json& value = *find(key, true);
  if (!value.is_array()) wrong_type(key, "a list");
  return value;
}

void JsonSettings::only(const std::string& key, const json& value, const std::string& why) const {
  if (!has(key) || json_.at(key) == value) return;
  refuse(fmt::format("{} = {}", key, shown(json_.at(key))), fmt::format("{}: {}", shown(value), why));
}

}  // namespace pantograph::exchange
