// SPDX-License-Identifier: GPL-3.0-or-later
#include "infer/network_decoder.h"

#include "base/error.h"
#include "kernel/product.h"
#include "network/lora.h"
#include "train/precision.h"
#include "train/small_tensors.h"

namespace pantograph::infer {

std::shared_ptr<const network::Network> plain_network(std::shared_ptr<const network::Network> network) {
  const network::NetworkConfig& config = network->config();
  if (config.projected) {
    throw Error(ErrorKind::usage, {"a projected network as it is", "generating", "the small network of an expert", ""});
  }
  if (config.lora.rank == 0) return network;
  return std::make_shared<const network::Network>(network::merge(*network));
}

std::unique_ptr<kernel::CachedDecoder> make_decoder(const network::Network& network, const std::string& precision) {
  const bool half = train::compute_type(precision) == torch::kBFloat16;
  if (half && !kernel::half_is_possible()) {
    throw Error(ErrorKind::usage,
                {"precision \"bf16\"", "this processor", "AVX-512, which bf16 products need", "Use fp32."});
  }
  if (!network.impl().device.is_cpu()) {
    throw Error(ErrorKind::usage, {"a network on " + network.impl().device.str(), "generating", "one on the CPU", ""});
  }
  auto decoder = kernel::CachedDecoder::create(train::decoder_shape(network.config()), half, at::get_num_threads());
  decoder->set_weights(train::decoder_tensors(network.impl(), false));
  return decoder;
}

}  // namespace pantograph::infer
