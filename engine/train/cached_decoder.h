// SPDX-License-Identifier: GPL-3.0-or-later
// A network for passes that keep keys and values.
#pragma once

#include <memory>
#include <string>

#include "kernel/cached_decoder.h"
#include "network/network.h"

namespace pantograph::train {

/// Of a small network on the CPU, over its own memory: it has to outlive the decoder. Error(usage) where this machine
/// cannot compute in that precision ("fp32", "bf16").
std::unique_ptr<kernel::CachedDecoder> make_cached_decoder(const network::Network& network,
                                                           const std::string& precision);

}  // namespace pantograph::train
