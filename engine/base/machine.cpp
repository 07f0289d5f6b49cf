// SPDX-License-Identifier: GPL-3.0-or-later
// What this machine can do.
#include "base/machine.h"

#include <dlfcn.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace pantograph {
namespace {

std::set<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::set<std::string> out;
  for (std::string word; stream >> word;) out.insert(word);
  return out;
}

/// Value of a "name : value" line; empty when it is not there.
std::string field(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, name.size(), name) != 0) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::uint64_t kilobytes(const std::string& file, const std::string& name) {
  std::istringstream value(field(file, name));
  std::uint64_t number = 0;
  value >> number;
  return number * 1024;
}

/// A control group's file; UINT64_MAX for "max" or none.
std::uint64_t group_limit(const char* file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : UINT64_MAX;
}

Blas loaded_blas() {
  Blas blas;
  // Through the library's own handle: the window's program may have loaded it out of sight of RTLD_DEFAULT.
  void* symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return blas;
  std::error_code ignored;
  blas.library = std::filesystem::canonical(info.dli_fname, ignored).string();
  if (blas.library.empty()) blas.library = info.dli_fname;
  using Name = char* (*)();
  void* name = dlsym(RTLD_DEFAULT, "openblas_get_corename");
  if (name == nullptr) {
    if (void* library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)) {
      name = dlsym(library, "openblas_get_corename");
      dlclose(library);  // it stays loaded
    }
  }
  if (name != nullptr) blas.kernel = reinterpret_cast<Name>(name)();
  return blas;
}

bool has(const Machine& machine, const char* set) {
  return std::find(machine.instruction_sets.begin(), machine.instruction_sets.end(), set) !=
         machine.instruction_sets.end();
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.processor = field("/proc/cpuinfo", "model name");
  const std::set<std::string> flags = words(field("/proc/cpuinfo", "flags"));
  const auto all = [&](std::initializer_list<const char*> names) {
    return std::all_of(names.begin(), names.end(), [&](const char* name) { return flags.contains(name); });
  };
  if (all({"avx2", "fma"})) machine.instruction_sets.emplace_back("AVX2");
  if (all({"avx512f", "avx512bw", "avx512dq", "avx512vl"})) machine.instruction_sets.emplace_back("AVX-512");
  if (all({"avx512_bf16"})) machine.instruction_sets.emplace_back("AVX-512 bf16");
  if (all({"amx_tile", "amx_bf16"})) machine.instruction_sets.emplace_back("AMX bf16");
  cpu_set_t set;
  machine.cores =
      sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.memory = kilobytes("/proc/meminfo", "MemTotal");
  machine.memory_available = kilobytes("/proc/meminfo", "MemAvailable");
  const std::uint64_t limit = group_limit("/sys/fs/cgroup/memory.max");
  if (limit != UINT64_MAX) {
    const std::uint64_t used = group_limit("/sys/fs/cgroup/memory.current");
    machine.memory = std::min(machine.memory, limit);
    if (used != UINT64_MAX)
      machine.memory_available = std::min(machine.memory_available, limit > used ? limit - used : 0);
  }
  machine.blas = loaded_blas();
  return machine;
}

std::string better_blas_kernel(const Machine& machine) {
  static const std::set<std::string> old = {"Prescott", "Core2",      "Penryn",    "Dunnington", "Nehalem",
                                            "Atom",     "Athlon",     "Opteron",   "Barcelona",  "Bobcat",
                                            "Katmai",   "Coppermine", "Northwood", "Banias",     "Unknown"};
  static const std::set<std::string> first_avx = {"Sandybridge", "Bulldozer", "Piledriver", "Steamroller"};
  const std::string& kernel = machine.blas.kernel;
  if (kernel.empty()) return "";
  if (has(machine, "AVX-512") && (old.contains(kernel) || first_avx.contains(kernel))) return "SKYLAKEX";
  if (has(machine, "AVX2") && (old.contains(kernel) || first_avx.contains(kernel))) return "HASWELL";
  return "";
}

std::string blas_remedy(const Machine& machine) {
  if (machine.blas.library.empty()) return "";
  const std::string name = std::filesystem::path(machine.blas.library).string();
  const bool known = !machine.blas.kernel.empty() || name.find("mkl") != std::string::npos ||
                     name.find("blis") != std::string::npos || name.find("atlas") != std::string::npos ||
                     name.find("armpl") != std::string::npos;
  if (!known) {
    return "BLAS is " + name +
           ", which looks like the reference implementation: LibTorch's operations will be many times slower. Install "
           "libopenblas0-openmp, or choose it with: update-alternatives --config libblas.so.3-x86_64-linux-gnu";
  }
  const std::string better = better_blas_kernel(machine);
  if (better.empty()) return "";
  return "OpenBLAS does not know this processor and computes as on a \"" + machine.blas.kernel +
         "\": LibTorch's operations will be several times slower. Set OPENBLAS_CORETYPE=" + better +
         " in the environment.";
}

std::uint64_t private_memory() {
  return kilobytes("/proc/self/status", "RssAnon");
}

std::uint64_t peak_memory() {
  const std::uint64_t peak = kilobytes("/proc/self/status", "VmHWM"), files = kilobytes("/proc/self/status", "RssFile");
  return std::max(private_memory(), peak > files ? peak - files : 0);
}

void reset_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace pantograph
