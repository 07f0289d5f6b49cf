// SPDX-License-Identifier: GPL-3.0-or-later
// Names of runs as people read them.
#pragma once

#include <QString>

#include "plot/run_curves.h"
#include "project/project.h"

namespace run_names {

/// "expert 3" of a mixture, "for law" of a run that is resampled for a domain; empty for a whole generic phase.
QString part(const pantograph::project::Project& project, const RunKey& run);

/// "slm-mix, expert 3", "slm-pn at 5M"; with the seed where the project has several.
QString method(const pantograph::project::Project& project, const RunKey& run);

/// The same with what a specialization is for: "slm-pn, seed 7 · law 100k".
QString whole(const pantograph::project::Project& project, const RunKey& run);

}  // namespace run_names
