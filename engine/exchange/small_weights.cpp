// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/small_weights.h"

#include "base/error.h"

namespace pantograph::exchange {

SmallWeights::SmallWeights(const network::Network& network)
    : config_(network.config().small), tensors_(network.weights()) {}

void SmallWeights::for_each(Format format, const std::function<void(const ForeignTensor&)>& take) const {
  for (const TensorPlace& place : tensor_places(config_, format)) {
    const auto found = tensors_.find("weights/" + place.ours);
    if (found == tensors_.end())
      throw Error(ErrorKind::run, {"no tensor " + place.ours, "export", "a small network without adapters", ""});
    const auto* const values = reinterpret_cast<const float*>(found->second.data.data());
    take({place.theirs, place.dims, place.to_theirs(values), place.matrix});
  }
}

}  // namespace pantograph::exchange
