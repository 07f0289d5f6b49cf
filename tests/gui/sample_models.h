// SPDX-License-Identifier: GPL-3.0-or-later
// Small models with opinions, as files, for the tests of their use.
#pragma once

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "infer/session.h"
#include "model/model_file.h"
#include "token/model_writer.h"

namespace sample {

using namespace pantograph;

/// Bytes, and the letters a to `last` with some pairs of them.
inline std::string tokenizerBytes(char last = 'e') {
  fixtures::WrittenModel model;
  model.add_marks();
  float score = -1;
  for (char c = 'a'; c <= last; ++c) model.pieces.push_back({std::string(1, c), score -= 0.5F, 1});
  for (const char* piece : {"\xE2\x96\x81", "ab", "cd",
                            "\xE2\x96\x81"
                            "ab"})
    model.pieces.push_back({piece, score -= 0.5F, 1});
  return model.bytes();
}

struct ModelShape {
  std::uint64_t seed = 1;
  int context = 64;
  bool projected = false;
  char last = 'e';  ///< of the tokenizer
};

/// Writes a model named `name`; its matrices are large, so that tokens differ in what follows them.
inline QString writeModel(const std::filesystem::path& file, const std::string& name, const ModelShape& shape) {
  const std::string bytes = tokenizerBytes(shape.last);
  network::NetworkConfig config;
  config.small = {2, 32, 4, 64, shape.context, token::Tokenizer::from_bytes(bytes, "small.model").vocabulary()};
  config.projected = shape.projected;
  if (shape.projected) config.h = 4, config.k = 3, config.m = 2;
  store::TensorMap weights = network::Network::create(config, shape.seed).weights();
  for (auto& [key, tensor] : weights) {
    if (tensor.shape.dims.size() < 2) continue;
    for (std::size_t i = 0; i + sizeof(float) <= tensor.data.size(); i += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, tensor.data.data() + i, sizeof value);
      value *= shape.projected ? 3 : 6;
      std::memcpy(tensor.data.data() + i, &value, sizeof value);
    }
  }
  std::filesystem::create_directories(file.parent_path());
  model::ModelFacts facts;
  facts.name = name;
  facts.provenance.method = shape.projected ? "slm-pn" : "slm";
  model::write_model(network::Network::load(config, weights), facts, bytes, file);
  return QString::fromStdString(file.string());
}

/// What a session of its own gives: the text, and each token's log-probability.
inline infer::Answer answerOf(const QString& file, const std::string& prompt, const infer::GenerateSettings& settings,
                              int expert = -1) {
  model::ModelBundle bundle = model::read_model(file.toStdString());
  auto network =
      std::make_shared<const network::Network>(expert < 0 ? std::move(bundle.network) : bundle.network.project(expert));
  return infer::Session(network, bundle.tokenizer, "fp32").generate({prompt}, settings).at(0);
}

}  // namespace sample
