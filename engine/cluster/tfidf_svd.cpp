// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/tfidf_svd.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "cluster/parallel.h"
#include "cluster/tfidf.h"
#include "cluster/truncated_svd.h"

namespace pantograph::cluster {
namespace {

void normalise(float* row, std::size_t size) {
  double squares = 0;
  for (std::size_t j = 0; j < size; ++j) squares += static_cast<double>(row[j]) * row[j];
  if (squares < 1e-20) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (std::size_t j = 0; j < size; ++j) row[j] *= scale;
}

}  // namespace

TfidfSvdEmbedder::TfidfSvdEmbedder(int features, int dimensions) : features_(features), limit_(dimensions) {
  if (features < 1 || dimensions < 1) {
    throw Error(ErrorKind::project,
                {std::to_string(features) + " features, " + std::to_string(dimensions) + " dimensions",
                 "clustering.features, clustering.dimensions", "1 or more", ""});
  }
}

void TfidfSvdEmbedder::fit(const std::vector<std::string>& texts, std::uint64_t seed, const TaskContext& task) {
  auto matrix = term_frequencies(texts, static_cast<std::uint32_t>(features_), cluster_threads());
  idf_ = inverse_document_frequencies(matrix);
  weight_rows(matrix, idf_);
  if (matrix.values.empty()) {
    throw Error(ErrorKind::input, {"no words in the windows", "clustering", "text with letters or digits",
                                   "Choose another embedder, or look at the corpus."});
  }
  auto svd = truncated_svd(matrix, limit_, derive_seed(seed, "svd"), task);
  components_ = std::move(svd.right);
  singular_values_ = std::move(svd.singular_values);
  double total = 0;
  for (const float value : matrix.values) total += static_cast<double>(value) * value;
  variance_.clear();
  for (const double s : singular_values_) variance_.push_back(s * s / total);
}

FloatMatrix TfidfSvdEmbedder::embed(const std::vector<std::string>& texts, const TaskContext& task) const {
  task.poll();
  const std::size_t size = components_.columns;
  FloatMatrix out{texts.size(), size, std::vector<float>(texts.size() * size, 0.0f)};
  // A text at a time all the way, while what was made of it is in the cache.
  parallel_blocks(texts.size(), 64, cluster_threads(), [&](std::size_t begin, std::size_t end) {
    TermCounter counter(static_cast<std::uint32_t>(features_));
    TermRow row;
    for (std::size_t i = begin; i < end; ++i) {
      counter.count(texts[i], row);
      weight_row(row.buckets.data(), row.values.data(), row.buckets.size(), idf_);
      add_product(row.buckets.data(), row.values.data(), row.buckets.size(), components_, out.row(i));
      normalise(out.row(i), size);
    }
  });
  return out;
}

void TfidfSvdEmbedder::save(StateWriter& state) const {
  state.write("idf", {store::DataType::f32, {idf_.size()}}, idf_.data());
  state.write("components", {store::DataType::f32, {components_.rows, components_.columns}}, components_.values.data());
  state.write("singular_values", {store::DataType::f64, {singular_values_.size()}}, singular_values_.data());
  state.write("variance", {store::DataType::f64, {variance_.size()}}, variance_.data());
}

void TfidfSvdEmbedder::load(const StateReader& state) {
  const auto shape = state.shape("components");
  auto idf = state.read_all<float>("idf", store::DataType::f32);
  if (shape.dims.size() != 2 || shape.dims[0] != idf.size() || idf.empty() || shape.dims[1] == 0) {
    throw Error(ErrorKind::run,
                {"components and idf do not fit together", "the embedder's state",
                 "[features, dimensions] and [features]", "Delete the clustering's folder and run again."});
  }
  FloatMatrix components{shape.dims[0], shape.dims[1], state.read_all<float>("components", store::DataType::f32)};
  auto singular = state.read_all<double>("singular_values", store::DataType::f64);
  auto variance = state.read_all<double>("variance", store::DataType::f64);
  features_ = static_cast<int>(idf.size());
  idf_ = std::move(idf);
  components_ = std::move(components);
  singular_values_ = std::move(singular);
  variance_ = std::move(variance);
}

}  // namespace pantograph::cluster
