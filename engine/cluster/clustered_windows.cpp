// SPDX-License-Identifier: GPL-3.0-or-later
// Windows with their clusters, read back and checked against the token stores they belong to.
#include <charconv>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/clustering.h"
#include "store/hdf5.h"

namespace pantograph::cluster {
namespace {

[[noreturn]] void fail(const std::string& found, const std::filesystem::path& path, const std::string& expected) {
  throw Error(ErrorKind::run, {found, path.string(), expected, "Delete the clustering's folder and run again."});
}

int number(const store::Hdf5File& file, const char* key, const std::filesystem::path& path) {
  const std::string text = file.attribute("/", key);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    fail("attribute " + std::string(key) + " = \"" + text + "\"", path, "a positive number");
  }
  return value;
}

/// Name, type, shape and values.
void add_set(Hasher& hasher, const store::Hdf5File& file, const std::string& name) {
  const store::DataShape shape = file.shape(name);
  std::vector<char> values(shape.count() * store::size_of(shape.type));
  file.read(name, shape.type, shape.count(), values.data());
  hasher.add(name + ' ' + store::to_string(shape.type));
  for (const std::uint64_t length : shape.dims) hasher.add(' ' + std::to_string(length));
  hasher.add("\n");
  hasher.add(values.data(), values.size());
}

}  // namespace

std::string generic_clusters_hash(const std::filesystem::path& folder, const std::vector<std::string>& generic) {
  const auto file = store::Hdf5File::open(folder / kClusteringFile);
  Hasher hasher;
  for (const char* key : {"embedder", "window", "clusters"}) hasher.add(file.attribute("/", key) + '\n');
  add_set(hasher, file, "centroids");
  for (const std::string& name : file.datasets("embedder")) add_set(hasher, file, name);
  for (const std::string& corpus : generic) {
    for (int s = 0; s < corpus::kSplits; ++s)
      add_set(hasher, file, "assignments/" + corpus + "/" + corpus::to_string(static_cast<corpus::Split>(s)));
  }
  return hasher.result().hex();
}

token::WindowSet clustered_windows(
    const std::filesystem::path& clustering_folder,
    const std::vector<std::pair<std::string, std::shared_ptr<const token::TokenStore>>>& corpora, corpus::Split split) {
  const auto path = clustering_folder / kClusteringFile;
  const auto file = store::Hdf5File::open(path);
  token::WindowSet set;
  set.split = split;
  set.clusters = number(file, "clusters", path);
  const int window = number(file, "window", path);
  for (const auto& [name, store] : corpora) {
    const std::string data = "assignments/" + name + "/" + corpus::to_string(split);
    const auto labels = file.read_all<std::uint16_t>(data, store::DataType::u16);
    const auto windows = store->windows(split, static_cast<std::uint32_t>(window));
    if (labels.size() != windows.size()) {
      fail(data + " has " + std::to_string(labels.size()) + " windows", path,
           std::to_string(windows.size()) + " windows, as the token store has");
    }
    const auto index = static_cast<std::uint16_t>(set.stores.size());
    set.stores.push_back(store);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      if (labels[i] >= set.clusters)
        fail(data + " names cluster " + std::to_string(labels[i]), path, "0 to " + std::to_string(set.clusters - 1));
      set.entries.push_back({index, labels[i], windows[i]});
    }
  }
  return set;
}

}  // namespace pantograph::cluster
