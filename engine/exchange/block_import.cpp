// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/block_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "store/safetensors.h"

namespace pantograph::exchange {
namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 28;  // of a network's sizes: a few of them still fit an int
constexpr std::uint64_t kMostLayers = 10'000;               // a list of all their tensors is made
constexpr double kNormEpsilon = 1e-5;                       // of every LayerNorm here
constexpr std::size_t kListed = 5;                          // names in a message

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& expected,
                         const std::string& remedy = "") {
  throw Error(ErrorKind::input, {found, where, expected, remedy});
}

std::string listed(const std::vector<std::string>& names) {
  const std::size_t count = std::min(names.size(), kListed);
  std::string out =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), ", "));
  if (names.size() > count) out += fmt::format(" and {} more", names.size() - count);
  return out;
}

/// Block and activation, of those that there are here.
void read_block(const BlockSettings& s, network::SmallConfig& to) {
  using network::Activation;
  using network::Block;
  const bool llama = s.architecture == network::to_string(Block::llama);
  if (!llama && s.architecture != network::to_string(Block::gpt2))
    refuse(s.where, fmt::format("architecture \"{}\"", printable(s.architecture)), "gpt2 or llama, as the blocks here");
  to.block = llama ? Block::llama : Block::gpt2;
  const auto names = llama ? std::vector{Activation::swiglu} : std::vector{Activation::gelu, Activation::gelu_tanh};
  const auto found =
      std::find_if(names.begin(), names.end(), [&](Activation one) { return s.activation == network::to_string(one); });
  if (found == names.end()) {
    refuse(s.where, fmt::format("activation \"{}\"", printable(s.activation)),
           llama ? "swiglu" : "gelu, by the error function, or its tanh form",
           "A network trained with another one would compute other numbers here.");
  }
  to.activation = *found;
}

/// Of a llama: heads that share keys and values, and the base of its rotary positions.
void read_rotary(const BlockSettings& s, network::SmallConfig& to) {
  if (s.key_heads < 1 || s.key_heads > s.heads || s.heads % s.key_heads != 0) {
    refuse(s.where, fmt::format("{} heads of keys and values for {} heads", s.key_heads, s.heads),
           "a number that divides the heads");
  }
  to.key_value_heads = s.key_heads == s.heads ? 0 : static_cast<int>(s.key_heads);
  if (s.width / s.heads % 2 != 0) refuse(s.where, fmt::format("heads of size {}", s.width / s.heads), "an even size");
  if (!(s.rotary_base >= 2 && s.rotary_base <= static_cast<double>(kLargest)) ||
      s.rotary_base != std::floor(s.rotary_base))
    refuse(s.where, fmt::format("rotary positions of base {}", s.rotary_base),
           fmt::format("a whole number, 2 to {}", kLargest));
  to.rope_base = static_cast<int>(s.rotary_base);
}

/// What Hugging Face's older files have beside the weights: the mask of the attention and the speeds of rotary
/// positions, which follow from the settings.
bool is_derived(const std::string& name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") || name.ends_with(".rotary_emb.inv_freq");
}

/// Names as GPT-2 with an output layer has them; those of a bare block lack the beginning.
void complete_names(TensorTable& tensors) {
  constexpr std::string_view kBlock = "transformer.";
  const bool complete =
      std::any_of(tensors.begin(), tensors.end(), [&](const auto& one) { return one.first.starts_with(kBlock); });
  if (complete) return;
  TensorTable named;
  for (auto& [name, tensor] : tensors) {
    const bool outside = name == output_layer_name(Format::hugging_face);
    named.emplace(outside ? name : fmt::format("{}{}", kBlock, name), std::move(tensor));
  }
  tensors = std::move(named);
}

std::vector<float> read_finite(const std::string& name, const NamedTensor& tensor) {
  std::vector<float> values = tensor.read();
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    refuse(fmt::format("{}: tensor {}", tensor.file.string(), name), "numbers that are not finite", "finite ones",
           "The training that made the file has diverged, or its numbers do not fit into the file's type.");
  }
  return values;
}

