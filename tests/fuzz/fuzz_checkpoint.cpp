// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints: damaged files, and sound files whose meta data are of no network and whose tensors are of every shape.
#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "fuzz/hdf5_input.h"
#include "network/config.h"
#include "network/layout.h"
#include "store/checkpoint.h"

namespace network = pantograph::network;
namespace store = pantograph::store;

namespace {

std::filesystem::path file() {
  return fuzz::scratch() / "network.h5";
}

void damaged(fuzz::Input& input) {
  fuzz::put(file(), input.rest());
  fuzz::only_errors([] { store::read_checkpoint(file()); });
}

void crafted(fuzz::Input& input) {
  store::Checkpoint checkpoint;
  checkpoint.meta = input.text();
  for (int count = input.below(24); count > 0; --count) {
    store::HostTensor tensor{fuzz::data_shape(input), {}};
    const std::string bytes = fuzz::data_of(input, tensor.shape);
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    tensor.data.assign(first, first + bytes.size());
    // Names are ours: the writer is not what is tested here.
    checkpoint.tensors.emplace("weights/t" + std::to_string(input.below(32)), std::move(tensor));
  }
  store::write_checkpoint(file(), checkpoint);
  const store::Checkpoint back = store::read_checkpoint(file());
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.shape.dims == b.second.shape.dims && a.second.data == b.second.data;
  };
  if (back.meta != checkpoint.meta || !std::ranges::equal(back.tensors, checkpoint.tensors, same))
    fuzz::broken_promise("a checkpoint reads back as another one");

  const auto meta = nlohmann::json::parse(checkpoint.meta, nullptr, false);
  if (meta.is_discarded()) return;
  fuzz::only_errors([&] {
    const network::NetworkConfig config = network::network_config_from_json(meta);
    if (!(network::network_config_from_json(network::to_json(config)) == config))
      fuzz::broken_promise("a network's configuration reads back as another one");
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.below(2) == 0) {
    damaged(input);
  } else {
    crafted(input);
  }
  return 0;
}
