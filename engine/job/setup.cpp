// SPDX-License-Identifier: GPL-3.0-or-later
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "base/error.h"
#include "base/machine.h"
#include "cluster/embedder_plugin.h"
#include "corpus/document.h"
#include "corpus/plugin.h"
#include "job/engine.h"
#include "train/allocator.h"

namespace pantograph::job {

void prepare_process(char** argv) {
  bool again = false;
  if (std::getenv("OMP_WAIT_POLICY") == nullptr && std::getenv("GOMP_SPINCOUNT") == nullptr) {
    ::setenv("GOMP_SPINCOUNT", "20000", 0);  // some 50 microseconds: longer than between two small operations of a step
    again = true;
  }
  if (std::getenv("OPENBLAS_CORETYPE") == nullptr) {
    const std::string kernel = better_blas_kernel(this_machine());
    if (!kernel.empty()) {
      ::setenv("OPENBLAS_CORETYPE", kernel.c_str(), 0);
      again = true;
    }
  }
  if (!again) return;
  ::execv("/proc/self/exe", argv);  // on failure the program goes on, only slower
}

void initialize_engine() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (::access("/proc/cpuinfo", R_OK) != 0) {  // LibTorch would end the program in the middle
      throw Error(ErrorKind::run, {"/proc/cpuinfo cannot be read", "this system", "a mounted /proc: LibTorch needs it",
                                   "mount -t proc proc /proc"});
    }
    spdlog::set_default_logger(spdlog::stderr_color_mt("pantograph"));  // standard output belongs to --json
    train::prepare_allocator();
    corpus::register_built_in_readers();
    cluster::register_embedder_capability();
    for (const auto& plugin : corpus::load_plugins(corpus::plugin_folders())) {
      if (!plugin.error.empty()) spdlog::warn("plugin {}: {}", plugin.path.string(), plugin.error);
    }
  });
}

const char* program_version() {
  return PANTOGRAPH_VERSION;
}

}  // namespace pantograph::job
