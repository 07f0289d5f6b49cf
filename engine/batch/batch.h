// SPDX-License-Identifier: GPL-3.0-or-later
// The headless front end: `pantograph --batch PROJECT`.
#pragma once

namespace pantograph::batch {

/// True when the arguments ask for something that needs no window (--batch, --status, --dry-run, --help, --version,
/// --plugins).
bool wants_batch(int argc, char** argv);

/// Runs it; returns the exit code: 0 done, 2 usage, 3 invalid project, 4 bad input data, 5 run failed, 130 interrupted.
int run_batch(int argc, char** argv);

}  // namespace pantograph::batch
