// SPDX-License-Identifier: GPL-3.0-or-later
// JSON of other programs, with a message for whatever is not as it should be. Private to this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pantograph::exchange {

/// A JSON object of a file, and where it stands.
class JsonSettings {
 public:
  /// Error(input) where the file is missing, too large or no JSON object.
  explicit JsonSettings(const std::filesystem::path& file);
  JsonSettings(nlohmann::json object, std::string where);

  const nlohmann::json& value() const { return json_; }
  const std::string& where() const { return where_; }
  /// Whether there is such a key with another value than null.
  bool has(const std::string& key) const;

  /// The value of a key; `otherwise` where there is none, or null. Error(input) where it has another type, or where
  /// there is none and no `otherwise`.
  std::string text(const std::string& key, const std::optional<std::string>& otherwise = {}) const;
  std::uint64_t count(const std::string& key, std::optional<std::uint64_t> otherwise = {}) const;
  double number(const std::string& key, std::optional<double> otherwise = {}) const;
  bool flag(const std::string& key, std::optional<bool> otherwise = {}) const;
  JsonSettings object(const std::string& key) const;
  const nlohmann::json& list(const std::string& key) const;
  /// A key of which only one value is taken: absent, null, or this one.
  void only(const std::string& key, const nlohmann::json& value, const std::string& why) const;

  [[noreturn]] void refuse(const std::string& found, const std::string& expected, const std::string& remedy = "") const;

 private:
  const nlohmann::json* find(const std::string& key, bool needed) const;
  [[noreturn]] void wrong_type(const std::string& key, const std::string& expected) const;

  nlohmann::json json_;
  std::string where_;
};

}  // namespace pantograph::exchange
