// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_folder.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "base/hash.h"

namespace pantograph::bert {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFiles[] = {"config.json",           "model.safetensors",         "vocab.txt",
                                  "tokenizer_config.json", "sentence_bert_config.json", "1_Pooling/config.json"};

/// One JSON object of the folder, with the message for each way in which it can be wrong.
class Settings {
 public:
  explicit Settings(const fs::path& path, bool list = false) : where_(path.string()) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return;
    there_ = true;
    const std::string expected = list ? "one JSON array" : "one JSON object";
    try {
      value_ = json::parse(in);
    } catch (const json::exception& error) {
      refuse("", std::string("broken JSON: ") + error.what(), expected);
    }
    if (list ? !value_.is_array() : !value_.is_object())
      refuse("", std::string("JSON of the sort ") + value_.type_name(), expected);
  }
  bool there() const { return there_; }

  [[noreturn]] void refuse(const std::string& key, const std::string& found, const std::string& expected) const {
    throw Error(ErrorKind::input, {found, key.empty() ? where_ : where_ + ": " + key, expected,
                                   "Choose the folder of a BERT model, complete as it was downloaded."});
  }
  /// A whole number from `low` to `high`; null and absent give the default, which is required when negative.
  int number(const char* key, int low, int high, int otherwise = -1) const {
    const auto found = value_.find(key);
    if (found == value_.end() || found->is_null()) {
      if (otherwise < 0) refuse(key, "missing", range(low, high));
      return otherwise;
    }
    const auto value = found->is_number_integer() ? found->get<long long>() : -1;
    if (value < low || value > high) refuse(key, text(*found), range(low, high));
    return static_cast<int>(value);
  }
  bool flag(const char* key, bool otherwise) const {
    const auto found = value_.find(key);
    if (found == value_.end() || found->is_null()) return otherwise;
    if (!found->is_boolean()) refuse(key, text(*found), "true or false");
    return found->get<bool>();
  }
  bool has(const char* key) const {
    const auto found = value_.find(key);
    return found != value_.end() && !found->is_null();
  }
  std::string string(const char* key) const {
    const auto found = value_.find(key);
    if (found == value_.end() || !found->is_string()) refuse(key, has(key) ? text(*found) : "missing", "a text");
    return found->get<std::string>();
  }
  /// A number of tokens; "none" is written as 1e30.
  int length(const char* key, int otherwise) const {
    if (!has(key)) return otherwise;
    const json& found = value_.at(key);
    const double value = found.is_number() ? found.get<double>() : 0;
    if (!(value >= 3)) refuse(key, text(found), "a number of at least 3");
    return static_cast<int>(std::min(value, static_cast<double>(otherwise)));
  }
  void expect_text(const char* key, const std::string& wanted) const {
    const auto found = value_.find(key);
    if (found == value_.end() || found->is_null()) return;
    if (!found->is_string() || found->get<std::string>() != wanted) refuse(key, text(*found), "\"" + wanted + "\"");
  }
  /// The steps that sentence-transformers puts behind each other: others than these would change the vectors.
  void expect_modules() const {
    for (const json& module : value_) {
      const std::string type = module.is_object() && module.contains("type") ? text(module["type"]) : text(module);
      if (!type.ends_with(".Transformer\"") && !type.ends_with(".Pooling\"") && !type.ends_with(".Normalize\""))
        refuse("type", type, "Transformer, Pooling and Normalize only");
    }
  }
  double epsilon() const {
    const auto found = value_.find("layer_norm_eps");
    if (found == value_.end()) return 1e-12;
    if (!found->is_number() || !(found->get<double>() > 0) || found->get<double>() > 1)
      refuse("layer_norm_eps", text(*found), "a number above 0 and up to 1");
    return found->get<double>();
  }

 private:
  static std::string text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }
  static std::string range(int low, int high) {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  }
  std::string where_;
  bool there_ = false;
  json value_ = json::object();
};

/// As sentence-transformers writes it from 5.4 on.
Pooling named_pooling(const Settings& pooling) {
  const std::string mode = pooling.string("pooling_mode");
  if (mode == "mean") return Pooling::mean;
  if (mode == "cls") return Pooling::first;
  pooling.refuse("pooling_mode", '"' + mode + '"', "\"mean\" or \"cls\": other poolings are not computed here");
}

/// As older versions write it: one flag for each sort.
Pooling flagged_pooling(const Settings& pooling) {
  const bool first = pooling.flag("pooling_mode_cls_token", false);
  const bool mean = pooling.flag("pooling_mode_mean_tokens", !pooling.there());
  bool others = false;
  for (const char* other : {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens",
                            "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"})
    others = pooling.flag(other, false) || others;
  if (first == mean || others) {
    pooling.refuse("pooling_mode_mean_tokens, pooling_mode_cls_token",
                   others ? "another pooling" : (mean ? "both" : "neither"),
                   "one of the two: other poolings are not computed here");
  }
  return first ? Pooling::first : Pooling::mean;
}

}  // namespace

Config read_config(const fs::path& folder) {
  Settings(folder / "modules.json", true).expect_modules();
  const Settings model(folder / "config.json");
  if (!model.there()) model.refuse("", "cannot be read", "a folder with config.json, model.safetensors and vocab.txt");
  model.expect_text("model_type", "bert");
  model.expect_text("position_embedding_type", "absolute");
  model.expect_text("hidden_act", "gelu");
  Config out;
  out.vocabulary = model.number("vocab_size", 1, 1 << 24);
  out.hidden = model.number("hidden_size", 1, 1 << 16);
  out.layers = model.number("num_hidden_layers", 1, 1000);
  out.heads = model.number("num_attention_heads", 1, out.hidden);
  if (out.hidden % out.heads != 0) {
    model.refuse("num_attention_heads", std::to_string(out.heads),
                 "a divisor of the hidden size " + std::to_string(out.hidden));
  }
  out.inner = model.number("intermediate_size", 1, 1 << 18);
  out.positions = model.number("max_position_embeddings", 3, 1 << 20);
  out.types = model.number("type_vocab_size", 1, 1 << 16, 2);
  out.epsilon = static_cast<float>(model.epsilon());

  const Settings tokenizer(folder / "tokenizer_config.json");
  out.lower_case = tokenizer.flag("do_lower_case", true);
  out.strip_accents = tokenizer.flag("strip_accents", out.lower_case);
  out.split_chinese = tokenizer.flag("tokenize_chinese_chars", true);
  const Settings sentence(folder / "sentence_bert_config.json");
  out.lower_case = sentence.flag("do_lower_case", false) || out.lower_case;
  const int longest = sentence.has("max_seq_length") ? sentence.number("max_seq_length", 3, 1 << 30)
                                                     : tokenizer.length("model_max_length", out.positions);
  out.longest = std::min(longest, out.positions);
  const Settings pooling(folder / "1_Pooling/config.json");
  out.pooling = pooling.has("pooling_mode") ? named_pooling(pooling) : flagged_pooling(pooling);
  return out;
}

std::string hash_of_model(const fs::path& folder) {
  Hasher hasher;
  std::vector<char> block(1 << 20);
  for (const char* name : kFiles) {
    std::ifstream in(folder / name, std::ios::binary);
    if (!in) continue;
    std::uint64_t size = 0;
    hasher.add(name);
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
      hasher.add(block.data(), static_cast<std::size_t>(in.gcount()));
      size += static_cast<std::uint64_t>(in.gcount());
    }
    hasher.add(&size, sizeof size);
  }
  return hasher.result().hex();
}

}  // namespace pantograph::bert
