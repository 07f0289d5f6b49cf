// SPDX-License-Identifier: GPL-3.0-or-later
#include "tiny_bert.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/random.h"

namespace tiny {
namespace {

using pantograph::Random;
using Matrix = std::vector<std::vector<double>>;  // [tokens, width]

/// To the nearest fp16 number of values that are neither huge nor tiny; bit pattern in `bits`.
float round_half(float value, std::uint16_t& bits) {
  if (value == 0) {
    bits = 0;
    return 0;
  }
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(static_cast<double>(value)), &exponent);  // 0.5 to 1
  if (exponent < -13) {  // below the smallest normal number: counted in 2^-24
    const auto count = static_cast<std::uint16_t>(std::nearbyint(std::fabs(value) * 0x1p24));
    bits = static_cast<std::uint16_t>((value < 0 ? 0x8000u : 0u) | count);
    return std::copysign(static_cast<float>(count * 0x1p-24), value);
  }
  auto mantissa = static_cast<std::uint32_t>(std::nearbyint(fraction * 2048));  // 1024 to 2048
  if (mantissa == 2048) {
    mantissa = 1024;
    ++exponent;
  }
  bits = static_cast<std::uint16_t>((value < 0 ? 0x8000u : 0u) | static_cast<unsigned>(exponent + 14) << 10 |
                                    (mantissa - 1024));
  return static_cast<float>(std::copysign(std::ldexp(mantissa, exponent - 11), value));
}

float round_brain(float value, std::uint16_t& bits) {
  bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16);  // cut off: any such number will do
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

void norm(const Bert& bert, const std::string& name, Matrix& x) {
  const bool old = bert.tensors.contains(name + ".gamma");
  const auto& weight = bert.tensors.at(name + (old ? ".gamma" : ".weight")).values;
  const auto& bias = bert.tensors.at(name + (old ? ".beta" : ".bias")).values;
  for (auto& row : x) {
    double mean = 0, variance = 0;
    for (const double v : row) mean += v / static_cast<double>(row.size());
    for (const double v : row) variance += (v - mean) * (v - mean) / static_cast<double>(row.size());
    for (std::size_t j = 0; j < row.size(); ++j)
      row[j] = (row[j] - mean) / std::sqrt(variance + bert.epsilon) * weight[j] + bias[j];
  }
}

Matrix linear(const Bert& bert, const std::string& name, const Matrix& x) {
  const Tensor& weight = bert.tensors.at(name + ".weight");
  const auto& bias = bert.tensors.at(name + ".bias").values;
  Matrix out(x.size(), std::vector<double>(weight.dims[0]));
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t o = 0; o < weight.dims[0]; ++o) {
      out[i][o] = bias[o];
      for (std::size_t j = 0; j < weight.dims[1]; ++j) out[i][o] += x[i][j] * weight.values[o * weight.dims[1] + j];
    }
  }
  return out;
}

void add(Matrix& x, const Matrix& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x[i].size(); ++j) x[i][j] += y[i][j];
  }
}

Matrix attention(const Bert& bert, const std::string& layer, const Matrix& x) {
  const Matrix q = linear(bert, layer + "attention.self.query", x), k = linear(bert, layer + "attention.self.key", x),
               v = linear(bert, layer + "attention.self.value", x);
  Matrix out(x.size(), std::vector<double>(x[0].size(), 0.0));
  const std::size_t size = x[0].size() / static_cast<std::size_t>(bert.heads);
  for (std::size_t from = 0; from < x[0].size(); from += size) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::vector<double> weight(x.size(), 0.0);
      double sum = 0;
      for (std::size_t t = 0; t < x.size(); ++t) {
        for (std::size_t j = from; j < from + size; ++j) weight[t] += q[i][j] * k[t][j];
        weight[t] = std::exp(weight[t] / std::sqrt(static_cast<double>(size)));
        sum += weight[t];
      }
      for (std::size_t t = 0; t < x.size(); ++t) {
        for (std::size_t j = from; j < from + size; ++j) out[i][j] += weight[t] / sum * v[t][j];
      }
    }
  }
  return out;
}

}  // namespace

nlohmann::json Bert::config() const {
  return {{"model_type", "bert"},
          {"hidden_act", "gelu"},
          {"vocab_size", vocabulary.size()},
          {"hidden_size", hidden},
          {"num_hidden_layers", layers},
          {"num_attention_heads", heads},
          {"intermediate_size", inner},
          {"max_position_embeddings", positions},
          {"type_vocab_size", types},
          {"layer_norm_eps", epsilon},
          {"position_embedding_type", "absolute"}};
}

std::vector<std::string> small_vocabulary() {
  std::vector<std::string> out = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ",", "the", "court", "bridge", "flour"};
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    out.emplace_back(1, letter);
    out.push_back(std::string("##") + letter);
  }
  return out;
}

