// SPDX-License-Identifier: GPL-3.0-or-later
// What the program found on this machine.
#include "job/info.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/threads.h"
#include "cluster/embedder.h"
#include "kernel/buffer.h"
#include "kernel/product.h"
#include "network/network.h"
#include "plan/estimate.h"

namespace pantograph::job {
namespace {

double measured_copy_rate(int threads) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kBytes = std::size_t{256} << 20;  // far beyond the caches of most
  kernel::Buffer<char> from, to;
  std::memset(from.ensure(kBytes), 1, kBytes);
  std::memset(to.ensure(kBytes), 2, kBytes);
  double best = 0;
  for (int round = 0; round < 4; ++round) {
    const auto start = Clock::now();
    std::vector<std::jthread> copiers;
    for (std::size_t i = 0; i < static_cast<std::size_t>(threads); ++i) {
      const std::size_t begin = kBytes * i / static_cast<std::size_t>(threads);
      const std::size_t end = kBytes * (i + 1) / static_cast<std::size_t>(threads);
      copiers.emplace_back([&, begin, end] { std::memcpy(to.data() + begin, from.data() + begin, end - begin); });
    }
    copiers.clear();  // joins
    best = std::max(best, 2.0 * kBytes / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

}  // namespace

MachineInfo machine_info(int threads) {
  MachineInfo info;
  info.machine = this_machine();
  info.threads = usable_threads(threads);
  network::set_compute_threads(info.threads);
  info.libtorch = network::libtorch_version();
  info.onednn = kernel::dnnl_version_text();
  info.devices = network::known_devices();
  info.remedy = blas_remedy(info.machine);
  info.half_is_fast = kernel::half_is_fast();
  info.fp32_rate = plan::measured_flop_rate(512, "cpu", "fp32");
  if (kernel::half_is_possible()) info.bf16_rate = plan::measured_flop_rate(512, "cpu", "bf16");
  info.copy_rate = measured_copy_rate(info.threads);
  return info;
}

std::vector<EmbedderChoice> embedder_choices() {
  std::vector<EmbedderChoice> choices;
  for (const cluster::EmbedderInfo* embedder : cluster::EmbedderRegistry::instance().all())
    choices.push_back({embedder->id, embedder->name, embedder->origin != cluster::EmbedderInfo().origin});
  return choices;
}

}  // namespace pantograph::job
