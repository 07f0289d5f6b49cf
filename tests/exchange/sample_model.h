// SPDX-License-Identifier: GPL-3.0-or-later
// Small models to export, with tokenizers that were trained.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "model/model_file.h"
#include "store/checkpoint.h"
#include "token/token_fixtures.h"

namespace pantograph::fixtures {

/// Text of generated words, for tokenizers.
inline std::vector<std::string> sample_texts(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i)
    out.push_back(babble(random, 12) + (i % 7 == 0 ? "\n\n\tNaïve “quotes”, é; 3.14 = x_1\n" : ""));
  return out;
}

/// The bytes of a tokenizer that was trained in `folder`.
inline std::string sample_tokenizer(const std::filesystem::path& folder, const std::string& algorithm) {
  const auto documents = write_documents(folder / "documents", {sample_texts(1, 400)});
  project::TokenizerSpec spec;
  spec.algorithm = algorithm;
  spec.vocabulary = 420;
  token::train_tokenizer(spec, folder, {documents}, 7, folder / "tokenizer.model", {});
  return read_file(folder / "tokenizer.model");
}

/// Of random weights that are large enough to have opinions.
/// block: "gpt2", "gelu-tanh", "llama", with half as many heads of keys as of queries, or "llama-ungrouped".
inline model::ModelBundle sample_model(const std::string& tokenizer_model, bool projected = false,
                                       const std::string& block = "gpt2") {
  auto tokenizer = std::make_shared<const token::Tokenizer>(token::Tokenizer::from_bytes(tokenizer_model, "sample"));
  network::NetworkConfig config;
  config.small = {2, 64, 4, 128, 96, tokenizer->vocabulary()};
  if (block == "gelu-tanh") config.small.activation = network::Activation::gelu_tanh;
  if (block.starts_with("llama")) {
    config.small.block = network::Block::llama, config.small.activation = network::Activation::swiglu;
    if (block == "llama") config.small.key_value_heads = 2;
  }
  config.projected = projected;
  if (projected) config.h = 4, config.k = 3, config.m = 2;
  store::TensorMap tensors = network::Network::create(config, 5).weights();
  for (auto& [name, tensor] : tensors) {
    if (tensor.shape.dims.size() < 2) continue;
    auto* values = reinterpret_cast<float*>(tensor.data.data());
    for (std::uint64_t i = 0; i < tensor.shape.count(); ++i) values[i] *= 4;
  }
  model::ModelFacts facts;
  facts.name = "a sample";
  facts.provenance.method = facts.provenance.kind = "slm";
  facts.provenance.domain = "law";
  facts.provenance.test_perplexity = 12.5;
  return {facts, network::Network::load(config, tensors), std::move(tokenizer), tokenizer_model};
}

}  // namespace pantograph::fixtures
