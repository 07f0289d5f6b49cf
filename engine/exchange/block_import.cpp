// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/block_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "exchange/small_weights.h"
#include "store/safetensors.h"

namespace pantograph::exchange {
namespace {

constexpr std::uint64_t kLargest = std::uint64_t{1} << 30;  // of a network's sizes, as its own files have them
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

network::NetworkConfig config_of(const BlockSettings& s) {
  if (s.architecture != "gpt2")
    refuse(s.where, fmt::format("architecture \"{}\"", printable(s.architecture)),
           "gpt2, the block that there is here");
  if (s.activation != "gelu") {
    refuse(s.where, fmt::format("activation \"{}\"", printable(s.activation)),
           "gelu, by the error function, which the block here computes",
           "A network trained with another one would compute other numbers here.");
  }
  if (!(std::fabs(s.norm_epsilon - kNormEpsilon) < 1e-3 * kNormEpsilon)) {
    refuse(s.where, fmt::format("a LayerNorm with epsilon {}", s.norm_epsilon),
           fmt::format("{}, as every LayerNorm here has it", kNormEpsilon));
  }
  network::NetworkConfig config;
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
  return config;
}

/// What Hugging Face's older files have beside the weights: the mask of the attention, which follows from the context.
bool is_mask(const std::string& name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
}

/// Names as a model with an output layer has them; those of a bare block lack the beginning.
void complete_names(TensorTable& tensors) {
  std::erase_if(tensors, [](const auto& one) { return is_mask(one.first); });
  const bool complete = std::any_of(tensors.begin(), tensors.end(),
                                    [](const auto& one) { return one.first.starts_with(kHuggingFaceBlock); });
  if (complete) return;
  TensorTable named;
  for (auto& [name, tensor] : tensors) {
    const bool outside = name == output_layer_name(Naming::hugging_face);
    named.emplace(outside ? name : kHuggingFaceBlock + name, std::move(tensor));
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

/// The shapes that the file has to have, by their names there.
struct Wanted {
  network::TensorSpec spec;
  TheirName theirs;
  std::vector<std::uint64_t> dims;
};

std::vector<Wanted> wanted_of(const network::NetworkConfig& config, Naming naming) {
  std::vector<Wanted> out;
  for (const network::TensorSpec& spec : network::layout(config)) {
    TheirName theirs = their_name(naming, spec);
    std::vector<std::uint64_t> dims(spec.shape.begin(), spec.shape.end());
    if (theirs.turned) std::reverse(dims.begin(), dims.end());
    out.push_back({spec, std::move(theirs), std::move(dims)});
  }
  return out;
}

void check_tensors(const BlockSettings& settings, const std::vector<Wanted>& wanted, const TensorTable& tensors,
                   Naming naming) {
  std::vector<std::string> missing, misshapen, more;
  std::set<std::string> known = {output_layer_name(naming)};
  for (const Wanted& one : wanted) {
    known.insert(one.theirs.name);
    const auto found = tensors.find(one.theirs.name);
    if (found == tensors.end()) {
      missing.push_back(one.theirs.name);
    } else if (found->second.dims != one.dims) {
      misshapen.push_back(fmt::format("{} {} instead of {}", one.theirs.name, store::dims_text(found->second.dims),
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
void check_tied(const TensorTable& tensors, const std::vector<Wanted>& wanted, Naming naming) {
  const auto output = tensors.find(output_layer_name(naming));
  if (output == tensors.end()) return;
  const auto tied = std::find_if(wanted.begin(), wanted.end(), [](const Wanted& one) { return one.spec.row->tied; });
  const NamedTensor& embedding = tensors.at(tied->theirs.name);
  if (output->second.dims == embedding.dims && output->second.read() == embedding.read()) return;
  refuse(fmt::format("{}: tensor {}", output->second.file.string(), output->first), "an output layer of its own",
         fmt::format("one that is {}: the block ties them", tied->theirs.name));
}

}  // namespace

network::Network import_block(const BlockSettings& settings, TensorTable tensors, Naming naming,
                              const TaskContext& task) {
  const network::NetworkConfig config = config_of(settings);
  if (naming == Naming::hugging_face) complete_names(tensors);
  const std::vector<Wanted> wanted = wanted_of(config, naming);
  check_tensors(settings, wanted, tensors, naming);
  check_tied(tensors, wanted, naming);
  store::TensorMap weights;
  for (const Wanted& one : wanted) {
    task.poll();
    task.progress(static_cast<double>(weights.size()), static_cast<double>(wanted.size()), "tensors");
    std::vector<float> values = read_finite(one.theirs.name, tensors.at(one.theirs.name));
    if (one.theirs.turned) values = transposed(values.data(), one.dims[0], one.dims[1]);
    store::HostTensor tensor{{store::DataType::f32, {one.spec.shape.begin(), one.spec.shape.end()}}, {}};
    tensor.data.resize(values.size() * sizeof(float));
    std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    weights.emplace("weights/" + one.spec.name, std::move(tensor));
  }
  return network::Network::load(config, weights);
}

}  // namespace pantograph::exchange
