// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of networks, as values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "kernel/activation.h"
#include "project/project.h"

namespace pantograph::network {

/// What a layer is made of; network/layout.cpp says it tensor by tensor.
enum class Block { gpt2, llama };
const char* to_string(Block block);  ///< "gpt2", "llama"

using kernel::Activation;
const char* to_string(Activation activation);  ///< "gelu", "gelu-tanh", "swiglu"

/// A decoder without dropout whose embedding is tied to its output. gpt2: learned positions, LayerNorm, biases. llama:
/// rotary positions (Su et al., arXiv 2104.09864), RMSNorm (Zhang & Sennrich, arXiv 1910.07467), SwiGLU, no biases, and
/// perhaps fewer heads of keys and values than of queries (Ainslie et al., arXiv 2305.13245). ε of norms is 1e-5.
struct SmallConfig {
  int layers = 2, width = 64, heads = 4, inner = 256, context = 128, vocabulary = 4096;
  Block block = Block::gpt2;
  Activation activation = Activation::gelu;
  int key_value_heads = 0;  ///< divides the heads; 0: as many as these
  int rope_base = 10'000;   ///< θ: pair i of a head of size s turns by position·θ^(−2i/s)
  bool operator==(const SmallConfig&) const = default;
  int key_heads() const { return key_value_heads > 0 ? key_value_heads : heads; }
  int key_width() const { return width / heads * key_heads(); }
};

/// Adapters of low rank beside the attention's and the MLP's matrices (Hu et al., arXiv 2106.09685), of a small
/// network: W + (alpha / rank)·B·A, where A and B are trained and nothing else is.
struct LoraConfig {
  int rank = 0;  ///< 0: no adapters
  double alpha = 0;
  bool operator==(const LoraConfig&) const = default;
};

struct NetworkConfig {
  SmallConfig small;
  bool projected = false;
  int h = 0, k = 0, m = 0;  ///< capacity multiplier, experts, size of an expert's vector; 0 unless projected
  LoraConfig lora;
  bool operator==(const NetworkConfig&) const = default;
};

nlohmann::json to_json(const NetworkConfig& config);
/// Throws Error(kind) when a size is below 1, the width is no multiple of the heads, or adapters do not fit.
void check_config(const NetworkConfig& config, ErrorKind kind);
NetworkConfig network_config_from_json(const nlohmann::json& json);  ///< Error(run) on a missing or wrong field

NetworkConfig small_config(const project::SmallNetworkSpec& spec, int vocabulary);
NetworkConfig projected_config(const project::ProjectedNetworkSpec& spec, const project::SmallNetworkSpec& small,
                               int vocabulary, int clusters);

struct Preset {
  std::string id, title;
  NetworkConfig config;
};
/// tiny, small, paper-slm, paper-pn-16, paper-pn-32, paper-pn-64, paper-llm.
const std::vector<Preset>& presets();

}  // namespace pantograph::network
