// SPDX-License-Identifier: GPL-3.0-or-later
// A network as the rooms above see it: made, saved, loaded, projected. LibTorch stays behind Impl (network/modules.h).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "network/config.h"
#include "store/checkpoint.h"

namespace pantograph::network {

/// "cpu", "cuda", "cuda:1". Error(usage) when this build or machine lacks it.
struct Device {
  std::string name = "cpu";
};
void check_device(const Device& device);
std::vector<std::string> known_devices();  ///< "cpu", "cuda:0", …
std::string libtorch_version();
/// Threads of LibTorch and BLAS inside one operation. Error(usage) below 1.
void set_compute_threads(int threads);

/// Held by whoever computes, but for answers and scores: BLAS keeps one number of threads for the whole process, so that
/// work beside a run would change the order of its sums and its last bits; in kernel/ the number is the calling thread's.
std::recursive_mutex& compute_mutex();

class Network {
 public:
  /// Weights drawn from the seed on the CPU, so that they are the same on every device.
  static Network create(const NetworkConfig& config, std::uint64_t seed, const Device& device = {});
  /// From tensors named "weights/…". Error(run) naming a tensor that is missing or has another shape.
  static Network load(const NetworkConfig& config, const store::TensorMap& tensors, const Device& device = {});
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  const NetworkConfig& config() const;
  std::uint64_t parameters() const;  ///< counted from the tensors
  store::TensorMap weights() const;  ///< named "weights/…", on the host
  Network clone() const;
  /// Closed form [PN]: W^(l,i) = Σ_r c_i[r]·T^(l)[:,:,r] with c_i = E_i·M^(l). An ordinary small network whose logits
  /// equal this network's for expert i.
  Network project(int expert) const;
  /// The same for Σ a·E_i over (i, a): a mixture of experts' vectors, and so of their matrices. Error(usage) for an
  /// expert that the network does not have, or none.
  Network project(const std::vector<std::pair<int, double>>& mixture) const;

  struct Impl;
  Impl& impl() const { return *impl_; }
  explicit Network(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace pantograph::network
