// SPDX-License-Identifier: GPL-3.0-or-later
// A network for passes that keep keys and values. Private to this room.
#pragma once

#include <memory>
#include <string>

#include "kernel/cached_decoder.h"
#include "network/network.h"

namespace pantograph::infer {

/// The small network that answers: `network` itself, without adapters. Error(usage) for a projected one.
std::shared_ptr<const network::Network> plain_network(std::shared_ptr<const network::Network> network);

/// Over the network's own memory: it has to outlive the decoder. Error(usage) where this machine cannot compute in that
/// precision ("fp32", "bf16").
std::unique_ptr<kernel::CachedDecoder> make_decoder(const network::Network& network, const std::string& precision);

}  // namespace pantograph::infer
