// SPDX-License-Identifier: GPL-3.0-or-later
// A process that trains alone has nothing to add up.
#include "train/gradient_reducer.h"

namespace pantograph::train {
namespace {

class OneRank final : public GradientReducer {
 public:
  void sum(const std::vector<torch::Tensor>&) override {}
};

}  // namespace

GradientReducer& one_rank() {
  static OneRank alone;
  return alone;
}

}  // namespace pantograph::train
