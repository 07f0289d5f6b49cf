// SPDX-License-Identifier: GPL-3.0-or-later
// Devices by name, and the number of threads that LibTorch and BLAS use.
#include <dlfcn.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <charconv>

#include "base/error.h"
#include "network/modules.h"

namespace pantograph::network {

torch::Device torch_device(const Device& device) {
  const std::string& name = device.name;
  if (name == "cpu") return torch::kCPU;
  int index = -1;
  if (name.starts_with("cuda:")) {
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + 5, end, index);
    if (error != std::errc() || stop != end || index < 0) index = -1;
  } else if (name == "cuda") {
    index = 0;
  }
  if (index < 0) {
    throw Error(ErrorKind::usage,
                {"device \"" + name + "\"", "", "cpu, cuda or cuda:N", "Choose one of the devices of this machine."});
  }
  const int count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (index >= count) {
    throw Error(ErrorKind::usage,
                {"device \"" + name + "\", but LibTorch sees " + std::to_string(count) + " CUDA devices", "",
                 "a device of this machine", "Use --device cpu, or a build with CUDA."});
  }
  return torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(index));
}

void check_device(const Device& device) {
  torch_device(device);
}

std::vector<std::string> known_devices() {
  std::vector<std::string> names = {"cpu"};
  const int count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  for (int i = 0; i < count; ++i) names.push_back("cuda:" + std::to_string(i));
  return names;
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

std::recursive_mutex& compute_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

void set_compute_threads(int threads) {
  if (threads < 1) {
    throw Error(ErrorKind::usage,
                {std::to_string(threads) + " threads", "", "at least 1", "Leave it out for all cores."});
  }
  at::set_num_threads(threads);
  // OpenBLAS built on pthreads keeps its own number; the OpenMP build follows OpenMP's, which the line above set.
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

}  // namespace pantograph::network
