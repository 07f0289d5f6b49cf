// SPDX-License-Identifier: GPL-3.0-or-later
// Ceres' header-only solver is used: its library would bring ATLAS' BLAS into the process beside OpenBLAS, and which of
// the two LibTorch then computed with would depend on the order of loading.
#include "plan/law_solver.h"

#include <ceres/jet.h>
#include <ceres/tiny_solver.h>

namespace pantograph::plan {
namespace {

using Jet = ceres::Jet<double, static_cast<int>(kLawParameters)>;

/// s with s²/2 = Huber(r) for delta = 1, and the sign of r: turns the Huber loss into least squares.
template <typename T>
T huber_root(const T& r) {
  using std::sqrt;
  if (r > 1.0) return sqrt(2.0 * r - 1.0);
  if (r < -1.0) return -sqrt(-2.0 * r - 1.0);
  return r;
}

/// In units of huber_delta, so that the objective is of the order of the number of runs.
class Residuals {
 public:
  using Scalar = double;
  enum { NUM_RESIDUALS = Eigen::Dynamic, NUM_PARAMETERS = Eigen::Dynamic };

  Residuals(const SolverProblem& problem, const LawValues& start) : problem_(problem), start_(start) {
    for (std::size_t i = 0; i < kLawParameters; ++i) {
      if (problem.free[i]) free_.push_back(i);
    }
    for (const double weight : problem.weights) roots_.push_back(std::sqrt(weight));
    for (const std::size_t i : problem.exponents) {
      if (problem.free[i]) penalized_.push_back(i);
    }
  }

  int NumResiduals() const { return static_cast<int>(problem_.sizes.size() + penalized_.size()); }
  int NumParameters() const { return static_cast<int>(free_.size()); }

  /// jacobian: [residuals, parameters], column by column, or null.
  bool operator()(const double* x, double* residuals, double* jacobian) const {
    const std::size_t rows = problem_.sizes.size() + penalized_.size();
    const LawValues theta = all(x);
    if (!jacobian) {
      for (std::size_t row = 0; row < rows; ++row) residuals[row] = residual(theta.data(), row);
      return true;
    }
    std::array<Jet, kLawParameters> dual;
    for (std::size_t i = 0; i < kLawParameters; ++i) dual[i] = Jet(theta[i]);
    for (std::size_t i = 0; i < free_.size(); ++i) dual[free_[i]] = Jet(theta[free_[i]], static_cast<int>(i));
    for (std::size_t row = 0; row < rows; ++row) {
      const Jet value = residual(dual.data(), row);
      residuals[row] = value.a;
      for (std::size_t i = 0; i < free_.size(); ++i) jacobian[i * rows + row] = value.v[static_cast<Eigen::Index>(i)];
    }
    return true;
  }

  LawValues all(const double* x) const {
    LawValues theta = start_;
    for (std::size_t i = 0; i < free_.size(); ++i) theta[free_[i]] = x[i];
    return theta;
  }
  /// Half the sum of squares over the runs alone.
  double cost(const Eigen::VectorXd& x) const {
    Eigen::VectorXd values(NumResiduals());
    (*this)(x.data(), values.data(), nullptr);
    return values.head(static_cast<Eigen::Index>(problem_.sizes.size())).squaredNorm() / 2;
  }
  Eigen::VectorXd free_part(const LawValues& theta) const {
    Eigen::VectorXd x(NumParameters());
    for (std::size_t i = 0; i < free_.size(); ++i) x[static_cast<Eigen::Index>(i)] = theta[free_[i]];
    return x;
  }

 private:
  template <typename T>
  T residual(const T* theta, std::size_t row) const {
    using std::log;
    if (row >= problem_.sizes.size()) {
      return (theta[penalized_[row - problem_.sizes.size()]] - std::log(kUsualExponent)) * (1 / kExponentSpread);
    }
    const T loss = form_loss(problem_.family, theta, problem_.sizes[row]);
    return huber_root((log(loss) - problem_.log_losses[row]) * (1 / problem_.huber_delta)) * roots_[row];
  }

  const SolverProblem& problem_;
  LawValues start_;
  std::vector<std::size_t> free_;
  std::vector<double> roots_;
  std::vector<std::size_t> penalized_;
};

}  // namespace

SolverResult minimise(const SolverProblem& problem, const LawValues& start) {
  const Residuals residuals(problem, start);
  ceres::TinySolver<Residuals> solver;
  solver.options.max_num_iterations = problem.max_iterations;
  solver.options.function_tolerance = 1e-10 * residuals.NumResiduals();
  solver.options.cost_threshold = 0;
  Eigen::VectorXd x = residuals.free_part(start);
  const auto& summary = solver.Solve(residuals, &x);

  SolverResult result;
  result.theta = residuals.all(x.data());
  const double unit = problem.huber_delta * problem.huber_delta;
  result.penalized = summary.final_cost * unit;
  result.objective = residuals.cost(x) * unit;
  if (!std::isfinite(result.penalized)) {
    result.penalized = result.objective = std::numeric_limits<double>::infinity();
  }
  result.iterations = summary.iterations;
  result.converged = std::isfinite(result.objective) && summary.status != decltype(solver)::HIT_MAX_ITERATIONS;
  return result;
}

}  // namespace pantograph::plan
