// SPDX-License-Identifier: GPL-3.0-or-later
// Windows with their clusters, read back and checked against the token stores they belong to.
#include <charconv>

#include "base/error.h"
#include "cluster/clustering.h"
#include "store/hdf5.h"

namespace pantograph {
namespace {

[[noreturn]] void fail(const std::string& found, const std::filesystem::path& path, const std::string& expected) {
  throw Error(ErrorKind::run, {found, path.string(), expected, "Delete the clustering's folder and run again."});
}

int number(const Hdf5File& file, const char* key, const std::filesystem::path& path) {
  const std::string text = file.attribute("/", key);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    fail("attribute " + std::string(key) + " = \"" + text + "\"", path, "a positive number");
  }
  return value;
}

}  // namespace

WindowSet clustered_windows(const std::filesystem::path& clustering_folder,
                            const std::vector<std::pair<std::string, std::shared_ptr<const TokenStore>>>& corpora,
                            Split split) {
  const auto path = clustering_folder / "clustering.h5";
  const auto file = Hdf5File::open(path);
  WindowSet set;
  set.split = split;
  set.clusters = number(file, "clusters", path);
  const int window = number(file, "window", path);
  for (const auto& [name, store] : corpora) {
    const std::string data = "assignments/" + name + "/" + to_string(split);
    const auto labels = file.read_all<std::uint16_t>(data, DataType::u16);
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

}  // namespace pantograph
