// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/cost_estimate.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "format.h"
#include "project/method_kind.h"

using namespace pantograph;

namespace {

/// A whole training step reaches about half the speed of bare matrix products; the engine's own estimates assume the
/// same.
constexpr double kShareOfMatrixSpeed = 0.5;

QString tr(const char* text) {
  return QCoreApplication::translate("CostEstimate", text);
}

QString about(double seconds) {
  return seconds < 1 ? formatDuration(seconds) : tr("about %1").arg(formatDuration(seconds));
}

network::NetworkConfig config_of(const project::Project& project, const project::SmallNetworkSpec& small,
                                 const project::ProjectedNetworkSpec* projected, int vocabulary, int clusters = 0) {
  return projected ? network::projected_config(*projected, small, vocabulary,
                                               clusters > 0 ? clusters : project.clustering.clusters)
                   : network::small_config(small, vocabulary);
}

int experts_of(const network::NetworkConfig& config, const project::GenericSpec& spec) {
  return config.projected ? std::min(spec.experts_per_step, config.k) : 0;
}

std::uint64_t rows_of(const network::NetworkConfig& config, const project::GenericSpec& spec) {
  if (spec.rows_at_once > 0) return spec.rows_at_once;
  return std::max<std::uint64_t>(1,
                                 spec.tokens_per_step / static_cast<std::uint64_t>(std::max(1, config.small.context)));
}

/// The generic phase that the network is used in; that of another method, or the default one, where no method uses it.
project::GenericSpec generic_of(const project::Project& project, const std::string& network) {
  const project::MethodSpec* any = nullptr;
  for (const project::MethodSpec& method : project.methods) {
    if (method.generic.tokens == 0 || !project::pretrains(method)) continue;
    if (method.network == network) return method.generic;
    if (any == nullptr) any = &method;
  }
  return any != nullptr ? any->generic : project::GenericSpec{};
}

}  // namespace

double nearestRate(const FlopRates& rates, int width, const std::string& precision) {
  double rate = 0, nearest = INFINITY;
  for (const auto& [key, value] : rates) {
    const double distance = std::abs(std::log(static_cast<double>(key.first) / std::max(1, width)));
    if (key.second == precision && distance < nearest) {
      nearest = distance;
      rate = value;
    }
  }
  return rate;
}

std::vector<CostRow> costRows(const project::Project& project, const project::SmallNetworkSpec* small,
                              const project::ProjectedNetworkSpec* projected, int vocabulary, const FlopRates& rates) {
  const QString none = QStringLiteral("–");
  std::vector<CostRow> rows = {
      {tr("Parameters, pretraining"), tr("All parameters that the generic phase trains"), none, none},
      {tr("Parameters, inference"), tr("Of the small model that a domain gets: h, k and m do not change it"), none,
       none},
      {tr("Memory, training"), tr("Weights, gradients, optimizer moments and activations"), none, none},
      {tr("Memory, inference"), tr("Weights in fp32"), none, none},
      {tr("FLOPs per token, training"), tr("Forward and backward, with the projection's share of a step"), none, none},
      {tr("Tokens, generic phase"), tr("The budget"), none, none},
      {tr("FLOPs, generic phase"), tr("Of the whole budget"), none, none},
      {tr("Time, generic phase"), tr("From the speed measured on this machine; one seed"), none, none},
  };
  if (!small) return rows;
  for (const bool is_projected : {false, true}) {
    if (is_projected && !projected) continue;
    const project::GenericSpec generic = generic_of(project, is_projected ? projected->name : small->name);
    const network::NetworkConfig config = config_of(project, *small, is_projected ? projected : nullptr, vocabulary);
    const int experts = experts_of(config, generic);
    const plan::NetworkEstimate estimate = plan::estimate_network(config, rows_of(config, generic), experts);
    const double flops =
        plan::training_flops(config, generic.tokens + generic.branch_tokens(), generic.tokens_per_step, experts);
    const double rate = nearestRate(rates, small->width, generic.precision);
    const double per_token = estimate.flops_per_token_training +
                             (is_projected && generic.tokens_per_step > 0
                                  ? estimate.flops_per_step_projection / static_cast<double>(generic.tokens_per_step)
                                  : 0);
    const QString values[] = {formatShort(static_cast<double>(estimate.parameters_pretraining)),
                              formatShort(static_cast<double>(estimate.parameters_inference)),
                              formatBytes(static_cast<double>(estimate.memory_training_bytes)),
                              formatBytes(static_cast<double>(estimate.memory_inference_bytes)),
                              formatShort(per_token),
                              formatShort(static_cast<double>(generic.tokens)),
                              formatShort(flops),
                              rate > 0 ? about(flops / (rate * kShareOfMatrixSpeed)) : tr("measuring…")};
    for (std::size_t i = 0; i < rows.size(); ++i) (is_projected ? rows[i].projected : rows[i].small) = values[i];
  }
  return rows;
}

int widthOf(const project::Project& project, const project::MethodSpec& method) {
  const project::ProjectedNetworkSpec* projected = project.projected_network(method.network);
  const project::SmallNetworkSpec* small = project.small_network(projected ? projected->small : method.network);
  return small ? small->width : 0;
}

double genericSeconds(const project::Project& project, int vocabulary, const FlopRates& rates) {
  double seconds = 0;
  for (const project::MethodSpec& method : project.methods) {
    if (!project::pretrains(method)) continue;
    const project::ProjectedNetworkSpec* projected = project.projected_network(method.network);
    const project::SmallNetworkSpec* small = project.small_network(projected ? projected->small : method.network);
    if (!small) continue;
    const double rate = nearestRate(rates, small->width, method.generic.precision);
    if (rate <= 0) return -1;
    const network::NetworkConfig config =
        config_of(project, *small, projected, vocabulary, project.clusters_of(method));
    // The experts of a run for each cluster share the budget; a run for each domain spends it anew.
    const std::size_t runs = project::method_kind(method.kind).per_domain ? project.specialization.domains.size() : 1;
    seconds += static_cast<double>(runs) *
               plan::training_flops(config, method.generic.tokens + method.generic.branch_tokens(),
                                    method.generic.tokens_per_step, experts_of(config, method.generic)) /
               (rate * kShareOfMatrixSpeed);
  }
  return seconds * static_cast<double>(std::max<std::size_t>(1, project.seeds.size()));
}
