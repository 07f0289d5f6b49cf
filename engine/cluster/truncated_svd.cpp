// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/truncated_svd.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/random.h"
#include "cluster/one_thread.h"
#include "cluster/parallel.h"

namespace pantograph {
namespace {

torch::Tensor view(FloatMatrix& m) {
  return torch::from_blob(m.values.data(), {static_cast<std::int64_t>(m.rows), static_cast<std::int64_t>(m.columns)});
}

FloatMatrix matrix(const torch::Tensor& t) {
  const auto dense = t.to(torch::kFloat32).contiguous();
  FloatMatrix m{static_cast<std::size_t>(dense.size(0)), static_cast<std::size_t>(dense.size(1)), {}};
  const float* data = dense.data_ptr<float>();
  m.values.assign(data, data + m.rows * m.columns);
  return m;
}

FloatMatrix orthonormal(FloatMatrix m) {
  const OneThread one;
  return matrix(std::get<0>(torch::linalg_qr(view(m))));
}

}  // namespace

int cluster_threads() {
  return torch::get_num_threads();
}

TruncatedSvd truncated_svd(const SparseMatrix& a, int dimensions, std::uint64_t seed, const TaskContext& task,
                           int iterations, int oversampling) {
  torch::NoGradGuard no_grad;
  TruncatedSvd out;
  const std::size_t rank = std::min(a.rows, a.columns);
  const std::size_t wanted = std::min<std::size_t>(static_cast<std::size_t>(std::max(dimensions, 0)), rank);
  const std::size_t size = std::min<std::size_t>(wanted + static_cast<std::size_t>(std::max(oversampling, 0)), rank);
  out.right = {a.columns, 0, {}};
  if (size == 0 || a.values.empty()) return out;

  const int threads = cluster_threads();
  const SparseMatrix transposed = transpose(a);
  Random random(seed);
  FloatMatrix directions{a.columns, size, std::vector<float>(a.columns * size)};
  for (float& value : directions.values) value = static_cast<float>(random.normal());

  FloatMatrix range = orthonormal(multiply(a, directions, threads));
  for (int i = 0; i < iterations; ++i) {
    task.poll();
    range = orthonormal(multiply(a, orthonormal(multiply(transposed, range, threads)), threads));
  }
  task.poll();
  // With B = QᵀA: Bᵀ = AᵀQ = Q₂R, and the singular vectors of the small R give those of B.
  FloatMatrix projected = multiply(transposed, range, threads);
  const OneThread one;
  const auto [q2, r] = torch::linalg_qr(view(projected));
  const auto [u, s, vh] = torch::linalg_svd(r.to(torch::kFloat64), false);
  const auto values = s.contiguous();
  std::size_t kept = 0;
  for (const double* value = values.data_ptr<double>(); kept < wanted && value[kept] > 1e-5 * value[0]; ++kept) {
    out.singular_values.push_back(value[kept]);
  }
  auto right = torch::matmul(q2.to(torch::kFloat64), u.narrow(1, 0, static_cast<std::int64_t>(kept)));
  // A singular vector's sign is free: make its largest entry positive, so that results can be compared.
  const auto largest = right.gather(0, right.abs().argmax(0, true)).sign();
  out.right = matrix(right * largest);
  return out;
}

}  // namespace pantograph
