// SPDX-License-Identifier: GPL-3.0-or-later
// LibTorch's products and factorizations sum in another order with another number of threads, which moves the clusters;
// and networks that were pretrained on the old ones would then be projected with the new. So they run on one thread
// here: the clusters are the same for every --threads. The products that take time are this room's own and use all
// cores.
#pragma once

#include <torch/torch.h>

namespace pantograph {

class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = at::get_num_threads();
};

}  // namespace pantograph
