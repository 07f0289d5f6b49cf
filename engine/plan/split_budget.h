// SPDX-License-Identifier: GPL-3.0-or-later
// What a share of the budget buys: tokens of the two phases.
#pragma once

#include "plan/split.h"

namespace pantograph::plan {

/// Error(usage) for a request that cannot be planned for; see plan_split().
void check_request(const SplitRequest& request);

/// FLOPs of specializing one domain on D' tokens, in all passes. Error(usage) for a cost that is not finite.
double specialization_flops(const SplitRequest& request, double parameters, double domain_tokens);

/// Most domain tokens of one domain; infinite without a limit.
double most_domain_tokens(const SplitRequest& request);

/// Tokens that `flops` pay for. Error(usage) for a cost that does not rise with the tokens.
double affordable_tokens(const CostFunction& cost, double parameters, double flops);

/// D, D' and what they cost; no loss yet.
SplitPoint buy(const SplitRequest& request, double parameters, double generic_share);

}  // namespace pantograph::plan
