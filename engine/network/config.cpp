// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of networks: from the project, to and from JSON, and the presets.
#include "network/config.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pantograph::network {
namespace {

[[noreturn]] void refuse_field(const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::run,
              {"network field " + found, "network configuration", expected, "Make the artifact again."});
}

constexpr std::pair<Block, const char*> kBlocks[] = {{Block::gpt2, "gpt2"}, {Block::llama, "llama"}};
constexpr std::pair<Activation, const char*> kActivations[] = {
    {Activation::gelu, "gelu"}, {Activation::gelu_tanh, "gelu-tanh"}, {Activation::swiglu, "swiglu"}};

/// The value of one of these names; nothing where it is none of them.
template <typename Value, std::size_t n>
std::optional<Value> named(const std::pair<Value, const char*> (&all)[n], const std::string& name) {
  for (const auto& [value, text] : all) {
    if (name == text) return value;
  }
  return std::nullopt;
}

int positive(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer() || found->get<std::int64_t>() < 1 ||
      found->get<std::int64_t>() > (std::int64_t{1} << 30)) {
    refuse_field(std::string("\"") + key + "\" is " + (found == json.end() ? "missing" : found->dump()),
                 "a whole number above 0");
  }
  return found->get<int>();
}

template <typename Value, std::size_t n>
Value word(const nlohmann::json& json, const char* key, const std::pair<Value, const char*> (&all)[n], Value without) {
  const auto found = json.find(key);
  if (found == json.end()) return without;
  if (found->is_string()) {
    if (const auto value = named(all, found->get<std::string>())) return *value;
  }
  std::string words;
  for (const auto& [value, text] : all) words += (words.empty() ? "\"" : ", \"") + std::string(text) + "\"";
  refuse_field(std::string("\"") + key + "\" is " + found->dump(), words);
}

void read_block(const nlohmann::json& json, SmallConfig& s) {
  s.block = word(json, "block", kBlocks, Block::gpt2);
  s.activation =
      word(json, "activation", kActivations, s.block == Block::llama ? Activation::swiglu : Activation::gelu);
  if (json.contains("key_value_heads")) s.key_value_heads = positive(json, "key_value_heads");
  if (json.contains("rope_base")) s.rope_base = positive(json, "rope_base");
  if (s.key_value_heads == s.heads) s.key_value_heads = 0;
}

LoraConfig lora(const nlohmann::json& json) {
  if (!json.is_object()) refuse_field("\"lora\" is " + json.dump(), "an object with rank and alpha");
  const auto alpha = json.find("alpha");
  if (alpha == json.end() || !alpha->is_number()) refuse_field("\"alpha\" is no number", "a number above 0");
  return {positive(json, "rank"), alpha->get<double>()};
}

void check_block(const SmallConfig& s, const std::function<void(const std::string&, const std::string&)>& fail) {
  const bool llama = s.block == Block::llama;
  if (llama != (s.activation == Activation::swiglu)) {
    fail(std::string("activation ") + to_string(s.activation) + " of a block " + to_string(s.block),
         llama ? "swiglu" : "gelu or gelu-tanh");
  }
  if (!llama) {
    if (s.key_value_heads != 0) fail("key_value_heads of a block gpt2", "as many as heads");
    return;
  }
  if (s.key_value_heads < 0 || s.heads % s.key_heads() != 0) {
    fail(std::to_string(s.key_value_heads) + " heads of keys and values for " + std::to_string(s.heads) + " heads",
         "a number that divides the heads");
  }
  if (s.width / s.heads % 2 != 0) fail("heads of size " + std::to_string(s.width / s.heads), "an even size");
  if (s.rope_base < 2) fail("rope_base " + std::to_string(s.rope_base), "at least 2");
}

NetworkConfig small(int layers, int width, int heads, int context, int vocabulary) {
  NetworkConfig config;
  config.small = {layers, width, heads, 4 * width, context, vocabulary};
  return config;
}

NetworkConfig projected(NetworkConfig config, int h, int k, int m) {
  config.projected = true;
  config.h = h;
  config.k = k;
  config.m = m;
  return config;
}

}  // namespace

const char* to_string(Block block) {
  return kBlocks[static_cast<std::size_t>(block)].second;
}

const char* to_string(Activation activation) {
  return kActivations[static_cast<std::size_t>(activation)].second;
}

