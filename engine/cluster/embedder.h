// SPDX-License-Identifier: GPL-3.0-or-later
// Embedders: windows of text to vectors. Built in: "tfidf-svd"; others register themselves by id.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "store/hdf5.h"
#include "store/project.h"

namespace pantograph {

/// Row-major [rows, columns].
struct FloatMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
  float* row(std::size_t i) { return values.data() + i * columns; }
  const float* row(std::size_t i) const { return values.data() + i * columns; }
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  /// Learns from texts; the result is a function of texts and seed. Polls task.
  virtual void fit(const std::vector<std::string>& texts, std::uint64_t seed, const TaskContext& task) = 0;
  /// [texts, dimensions()], rows of length 1 (or 0 for a text without words). On all threads.
  virtual FloatMatrix embed(const std::vector<std::string>& texts) const = 0;
  virtual int dimensions() const = 0;
  /// Fraction of the texts' variance that each dimension explains; empty where that has no meaning.
  virtual std::vector<double> variance() const { return {}; }
  /// State below the group `group` of a file, and back; Error(run) when it does not fit together.
  virtual void save(Hdf5File& file, const std::string& group) const = 0;
  virtual void load(const Hdf5File& file, const std::string& group) = 0;
};

/// Embedders by id. Filled at start; read-only afterwards, from any thread.
class EmbedderRegistry {
 public:
  using Factory = std::function<std::unique_ptr<Embedder>(const ClusteringSpec&)>;
  static EmbedderRegistry& instance();                               ///< with the built-in ones
  void add(const std::string& id, Factory factory);                  ///< Error(run) when the id is taken
  std::unique_ptr<Embedder> make(const ClusteringSpec& spec) const;  ///< Error(project) listing the known ids
  std::vector<std::string> ids() const;

 private:
  std::map<std::string, Factory> factories_;
};

}  // namespace pantograph
