// SPDX-License-Identifier: GPL-3.0-or-later
// Names of precisions.
#pragma once

#include <torch/torch.h>

#include <string>

#include "base/error.h"

namespace pantograph::train {

/// "fp32" or "bf16"; Error(project) otherwise.
inline torch::ScalarType compute_type(const std::string& precision) {
  if (precision == "fp32") return torch::kFloat;
  if (precision == "bf16") return torch::kBFloat16;
  throw Error(ErrorKind::project,
              {"unknown precision \"" + precision + "\"", "training settings", "\"fp32\" or \"bf16\"", ""});
}

}  // namespace pantograph::train
