// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph --info
#include "job/info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "batch/options.h"
#include "job/engine.h"

namespace pantograph::batch {

int print_info(const BatchOptions& options) {
  const job::MachineInfo i = job::machine_info(options.threads);
  const Machine& m = i.machine;
  if (options.json) {
    fmt::print("{}\n",
               nlohmann::json({{"version", job::program_version()},
                               {"processor", m.processor},
                               {"instruction_sets", m.instruction_sets},
                               {"cores", m.cores},
                               {"threads", i.threads},
                               {"memory", m.memory},
                               {"memory_available", m.memory_available},
                               {"libtorch", i.libtorch},
                               {"onednn", i.onednn},
                               {"blas", {{"library", m.blas.library}, {"kernel", m.blas.kernel}, {"remedy", i.remedy}}},
                               {"devices", i.devices},
                               {"fp32_flops_per_second", i.fp32_rate},
                               {"bf16_flops_per_second", i.bf16_rate},
                               {"copy_bytes_per_second", i.copy_rate}})
                   .dump());
    return 0;
  }
  fmt::print("Pantograph {}, LibTorch {}, oneDNN {}\n", job::program_version(), i.libtorch, i.onednn);
  fmt::print("Processor         {} ({})\n", m.processor,
             m.instruction_sets.empty() ? "no AVX2" : fmt::format("{}", fmt::join(m.instruction_sets, ", ")));
  fmt::print("Cores             {}, computing with {} threads\n", m.cores, i.threads);
  fmt::print("Memory            {}, {} free\n", format_bytes(static_cast<double>(m.memory)),
             format_bytes(static_cast<double>(m.memory_available)));
  fmt::print("BLAS              {}{}\n", m.blas.library.empty() ? "not found" : m.blas.library,
             m.blas.kernel.empty() ? "" : fmt::format(", kernels for {}", m.blas.kernel));
  fmt::print("Devices           {}\n", fmt::join(i.devices, ", "));
  fmt::print("Matrix products   fp32 {}/s", format_flops(i.fp32_rate));
  if (i.bf16_rate > 0) {
    fmt::print(", bf16 {}/s{}", format_flops(i.bf16_rate),
               i.half_is_fast ? "" : " (this processor imitates bf16: train in fp32)");
  }
  fmt::print("\nMemory copy       {}/s, read and write both counted\n", format_bytes(i.copy_rate));
  if (!i.remedy.empty()) fmt::print("\nWarning: {}\n", i.remedy);
  return 0;
}

}  // namespace pantograph::batch
