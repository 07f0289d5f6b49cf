// SPDX-License-Identifier: GPL-3.0-or-later
// The small model that a model answers with.
#pragma once

#include <string>

#include "model/model_file.h"

namespace pantograph::model {

/// Of a projected network the model of `experts`, an expert's number or a mixture as in "0:0.5,3:0.5", which name and
/// provenance then say; of any network the one without adapters. Takes a small network with empty `experts` only.
/// Error(usage) for experts that the network does not have, or that are not said so; `where`: what says them.
ModelBundle small_model(const ModelBundle& bundle, const std::string& experts, const std::string& where);

/// Whether small_model() would give the same network.
bool is_small(const ModelBundle& bundle);

}  // namespace pantograph::model
