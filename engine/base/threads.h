// SPDX-License-Identifier: GPL-3.0-or-later
// How many threads a computation may have here.
#pragma once

namespace pantograph {

/// Threads to compute with where `wanted` are asked for (0: one for each core). No more than twice the cores or 16,
/// whichever is more, and no more than the system grants at this moment beside those that the program needs otherwise:
/// OpenMP ends the program when it cannot start one. Fewer than were asked for are warned about. Tries it out, so the
/// caller should ask once. Error(run) when there are not even enough for one.
int usable_threads(int wanted);

}  // namespace pantograph