void check_config(const NetworkConfig& config, ErrorKind kind) {
  const auto fail = [&](const std::string& found, const std::string& expected) {
    throw Error(kind, {found, "network", expected, "Change the network's shape."});
  };
  const SmallConfig& s = config.small;
  const std::pair<const char*, int> sizes[] = {{"layers", s.layers},   {"width", s.width},
                                               {"heads", s.heads},     {"inner width", s.inner},
                                               {"context", s.context}, {"vocabulary", s.vocabulary}};
  for (const auto& [name, value] : sizes) {
    if (value < 1) fail(std::string(name) + " " + std::to_string(value), "at least 1");
  }
  if (s.width % s.heads != 0) {
    fail("width " + std::to_string(s.width) + " with " + std::to_string(s.heads) + " heads",
         "a width that is a multiple of the number of heads");
  }
  check_block(s, fail);
  if (const LoraConfig& l = config.lora; l.rank != 0 || l.alpha != 0) {
    const int most = std::min(s.width, s.inner);
    if (config.projected) fail("adapters in a projected network", "adapters in a small network");
    if (l.rank < 1 || l.rank > most) fail("adapters of rank " + std::to_string(l.rank), "1 to " + std::to_string(most));
    if (!(l.alpha > 0) || !std::isfinite(l.alpha)) fail("alpha " + std::to_string(l.alpha), "a number above 0");
  }
  if (!config.projected) return;
  const std::pair<const char*, int> hyper[] = {{"h", config.h}, {"k", config.k}, {"m", config.m}};
  for (const auto& [name, value] : hyper) {
    if (value < 1) fail(std::string(name) + " " + std::to_string(value), "at least 1");
  }
}

nlohmann::json to_json(const NetworkConfig& config) {
  const SmallConfig& s = config.small;
  nlohmann::json json = {{"layers", s.layers}, {"width", s.width},     {"heads", s.heads},
                         {"inner", s.inner},   {"context", s.context}, {"vocabulary", s.vocabulary}};
  if (s.block != Block::gpt2) json["block"] = to_string(s.block);
  if (s.activation == Activation::gelu_tanh) json["activation"] = to_string(s.activation);
  if (s.key_value_heads > 0) json["key_value_heads"] = s.key_value_heads;
  if (s.block == Block::llama) json["rope_base"] = s.rope_base;
  if (config.projected) json["projected"] = {{"h", config.h}, {"k", config.k}, {"m", config.m}};
  if (config.lora.rank > 0) json["lora"] = {{"rank", config.lora.rank}, {"alpha", config.lora.alpha}};
  return json;
}

NetworkConfig network_config_from_json(const nlohmann::json& json) {
  if (!json.is_object()) {
    throw Error(ErrorKind::run, {std::string("a network configuration that is a JSON ") + json.type_name(),
                                 "network configuration", "a JSON object", "Make the artifact again."});
  }
  NetworkConfig config;
  config.small = {positive(json, "layers"), positive(json, "width"),   positive(json, "heads"),
                  positive(json, "inner"),  positive(json, "context"), positive(json, "vocabulary")};
  read_block(json, config.small);
  if (const auto found = json.find("projected"); found != json.end()) {
    if (!found->is_object()) refuse_field("\"projected\" is " + found->dump(), "an object with h, k and m");
    config = projected(config, positive(*found, "h"), positive(*found, "k"), positive(*found, "m"));
  }
  if (const auto found = json.find("lora"); found != json.end()) config.lora = lora(*found);
  check_config(config, ErrorKind::run);
  return config;
}

NetworkConfig small_config(const project::SmallNetworkSpec& spec, int vocabulary) {
  NetworkConfig config;
  config.small = {spec.layers, spec.width, spec.heads, spec.inner_width(), spec.context, vocabulary};
  SmallConfig& s = config.small;
  s.block = named(kBlocks, spec.block).value_or(Block::gpt2);
  s.activation =
      s.block == Block::llama ? Activation::swiglu : named(kActivations, spec.activation).value_or(s.activation);
  s.key_value_heads = spec.key_value_heads == spec.heads ? 0 : spec.key_value_heads;
  s.rope_base = spec.rope_base;
  return config;
}

NetworkConfig projected_config(const project::ProjectedNetworkSpec& spec, const project::SmallNetworkSpec& small_spec,
                               int vocabulary, int clusters) {
  return projected(small_config(small_spec, vocabulary), spec.h, clusters, spec.m);
}

const std::vector<Preset>& presets() {
  // The paper gives parameter counts and no h or m. With its small network's MLP matrices (58.7M weights over 7 layers)
  // and everything else shared, 756M, 1,422M and 2,770M are nearest to h = 12, 23 and 46. m hardly counts (k·m +
  // 14·m·h); m = k lets E hold any set of vectors.
  static const std::vector<Preset> all = [] {
    const NetworkConfig slm = small(7, 1024, 8, 1024, 32000);
    return std::vector<Preset>{
        {"tiny", "Tiny: 2 layers of width 64", small(2, 64, 4, 128, 4096)},
        {"small", "Small: 4 layers of width 256", small(4, 256, 4, 256, 4096)},
        {"paper-slm", "Paper: small model, 126M", slm},
        {"paper-pn-16", "Paper: projected network, 16 experts, 756M", projected(slm, 12, 16, 16)},
        {"paper-pn-32", "Paper: projected network, 32 experts, 1,422M", projected(slm, 23, 32, 32)},
        {"paper-pn-64", "Paper: projected network, 64 experts, 2,770M", projected(slm, 46, 64, 64)},
        {"paper-llm", "Paper: large model, 771M", small(7, 2816, 22, 1024, 32000)},
    };
  }();
  return all;
}

}  // namespace pantograph::network
