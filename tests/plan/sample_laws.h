// SPDX-License-Identifier: GPL-3.0-or-later
// Losses made from known laws, with seeded noise, and what a bad call says.
#pragma once

#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/random.h"
#include "plan/scaling_law.h"

namespace pantograph::sample {

/// Constants near those published for language models, at desktop sizes.
inline plan::LawValues true_values(plan::LawFamily family) {
  switch (family) {
    case plan::LawFamily::additive:
      return {1.8, 400, 0.34, 410, 0.32, 40, 0.35};
    case plan::LawFamily::effective_data:
      return {1.8, 400, 0.34, 60, 0.25, 0.02, 0.85};
    case plan::LawFamily::two_stage:
      return {1.5, 5000, 0.32, 0.40, 0.011};
  }
  return {};
}

/// The laws once more, as METHOD.md writes them: the reference for what the program predicts.
inline double plain_loss(plan::LawFamily family, const plan::LawValues& v, double n, double d, double p) {
  switch (family) {
    case plan::LawFamily::additive:
      return v[0] + v[1] / std::pow(n, v[2]) + v[3] / std::pow(d, v[4]) + v[5] / std::pow(p, v[6]);
    case plan::LawFamily::effective_data:
      return v[0] + v[1] / std::pow(n, v[2]) + v[3] / std::pow(p + v[5] * std::pow(d, v[6]), v[4]);
    case plan::LawFamily::two_stage:
      return v[0] + v[1] * std::pow(d, -v[2]) * std::pow(p, -v[3] + v[4] * std::log(d));
  }
  return 0;
}

struct Sizes {
  std::vector<double> n = {1e6, 4e6, 16e6, 64e6};
  std::vector<double> d = {4e6, 16e6, 64e6, 256e6};
  std::vector<double> p = {3e4, 2e5, 1.5e6, 1e7};
};

inline Sizes sizes_for(plan::LawFamily family) {
  Sizes sizes;
  if (family == plan::LawFamily::two_stage) {  // it has no term in N
    sizes.n = {4e6};
    sizes.d = {1e6, 4e6, 16e6, 64e6, 256e6};
    sizes.p = {3e4, 1e5, 3e5, 1e6, 3e6, 1e7};
  }
  return sizes;
}

/// One run for each combination of sizes, each of a network of its own; the loss is off by `noise` (relative, one
/// standard deviation).
inline std::vector<plan::ScalingPoint> runs(plan::LawFamily family, const plan::LawValues& values, const Sizes& sizes,
                                            double noise, std::uint64_t seed) {
  Random random(seed);
  std::vector<plan::ScalingPoint> points;
  for (const double n : sizes.n) {
    for (const double d : sizes.d) {
      for (const double p : sizes.p) {
        plan::ScalingPoint point;
        point.parameters = n, point.generic_tokens = d, point.domain_tokens = p;
        point.domain = "law";
        point.seed = points.size();
        point.loss = plan::law_loss(family, values, n, d, p) * std::exp(noise * random.normal());
        points.push_back(point);
      }
    }
  }
  return points;
}

inline std::vector<plan::ScalingPoint> runs(plan::LawFamily family, double noise, std::uint64_t seed) {
  return runs(family, true_values(family), sizes_for(family), noise, seed);
}

/// What a call is refused with; "no error" when it is not.
inline std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace pantograph::sample

#define VERIFY_SAYS(call, part)                                            \
  do {                                                                     \
    const std::string said_ = call;                                        \
    QVERIFY2(QString::fromStdString(said_).contains(part), said_.c_str()); \
  } while (false)
