// SPDX-License-Identifier: GPL-3.0-or-later
// Texts to sentence vectors by a trained BERT encoder: tokenized, sorted by length, shared out among the threads.
#pragma once

#include "cluster/embedder.h"
#include "weights.h"
#include "word_piece.h"

namespace pantograph::bert {

class BertEmbedder : public cluster::Embedder {
 public:
  /// Reads the model. Error(input) naming the file for what is missing or broken, Error(project) for no folder.
  explicit BertEmbedder(std::filesystem::path folder);
  /// Nothing to learn: the model is trained.
  void fit(const std::vector<std::string>& texts, std::uint64_t seed, const TaskContext& task) override;
  /// Memory beside texts and result: some batches' activations for each thread. Neither the batches nor the threads
  /// change a vector by more than rounding; the same texts give the same bits with any number of threads.
  cluster::FloatMatrix embed(const std::vector<std::string>& texts, const TaskContext& task) const override;
  int dimensions() const override { return config_.hidden; }
  /// The model's folder and the hash of its files.
  void save(cluster::StateWriter& state) const override;
  /// Error(run) when the state belongs to another model.
  void load(const cluster::StateReader& state) override;

 private:
  std::filesystem::path folder_;
  Config config_;
  std::string hash_;
  WordPiece tokenizer_;
  Weights weights_;
};

}  // namespace pantograph::bert
