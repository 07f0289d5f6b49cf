// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus/json_record.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace pantograph::corpus {
namespace {

namespace sj = simdjson;
using sj::ondemand::json_type;

const char* name_of(json_type type) {
  switch (type) {
    case json_type::array:
      return "an array";
    case json_type::object:
      return "an object";
    case json_type::number:
      return "a number";
    case json_type::string:
      return "a string";
    case json_type::boolean:
      return "true or false";
    case json_type::null:
      return "null";
  }
  return "something else";
}

std::string fault_of(sj::error_code error) {
  switch (error) {
    case sj::UTF8_ERROR:
      return "not UTF-8";
    case sj::STRING_ERROR:  // half of a surrogate pair, an unknown escape
      return "broken escape in JSON";
    case sj::DEPTH_ERROR:
      return "JSON nested too deep";
    default:
      return "broken JSON";
  }
}

/// The rest of a dotted name behind `part` and its point.
std::optional<std::string_view> behind(std::string_view name, std::string_view part) {
  if (name.size() <= part.size() + 1 || !name.starts_with(part) || name[part.size()] != '.') return std::nullopt;
  return name.substr(part.size() + 1);
}

constexpr std::size_t kMostFields = 200;

/// False where it had to end.
bool add_fields(sj::ondemand::object object, const std::string& outer, std::vector<std::string>& names) {
  for (auto member : object) {
    sj::ondemand::field one;
    std::string_view key;
    json_type type{};
    if (std::move(member).get(one) || one.unescaped_key().get(key) || one.value().type().get(type)) return false;
    const std::string name = outer + std::string(key);
    if (type == json_type::string) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      if (names.size() >= kMostFields) return false;
    } else if (type == json_type::object) {
      sj::ondemand::object nested;
      if (one.value().get_object().get(nested) || !add_fields(nested, name + ".", names)) return false;
    }
  }
  return true;
}

}  // namespace

struct JsonRecords::Impl {
  explicit Impl(TextField wanted)
      : field(std::move(wanted)), values(field.fields().size()), found(values.size()), template_(values.size() > 1) {}

  /// What stops the object from being read; the faults of fields go into `wrong`.
  sj::error_code object(sj::ondemand::object object, const std::vector<std::string_view>& names, bool top) {
    for (auto member : object) {
      sj::ondemand::field one;
      if (const auto error = std::move(member).get(one)) return error;
      std::string_view key;
      if (const auto error = one.unescaped_key().get(key)) return error;
      if (top) keys.emplace_back(key);
      std::vector<std::string_view> inner(names.size());
      bool descends = false;
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) continue;
        if (names[i] == key) {
          if (const auto error = value(one.value(), i)) return error;
          descends = false;
          inner.clear();
          break;
        }
        if (const auto rest = behind(names[i], key)) {
          inner[i] = *rest;
          descends = true;
        }
      }
      if (!descends) continue;
      sj::ondemand::object nested;
      const auto error = one.value().get_object().get(nested);
      if (error == sj::INCORRECT_TYPE) continue;
      if (error) return error;
      if (const auto inside = this->object(nested, inner, false)) return inside;
    }
    return sj::SUCCESS;
  }

  sj::error_code value(sj::ondemand::value value, std::size_t i) {
    json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (type == json_type::string) {
      std::string_view text;
      if (const auto error = value.get_string().get(text)) return error;
      values[i].assign(text);
      found[i] = true;
    } else if (template_ && (type == json_type::number || type == json_type::boolean)) {
      const std::string_view token = value.raw_json_token();
      values[i].assign(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
      found[i] = true;
    } else if (wrong.empty()) {
      wrong = "\"" + field.fields()[i] + "\" is " + name_of(type);
    }
    return sj::SUCCESS;
  }

  void read(std::string& json, Document& document) {
    json.reserve(json.size() + sj::SIMDJSON_PADDING);
    std::fill(found.begin(), found.end(), false);
    wrong.clear();
    keys.clear();
    sj::ondemand::document parsed;
    sj::ondemand::object object;
    auto error = parser.iterate(json.data(), json.size(), json.capacity()).get(parsed);
    if (!error) {
      json_type type{};
      error = parsed.type().get(type);
      if (!error && type != json_type::object) {
        // A text that merely begins with a letter has no type of JSON either.
        document.fault = "no JSON object";
        document.detail = std::string("(") + name_of(type) + ")";
        return;
      }
    }
    if (!error) error = parsed.get_object().get(object);
    const std::vector<std::string_view> names(field.fields().begin(), field.fields().end());
    if (!error) error = this->object(object, names, true);
    const char* behind_object = nullptr;
    if (!error && parsed.current_location().get(behind_object) != sj::OUT_OF_BOUNDS) error = sj::TRAILING_CONTENT;
    if (error) {
      document.fault = fault_of(error);
      document.detail = std::string("(") + sj::error_message(error) + ")";
      return;
    }
    if (!wrong.empty()) {
      document.fault = wrong;
      return;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i]) return field_is_missing(document, field.fields()[i], keys);
    }
    document.text = field.text(values);
  }

  const TextField field;
  sj::ondemand::parser parser;
  std::vector<std::string> values, keys;
  std::vector<bool> found;
  std::string wrong;
  const bool template_;
};

JsonRecords::JsonRecords(TextField field) : impl_(std::make_unique<Impl>(std::move(field))) {}

JsonRecords::~JsonRecords() = default;

void JsonRecords::read(std::string& json, Document& document) {
  impl_->read(json, document);
}

void add_json_fields(std::string& json, std::vector<std::string>& names) {
  json.reserve(json.size() + sj::SIMDJSON_PADDING);
  sj::ondemand::parser parser;
  sj::ondemand::document parsed;
  sj::ondemand::object object;
  if (parser.iterate(json.data(), json.size(), json.capacity()).get(parsed) || parsed.get_object().get(object)) return;
  add_fields(object, "", names);
}

}  // namespace pantograph::corpus
