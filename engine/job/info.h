// SPDX-License-Identifier: GPL-3.0-or-later
// What the program found on this machine, for --info and the window.
#pragma once

#include <string>
#include <vector>

#include "base/machine.h"

namespace pantograph::job {

struct MachineInfo {
  Machine machine;
  int threads = 1;
  std::string libtorch, onednn;         ///< versions
  std::vector<std::string> devices;     ///< that --device takes
  std::string remedy;                   ///< for a slow BLAS; empty when there is nothing to say
  bool half_is_fast = false;            ///< bf16 products are faster than fp32 here
  double fp32_rate = 0, bf16_rate = 0;  ///< FLOP/s of matrix products of width 512; bf16 0 where it cannot be computed
  double copy_rate = 0;                 ///< bytes copied per second by all threads, read and write both counted
};

/// Measures for about a second. Call with nothing else computing.
MachineInfo machine_info(int threads);

/// An embedder that projects may name: built in, or brought by a plugin.
struct EmbedderChoice {
  std::string id, name;
  bool takes_model = false;  ///< a trained model of the user's; the built-in ones take none
};
std::vector<EmbedderChoice> embedder_choices();  ///< after initialize_engine()

}  // namespace pantograph::job
