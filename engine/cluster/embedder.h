// SPDX-License-Identifier: GPL-3.0-or-later
// Embedders: windows of text to vectors. Built in: "tfidf-svd"; plugins bring others (cluster/embedder_plugin.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "project/project.h"
#include "store/hdf5.h"

namespace pantograph::cluster {

/// Row-major [rows, columns].
struct FloatMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
  float* row(std::size_t i) { return values.data() + i * columns; }
  const float* row(std::size_t i) const { return values.data() + i * columns; }
};

/// Where an embedder's state goes: named data sets beside the clusters that were made with it. Virtual, so that an
/// embedder of a plugin needs no HDF5.
class StateWriter {
 public:
  virtual ~StateWriter() = default;
  virtual void write(const std::string& name, const store::DataShape& shape, const void* data) = 0;
  void write_text(const std::string& name, const std::string& text) {
    write(name, {store::DataType::u8, {text.size()}}, text.data());
  }
};

/// And where it comes from. Error(run) for a data set that is missing or of another type or size.
class StateReader {
 public:
  virtual ~StateReader() = default;
  virtual store::DataShape shape(const std::string& name) const = 0;
  virtual void read(const std::string& name, store::DataType expected, std::uint64_t count, void* out) const = 0;
  template <typename T>
  std::vector<T> read_all(const std::string& name, store::DataType expected) const {
    std::uint64_t count = 1;
    for (const std::uint64_t dim : shape(name).dims) count *= dim;
    std::vector<T> out(count);
    read(name, expected, count, out.data());
    return out;
  }
  std::string text(const std::string& name) const {
    const auto bytes = read_all<char>(name, store::DataType::u8);
    return {bytes.begin(), bytes.end()};
  }
};

class Embedder {
 public:
  virtual ~Embedder() = default;
  /// Learns from texts; the result is a function of texts and seed. Polls task.
  virtual void fit(const std::vector<std::string>& texts, std::uint64_t seed, const TaskContext& task) = 0;
  /// [texts, dimensions()], rows of length 1 (or 0 for a text without words). On all threads, but called from one.
  /// Polls task; a slow embedder reports the texts done.
  virtual FloatMatrix embed(const std::vector<std::string>& texts, const TaskContext& task) const = 0;
  virtual int dimensions() const = 0;
  /// Fraction of the texts' variance that each dimension explains; empty where that has no meaning.
  virtual std::vector<double> variance() const { return {}; }
  /// What it takes to embed later texts in the same way, and back; Error(run) when it does not fit together, or
  /// belongs to another model than this one.
  virtual void save(StateWriter& state) const = 0;
  virtual void load(const StateReader& state) = 0;
};

/// What an embedder is made from.
struct EmbedderOptions {
  int features = 0;             ///< hashed features
  int dimensions = 0;           ///< at most, where the embedder chooses them
  std::filesystem::path model;  ///< folder or file of a trained model; empty: the project names none
};

struct EmbedderInfo {
  std::string id;    ///< "tfidf-svd"
  std::string name;  ///< for the window: "TF-IDF + SVD"
  std::function<std::unique_ptr<Embedder>(const EmbedderOptions&)> make;
  std::string origin = "built in";  ///< or the plugin's path
};

/// Embedders by id. Filled at start (built-ins, then plugins); read-only afterwards, from any thread.
class EmbedderRegistry {
 public:
  static EmbedderRegistry& instance();  ///< with the built-in ones
  void add(EmbedderInfo info);          ///< Error(run) when the id is taken
  const EmbedderInfo* find(const std::string& id) const;
  std::unique_ptr<Embedder> make(const project::ClusteringSpec& spec) const;  ///< Error(project) listing the known ids
  std::vector<const EmbedderInfo*> all() const;

 private:
  std::map<std::string, EmbedderInfo> embedders_;
};

}  // namespace pantograph::cluster
