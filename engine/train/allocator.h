// SPDX-License-Identifier: GPL-3.0-or-later
// The C library's allocator, set for large buffers that come and go every step.
#pragma once

namespace pantograph {

/// Keeps freed activations in the process instead of returning them to the system after each use (glibc otherwise maps
/// and unmaps every large tensor). Takes effect once per process; call it before the first large allocation.
void prepare_allocator();

}  // namespace pantograph
