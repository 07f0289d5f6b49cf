// SPDX-License-Identifier: GPL-3.0-or-later
// A BERT encoder of two layers with seeded weights: its folder written by hand, and its sentence vectors by plain loops
// in double.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.h"

namespace tiny {

struct Tensor {
  std::vector<std::uint64_t> dims;
  std::vector<float> values;
};

struct Bert {
  int hidden = 24, layers = 2, heads = 3, inner = 40, positions = 64, types = 2;
  double epsilon = 1e-5;
  std::vector<std::string> vocabulary;    ///< ids are places in it
  std::map<std::string, Tensor> tensors;  ///< by their names without "bert."
  nlohmann::json config() const;
};

/// Special tokens, punctuation, the letters with and without ##, words.
std::vector<std::string> small_vocabulary();

Bert make_bert(std::uint64_t seed);

enum class Type { f32, f16, bf16 };

/// Rounds every weight to a number that the type holds exactly.
void round_weights(Bert& bert, Type type);

/// A safetensors file of tensors whose numbers `type` holds.
std::string safetensors(const std::map<std::string, Tensor>& tensors, Type type);

/// config.json, model.safetensors and vocab.txt. `prefix` goes in front of the tensors' names.
void write_bert(const Bert& bert, const std::filesystem::path& folder, Type type = Type::f32,
                const std::string& prefix = "");

/// The sentence vector of token ids, [CLS] and [SEP] included: mean of the last layer (or its first row), length 1.
std::vector<double> reference_vector(const Bert& bert, const std::vector<int>& ids, bool first = false);

/// Words that are tokens, so that the ids are plain.
std::string words(pantograph::Random& random, int count);
/// Texts of such words; the first is empty.
std::vector<std::string> texts_of_all_lengths(std::uint64_t seed, int count);
std::vector<int> ids_of(const Bert& bert, const std::string& text, int longest);

double distance(const float* a, const std::vector<double>& b);  ///< the largest of the differences

}  // namespace tiny
