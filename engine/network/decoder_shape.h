// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "kernel/decoder.h"
#include "network/config.h"

namespace pantograph::network {

/// What the CPU's kernels want to know of a network.
kernel::DecoderShape decoder_shape(const SmallConfig& config);

}  // namespace pantograph::network
