// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in embedder: hashed TF-IDF, projected on its largest singular directions (latent semantic analysis).
#pragma once

#include "cluster/embedder.h"

namespace pantograph::cluster {

class TfidfSvdEmbedder : public Embedder {
 public:
  /// `dimensions` is an upper limit: the texts' and features' number and the rank bound it too.
  TfidfSvdEmbedder(int features, int dimensions);  ///< Error(project) unless both are positive
  void fit(const std::vector<std::string>& texts, std::uint64_t seed, const TaskContext& task) override;
  FloatMatrix embed(const std::vector<std::string>& texts, const TaskContext& task) const override;
  int dimensions() const override { return static_cast<int>(components_.columns); }
  std::vector<double> variance() const override { return variance_; }
  const std::vector<double>& singular_values() const { return singular_values_; }
  void save(StateWriter& state) const override;
  void load(const StateReader& state) override;

 private:
  int features_;
  int limit_;
  std::vector<float> idf_;  ///< [features]
  FloatMatrix components_;  ///< [features, dimensions]
  std::vector<double> singular_values_, variance_;
};

}  // namespace pantograph::cluster
