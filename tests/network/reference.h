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

inline std::vector<double> norm(const std::vector<double>& x, const Values& w, const std::string& name) {
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * w.at(name + ".weight")[i] + w.at(name + ".bias")[i];
  }
  return y;
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
  const auto plain = [&](const std::string& name, int in) {
    return [&w, name, in](int a, int b) { return w.at(name + ".weight")[static_cast<std::size_t>(a) * in + b]; };
  };
  Rows x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    x.emplace_back();
    for (int i = 0; i < d; ++i) x[t].push_back(w.at("embedding")[tokens[t] * d + i] + w.at("positions")[t * d + i]);
  }
  for (int layer = 0; layer < c.small.layers; ++layer) {
    const std::string at = "layers." + std::to_string(layer) + ".";
    Rows qkv;
    for (const auto& row : x) {
      qkv.push_back(linear(norm(row, w, at + "attention.norm"), 3 * d, plain(at + "attention.qkv", d),
                           w.at(at + "attention.qkv.bias")));
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      std::vector<double> mixed(d, 0.0);
      for (int head = 0; head < heads; ++head) {
        std::vector<double> weight;
        double total = 0;
        for (std::size_t s = 0; s <= t; ++s) {  // causal: only earlier tokens and itself
          double dot = 0;
          for (int i = 0; i < size; ++i) dot += qkv[t][head * size + i] * qkv[s][d + head * size + i];
          weight.push_back(std::exp(dot / std::sqrt(static_cast<double>(size))));
          total += weight.back();
        }
        for (std::size_t s = 0; s <= t; ++s) {
          for (int i = 0; i < size; ++i) mixed[head * size + i] += weight[s] / total * qkv[s][2 * d + head * size + i];
        }
      }
      const auto out = linear(mixed, d, plain(at + "attention.output", d), w.at(at + "attention.output.bias"));
      for (int i = 0; i < d; ++i) x[t][i] += out[i];
    }
    for (auto& row : x) {
      auto up = linear(
          norm(row, w, at + "mlp.norm"), inner,
          [&](int a, int b) { return mlp_weight(c, w, at + "mlp.up", expert, a, b, inner, d); },
          w.at(at + "mlp.up.bias"));
      for (double& v : up) v = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
      const auto down = linear(
          up, d, [&](int a, int b) { return mlp_weight(c, w, at + "mlp.down", expert, a, b, d, inner); },
          w.at(at + "mlp.down.bias"));
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
