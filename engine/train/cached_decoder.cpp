// SPDX-License-Identifier: GPL-3.0-or-later
#include "train/cached_decoder.h"

#include "base/error.h"
#include "kernel/product.h"
#include "network/decoder_shape.h"
#include "train/precision.h"
#include "train/small_tensors.h"

namespace pantograph::train {

std::unique_ptr<kernel::CachedDecoder> make_cached_decoder(const network::Network& network,
                                                           const std::string& precision) {
  const bool half = compute_type(precision) == torch::kBFloat16;
  if (half && !kernel::half_is_possible()) {
    throw Error(ErrorKind::usage,
                {"precision \"bf16\"", "this processor", "AVX-512, which bf16 products need", "Use fp32."});
  }
  if (!network.impl().device.is_cpu()) {
    throw Error(ErrorKind::usage, {"a network on " + network.impl().device.str(), "generating", "one on the CPU", ""});
  }
  auto decoder =
      kernel::CachedDecoder::create(network::decoder_shape(network.config().small), half, at::get_num_threads());
  decoder->set_weights(decoder_tensors(network.impl(), false));
  return decoder;
}

}  // namespace pantograph::train
