// SPDX-License-Identifier: GPL-3.0-or-later
// The network written a second time, in loops over doubles, one token after another: what the tests compare with.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "network/config.h"

namespace pantograph::reference {

using Values = std::map<std::string, std::vector<double>>;
using Rows = std::vector<std::vector<double>>;

/// LayerNorm; without a bias RMSNorm.
inline std::vector<double> norm(const std::vector<double>& x, const Values& w, const std::string& name) {
  double mean = 0, variance = 0;
  if (!w.contains(name + ".bias")) {
    std::vector<double> y(x);
    for (const double v : x) variance += v * v / static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) y[i] *= w.at(name + ".weight")[i] / std::sqrt(variance + 1e-5);
    return y;
  }
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * w.at(name + ".weight")[i] + w.at(name + ".bias")[i];
  }
  return y;
}

/// Of a linear layer; zeros where it has none.
inline std::vector<double> bias(const Values& w, const std::string& name, int size) {
  const auto found = w.find(name + ".bias");
  return found == w.end() ? std::vector<double>(static_cast<std::size_t>(size), 0.0) : found->second;
}

/// Pairs (i, i + size/2) of each head, turned by position·base^(−2i/size), one after another.
inline void turn(std::vector<double>& x, int heads, int size, int position, double base) {
  for (int head = 0; head < heads; ++head) {
    for (int i = 0; i < size / 2; ++i) {
      const double angle = position / std::pow(base, 2.0 * i / size);
      double &a = x[head * size + i], &b = x[head * size + i + size / 2];
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = a * std::sin(angle) + b * std::cos(angle);
      a = turned;
    }
  }
}

inline double activated(network::Activation kind, double up, double gate) {
  switch (kind) {
    case network::Activation::gelu:
      break;
    case network::Activation::gelu_tanh:
      return 0.5 * up * (1 + std::tanh(std::sqrt(2 / M_PI) * (up + 0.044715 * up * up * up)));
    case network::Activation::swiglu:
      return gate / (1 + std::exp(-gate)) * up;
  }
  return 0.5 * up * (1 + std::erf(up / std::sqrt(2.0)));
}

/// y[a] = Σ_b W[a, b]·x[b] + bias[a], W given as a function.
template <typename Weight>
std::vector<double> linear(const std::vector<double>& x, int out, const Weight& weight,
                           const std::vector<double>& bias) {
  std::vector<double> y(bias);
  for (int a = 0; a < out; ++a) {
    for (int b = 0; b < static_cast<int>(x.size()); ++b) y[a] += weight(a, b) * x[b];
  }
  return y;
}

/// One weight of an MLP matrix. [PN]: W^(l,i)[a,b] = Σ_q Σ_r E[i,q]·M^(l)[q,r]·T^(l)[a,b,r]; T is stored [h, out, in].
inline double mlp_weight(const network::NetworkConfig& c, const Values& w, const std::string& name, int expert, int a,
                         int b, int out, int in) {
  if (!c.projected) return w.at(name + ".weight")[static_cast<std::size_t>(a) * in + b];
  const auto &e = w.at("experts"), &m = w.at(name + ".m"), &t = w.at(name + ".t");
  double sum = 0;
  for (int q = 0; q < c.m; ++q) {
    for (int r = 0; r < c.h; ++r) {
      sum += e[expert * c.m + q] * m[q * c.h + r] * t[(static_cast<std::size_t>(r) * out + a) * in + b];
    }
  }
  return sum;
}

/// Logits of one row of tokens, [tokens][vocabulary].
inline Rows logits(const network::NetworkConfig& c, const Values& w, const std::vector<int>& tokens, int expert) {
  const int d = c.small.width, heads = c.small.heads, size = d / heads, inner = c.small.inner;
  const bool llama = c.small.block == network::Block::llama;
  const int key_heads = c.small.key_value_heads > 0 ? c.small.key_value_heads : heads, keys = key_heads * size;
  const auto plain = [&](const std::string& name, int in) {
    return [&w, name, in](int a, int b) { return w.at(name + ".weight")[static_cast<std::size_t>(a) * in + b]; };
  };
  Rows x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    x.emplace_back();
    for (int i = 0; i < d; ++i)
      x[t].push_back(w.at("embedding")[tokens[t] * d + i] + (llama ? 0 : w.at("positions")[t * d + i]));
  }
  for (int layer = 0; layer < c.small.layers; ++layer) {
    const std::string at = "layers." + std::to_string(layer) + ".";
    Rows qkv;
    for (std::size_t t = 0; t < x.size(); ++t) {
      qkv.push_back(linear(norm(x[t], w, at + "attention.norm"), d + 2 * keys, plain(at + "attention.qkv", d),
                           bias(w, at + "attention.qkv", d + 2 * keys)));
      if (llama) turn(qkv[t], heads + key_heads, size, static_cast<int>(t), c.small.rope_base);
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      std::vector<double> mixed(d, 0.0);
      for (int head = 0; head < heads; ++head) {
        const int key = d + head / (heads / key_heads) * size, value = key + keys;
        std::vector<double> weight;
        double total = 0;
        for (std::size_t s = 0; s <= t; ++s) {  // causal: only earlier tokens and itself
          double dot = 0;
          for (int i = 0; i < size; ++i) dot += qkv[t][head * size + i] * qkv[s][key + i];
          weight.push_back(std::exp(dot / std::sqrt(static_cast<double>(size))));
          total += weight.back();
        }
        for (std::size_t s = 0; s <= t; ++s) {
          for (int i = 0; i < size; ++i) mixed[head * size + i] += weight[s] / total * qkv[s][value + i];
        }
      }
      const auto out = linear(mixed, d, plain(at + "attention.output", d), bias(w, at + "attention.output", d));
      for (int i = 0; i < d; ++i) x[t][i] += out[i];
    }
    for (auto& row : x) {
      const auto normed = norm(row, w, at + "mlp.norm");
      const auto inward = [&](const std::string& name) {
        return linear(
            normed, inner, [&](int a, int b) { return mlp_weight(c, w, at + name, expert, a, b, inner, d); },
            bias(w, at + name, inner));
      };
      auto up = inward("mlp.up");
      const auto gate = llama ? inward("mlp.gate") : up;
      for (int i = 0; i < inner; ++i) up[i] = activated(c.small.activation, up[i], gate[i]);
      const auto down = linear(
          up, d, [&](int a, int b) { return mlp_weight(c, w, at + "mlp.down", expert, a, b, d, inner); },
          bias(w, at + "mlp.down", d));
      for (int i = 0; i < d; ++i) row[i] += down[i];
    }
  }
  Rows out;
  for (const auto& row : x) {
    out.push_back(linear(
        norm(row, w, "norm"), c.small.vocabulary,
        [&](int a, int b) { return w.at("embedding")[static_cast<std::size_t>(a) * d + b]; },
        std::vector<double>(c.small.vocabulary, 0.0)));
  }
  return out;
}

}  // namespace pantograph::reference
