// SPDX-License-Identifier: GPL-3.0-or-later
// The C library's allocator, set for large buffers that come and go every step.
#pragma once

namespace pantograph::train {

/// Keeps freed activations in the process instead of returning them to the system after each use (glibc otherwise maps
/// and unmaps every large tensor). Takes effect once per process; call it before the first large allocation.
void prepare_allocator();

/// Gives freed memory back to the system: between a project's steps, so that a step's peak is its own.
void release_freed_memory();

}  // namespace pantograph::train
