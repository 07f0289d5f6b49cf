// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/truncated_svd.h"

#include <Spectra/SymEigsSolver.h>
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "cluster/parallel.h"

namespace pantograph::cluster {
namespace {

constexpr std::size_t kSmall = 64;        ///< sides for which all eigenvectors cost nothing
constexpr double kTolerance = 1e-9;       ///< of an eigenvalue, relative
constexpr Eigen::Index kRestarts = 1000;  ///< at most
constexpr double kNothing = 1e-5;         ///< singular values below this part of the largest are rounding

/// out = m · x, each sum in double in the order of the columns: the same on any number of threads.
void multiply(const SparseMatrix& m, const double* x, double* out, int threads) {
  parallel_blocks(m.rows, 512, threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      double sum = 0;
      for (auto k = m.starts[row]; k < m.starts[row + 1]; ++k)
        sum += static_cast<double>(m.values[k]) * x[m.indices[k]];
      out[row] = sum;
    }
  });
}

/// The smaller of AAᵀ and AᵀA, as Spectra wants an operator.
class GramMatrix {
 public:
  using Scalar = double;
  GramMatrix(const SparseMatrix& a, const SparseMatrix& transposed, const TaskContext& task)
      : outer_(a.rows <= a.columns ? a : transposed),
        inner_(a.rows <= a.columns ? transposed : a),
        task_(task),
        between_(inner_.rows) {}

  Eigen::Index rows() const { return static_cast<Eigen::Index>(outer_.rows); }
  Eigen::Index cols() const { return rows(); }
  void perform_op(const double* x, double* y) const {
    task_.poll();
    multiply(inner_, x, between_.data(), threads_);
    multiply(outer_, between_.data(), y, threads_);
  }

 private:
  const SparseMatrix &outer_, &inner_;
  const TaskContext& task_;
  const int threads_ = cluster_threads();
  mutable std::vector<double> between_;
};

struct Eigenpairs {
  Eigen::VectorXd values;   ///< falling
  Eigen::MatrixXd vectors;  ///< [side, values]
};

Eigenpairs all_pairs(const GramMatrix& gram, Eigen::Index wanted) {
  Eigen::MatrixXd dense = Eigen::MatrixXd::Identity(gram.rows(), gram.rows());
  for (Eigen::Index i = 0; i < gram.rows(); ++i) {
    const Eigen::VectorXd unit = dense.col(i);
    gram.perform_op(unit.data(), dense.col(i).data());
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(dense);
  return {solver.eigenvalues().reverse().head(wanted), solver.eigenvectors().rowwise().reverse().leftCols(wanted)};
}

Eigenpairs largest_pairs(GramMatrix& gram, Eigen::Index wanted, std::uint64_t seed) {
  const auto side = static_cast<std::size_t>(gram.rows());
  if (side <= std::max(kSmall, 2 * static_cast<std::size_t>(wanted))) return all_pairs(gram, wanted);
  Random random(seed);
  Eigen::VectorXd start(gram.rows());
  for (double& value : start) value = random.normal();
  Spectra::SymEigsSolver<GramMatrix> solver(gram, wanted, std::min<Eigen::Index>(gram.rows(), 3 * wanted + 20));
  solver.init(start.data());
  solver.compute(Spectra::SortRule::LargestAlge, kRestarts, kTolerance);
  return {solver.eigenvalues(), solver.eigenvectors()};  // those that converged
}

/// A singular vector's sign is free: its largest entry is made positive, so that results can be compared.
double sign_of(const std::vector<double>& vector) {
  const auto largest =
      std::max_element(vector.begin(), vector.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  return *largest < 0 ? -1.0 : 1.0;
}

}  // namespace

TruncatedSvd truncated_svd(const SparseMatrix& a, int dimensions, std::uint64_t seed, const TaskContext& task) {
  TruncatedSvd out;
  out.right = {a.columns, 0, {}};
  const std::size_t wanted = std::min({static_cast<std::size_t>(std::max(dimensions, 0)), a.rows, a.columns});
  if (wanted == 0 || a.values.empty()) return out;

  const SparseMatrix transposed = transpose(a);
  GramMatrix gram(a, transposed, task);
  const Eigenpairs found = largest_pairs(gram, static_cast<Eigen::Index>(wanted), seed);
  const double least = kNothing * kNothing * (found.values.size() == 0 ? 0 : found.values[0]);
  std::size_t kept = 0;
  while (kept < static_cast<std::size_t>(found.values.size()) && found.values[static_cast<Eigen::Index>(kept)] > least)
    ++kept;

  out.right = {a.columns, kept, std::vector<float>(a.columns * kept)};
  std::vector<double> right(a.columns);
  for (std::size_t i = 0; i < kept; ++i) {
    const auto index = static_cast<Eigen::Index>(i);
    const double singular = std::sqrt(found.values[index]);
    const auto vector = found.vectors.col(index);
    if (a.rows <= a.columns) {  // u is known: v = Aᵀu / σ
      const Eigen::VectorXd left = vector / singular;
      multiply(transposed, left.data(), right.data(), cluster_threads());
    } else {
      std::copy(vector.begin(), vector.end(), right.begin());
    }
    const double sign = sign_of(right);
    for (std::size_t j = 0; j < a.columns; ++j) out.right.row(j)[i] = static_cast<float>(sign * right[j]);
    out.singular_values.push_back(singular);
  }
  return out;
}

}  // namespace pantograph::cluster
