// SPDX-License-Identifier: GPL-3.0-or-later
// What this machine can do: processor, memory, and the linear algebra library (BLAS) that the program really got.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pantograph {

struct Blas {
  std::string library;  ///< file that sgemm_ was loaded from; empty: none
  std::string kernel;   ///< OpenBLAS: the processor that it chose its kernels for ("SkylakeX", "Prescott")
};

struct Machine {
  std::string processor;
  std::vector<std::string>
      instruction_sets;                ///< of those that matter here: "AVX2", "AVX-512", "AVX-512 bf16", "AMX bf16"
  int cores = 1;                       ///< that this process may use
  std::uint64_t memory = 0;            ///< bytes, of the machine or of this process's control group
  std::uint64_t memory_available = 0;  ///< bytes, free or reclaimed without swapping
  Blas blas;
};

/// Reads /proc, /sys and the loaded libraries; some microseconds, asked anew each time.
Machine this_machine();

/// OPENBLAS_CORETYPE that fits the processor where OpenBLAS chose kernels for a much older one (it does not know
/// processors that are newer than itself); empty where its choice is good or BLAS is another.
std::string better_blas_kernel(const Machine& machine);

/// A sentence naming a BLAS that makes LibTorch's operations slow, and what to do; empty when there is nothing to say.
std::string blas_remedy(const Machine& machine);

/// Bytes of memory that this process alone holds; without file pages (programs, mapped token files), which the system
/// drops when it needs the room. 0 when unknown.
std::uint64_t private_memory();
/// Its peak since the process started, or since reset_peak_memory(); file pages that came after the peak are taken off
/// too.
std::uint64_t peak_memory();
void reset_peak_memory();

}  // namespace pantograph