Bert make_bert(std::uint64_t seed) {
  Bert out;
  out.vocabulary = small_vocabulary();
  Random random(seed);
  const auto make = [&](const std::string& name, std::vector<std::uint64_t> dims, double mean, double deviation) {
    std::uint64_t count = 1;
    for (const auto dim : dims) count *= dim;
    Tensor tensor{std::move(dims), {}};
    for (std::uint64_t i = 0; i < count; ++i)
      tensor.values.push_back(static_cast<float>(mean + deviation * random.normal()));
    out.tensors[name] = std::move(tensor);
  };
  const auto hidden = static_cast<std::uint64_t>(out.hidden), inner = static_cast<std::uint64_t>(out.inner);
  const auto layer_norm = [&](const std::string& name) {
    make(name + ".weight", {hidden}, 1.0, 0.2);
    make(name + ".bias", {hidden}, 0.0, 0.2);
  };
  const auto dense = [&](const std::string& name, std::uint64_t to, std::uint64_t from) {
    make(name + ".weight", {to, from}, 0.0, 0.3);
    make(name + ".bias", {to}, 0.0, 0.3);
  };
  make("embeddings.word_embeddings.weight", {out.vocabulary.size(), hidden}, 0.0, 1.0);
  make("embeddings.position_embeddings.weight", {static_cast<std::uint64_t>(out.positions), hidden}, 0.0, 0.5);
  make("embeddings.token_type_embeddings.weight", {static_cast<std::uint64_t>(out.types), hidden}, 0.0, 0.5);
  layer_norm("embeddings.LayerNorm");
  for (int l = 0; l < out.layers; ++l) {
    const std::string layer = "encoder.layer." + std::to_string(l) + ".";
    for (const char* part : {"query", "key", "value"}) dense(layer + "attention.self." + part, hidden, hidden);
    dense(layer + "attention.output.dense", hidden, hidden);
    layer_norm(layer + "attention.output.LayerNorm");
    dense(layer + "intermediate.dense", inner, hidden);
    dense(layer + "output.dense", hidden, inner);
    layer_norm(layer + "output.LayerNorm");
  }
  return out;
}

void round_weights(Bert& bert, Type type) {
  std::uint16_t bits = 0;
  for (auto& [name, tensor] : bert.tensors) {
    for (float& value : tensor.values) {
      if (type == Type::f16) value = round_half(value, bits);
      if (type == Type::bf16) value = round_brain(value, bits);
    }
  }
}

std::string safetensors(const std::map<std::string, Tensor>& tensors, Type type) {
  nlohmann::json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    for (const float value : tensor.values) {
      std::uint16_t bits = 0;
      if (type == Type::f16) round_half(value, bits);
      if (type == Type::bf16) round_brain(value, bits);
      if (type == Type::f32) {
        data.append(reinterpret_cast<const char*>(&value), 4);
      } else {
        data.append(reinterpret_cast<const char*>(&bits), 2);
      }
    }
    const char* const types[] = {"F32", "F16", "BF16"};
    header[name] = {
        {"dtype", types[static_cast<int>(type)]}, {"shape", tensor.dims}, {"data_offsets", {begin, data.size()}}};
  }
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + text + data;
}

void write_bert(const Bert& bert, const std::filesystem::path& folder, Type type, const std::string& prefix) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << bert.config().dump(2) << '\n';
  std::ofstream vocabulary(folder / "vocab.txt");
  for (const auto& token : bert.vocabulary) vocabulary << token << '\n';
  std::map<std::string, Tensor> named;
  for (const auto& [name, tensor] : bert.tensors) named[prefix + name] = tensor;
  std::ofstream(folder / "model.safetensors", std::ios::binary) << safetensors(named, type);
}

std::vector<double> reference_vector(const Bert& bert, const std::vector<int>& ids, bool first) {
  const auto width = static_cast<std::size_t>(bert.hidden);
  const auto& words = bert.tensors.at("embeddings.word_embeddings.weight").values;
  const auto& positions = bert.tensors.at("embeddings.position_embeddings.weight").values;
  const auto& types = bert.tensors.at("embeddings.token_type_embeddings.weight").values;
  Matrix x(ids.size(), std::vector<double>(width));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (std::size_t j = 0; j < width; ++j) {
      x[i][j] = static_cast<double>(words[static_cast<std::size_t>(ids[i]) * width + j]) + positions[i * width + j] +
                types[j];
    }
  }
  norm(bert, "embeddings.LayerNorm", x);
  for (int l = 0; l < bert.layers; ++l) {
    const std::string layer = "encoder.layer." + std::to_string(l) + ".";
    add(x, linear(bert, layer + "attention.output.dense", attention(bert, layer, x)));
    norm(bert, layer + "attention.output.LayerNorm", x);
    Matrix inner = linear(bert, layer + "intermediate.dense", x);
    for (auto& row : inner) {
      for (double& v : row) v = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
    }
    add(x, linear(bert, layer + "output.dense", inner));
    norm(bert, layer + "output.LayerNorm", x);
  }
  std::vector<double> out(width, 0.0);
  for (std::size_t i = 0; i < (first ? 1 : ids.size()); ++i) {
    for (std::size_t j = 0; j < width; ++j) out[j] += x[i][j];
  }
  double squares = 0;
  for (const double v : out) squares += v * v;
  for (double& v : out) v /= std::sqrt(squares);
  return out;
}

std::string words(Random& random, int count) {
  const char* const all[] = {"the", "court", "bridge", "flour", ".", ",", "q", "z"};
  std::string text;
  for (int i = 0; i < count; ++i) text += std::string(i == 0 ? "" : " ") + all[random.below(8)];
  return text;
}

std::vector<int> ids_of(const Bert& bert, const std::string& text, int longest) {
  std::vector<int> ids = {2};
  std::istringstream in(text);
  for (std::string word; in >> word && static_cast<int>(ids.size()) < longest - 1;) {
    const auto at = std::find(bert.vocabulary.begin(), bert.vocabulary.end(), word);
    ids.push_back(static_cast<int>(at - bert.vocabulary.begin()));
  }
  ids.push_back(3);
  return ids;
}

std::vector<std::string> texts_of_all_lengths(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::string> out = {""};
  while (static_cast<int>(out.size()) < count) out.push_back(words(random, 1 + static_cast<int>(random.below(70))));
  return out;
}

double distance(const float* a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t j = 0; j < b.size(); ++j) largest = std::max(largest, std::fabs(a[j] - b[j]));
  return largest;
}

}  // namespace tiny