void check_tensors(const BlockSettings& settings, const std::vector<TensorPlace>& wanted, const TensorTable& tensors,
                   Format format) {
  std::vector<std::string> missing, misshapen, more;
  std::set<std::string> known = {output_layer_name(format)};
  for (const TensorPlace& one : wanted) {
    known.insert(one.theirs);
    const auto found = tensors.find(one.theirs);
    if (found == tensors.end()) {
      missing.push_back(one.theirs);
    } else if (found->second.dims != one.dims) {
      misshapen.push_back(fmt::format("{} {} instead of {}", one.theirs, store::dims_text(found->second.dims),
                                      store::dims_text(one.dims)));
    }
  }
  if (!missing.empty()) refuse(settings.where, "no tensor " + listed(missing), "every tensor of the block");
  if (!misshapen.empty())
    refuse(settings.where, "tensor " + listed(misshapen), "the shapes that follow from the file's settings");
  for (const auto& [name, tensor] : tensors) {
    if (!known.contains(name)) more.push_back(printable(name));
  }
  if (!more.empty()) {
    refuse(settings.where, "tensor " + listed(more), "only those of the block",
           "The file is of a model with more in it than the block here, and would compute something else without it.");
  }
}

/// The block's output layer is its embedding: another one has no place in it.
void check_tied(const BlockSettings& settings, const TensorTable& tensors, const TensorPlace& embedding,
                Format format) {
  const auto output = tensors.find(output_layer_name(format));
  if (output == tensors.end() && !settings.tied) {
    refuse(settings.where, fmt::format("no tensor {}, and an output layer that is not tied", output_layer_name(format)),
           fmt::format("one that is {}: the block ties them", embedding.theirs));
  }
  if (output == tensors.end()) return;
  const NamedTensor& tied = tensors.at(embedding.theirs);
  if (output->second.dims == tied.dims && output->second.read() == tied.read()) return;
  refuse(fmt::format("{}: tensor {}", output->second.file.string(), output->first), "an output layer of its own",
         fmt::format("one that is {}: the block ties them", embedding.theirs));
}

}  // namespace

network::NetworkConfig block_config(const BlockSettings& s) {
  network::NetworkConfig config;
  read_block(s, config.small);
  if (!(std::fabs(s.norm_epsilon - kNormEpsilon) < 1e-3 * kNormEpsilon)) {
    refuse(s.where, fmt::format("norms with epsilon {}", s.norm_epsilon),
           fmt::format("{}, as all norms here have it", kNormEpsilon));
  }
  const std::tuple<const char*, std::uint64_t, std::uint64_t, int*> sizes[] = {
      {"layers", s.layers, kMostLayers, &config.small.layers},
      {"width", s.width, kLargest, &config.small.width},
      {"heads", s.heads, kLargest, &config.small.heads},
      {"inner width", s.inner, kLargest, &config.small.inner},
      {"context", s.context, kLargest, &config.small.context},
      {"vocabulary", s.vocabulary, kLargest, &config.small.vocabulary}};
  for (const auto& [name, value, most, to] : sizes) {
    if (value < 1 || value > most) refuse(s.where, fmt::format("{} {}", name, value), fmt::format("1 to {}", most));
    *to = static_cast<int>(value);
  }
  if (s.width % s.heads != 0) {
    refuse(s.where, fmt::format("width {} with {} heads", s.width, s.heads),
           "a width that is a multiple of the number of heads");
  }
  if (config.small.block == network::Block::llama) read_rotary(s, config.small);
  return config;
}

store::TensorMap block_weights(const BlockSettings& settings, const network::NetworkConfig& config, TensorTable tensors,
                               Format format, const TaskContext& task) {
  if (format == Format::hugging_face) {
    std::erase_if(tensors, [](const auto& one) { return is_derived(one.first); });
    if (config.small.block == network::Block::gpt2) complete_names(tensors);
  }
  const std::vector<TensorPlace> wanted = tensor_places(config.small, format);
  check_tensors(settings, wanted, tensors, format);
  check_tied(settings, tensors, wanted.front(), format);
  store::TensorMap weights;
  std::size_t done = 0;
  for (const TensorPlace& one : wanted) {
    task.poll();
    task.progress(static_cast<double>(done++), static_cast<double>(wanted.size()), "tensors");
    store::HostTensor& tensor = weights["weights/" + one.ours];
    if (tensor.data.empty()) {
      tensor.shape = {store::DataType::f32, one.our_dims};
      tensor.data.resize(tensor.shape.count() * sizeof(float));
    }
    one.to_ours(read_finite(one.theirs, tensors.at(one.theirs)), reinterpret_cast<float*>(tensor.data.data()));
  }
  return weights;
}

}  // namespace pantograph::exchange
