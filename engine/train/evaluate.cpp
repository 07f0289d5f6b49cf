// SPDX-License-Identifier: GPL-3.0-or-later
// Evaluation: mean negative log-likelihood of held-out rows. Experts are projected to small networks, which are then
// run.
#include "train/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "network/decoder_shape.h"
#include "network/lora.h"
#include "network/modules.h"
#include "plan/estimate.h"
#include "plan/memory.h"
#include "train/precision.h"
#include "train/rows.h"
#include "train/small_tensors.h"
#include "train/training_step.h"

namespace pantograph::train {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::size_t> all_rows(const token::EvaluationSet& set) {
  std::vector<std::size_t> rows(set.count());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return rows;
}

void check(const network::Network& network, const token::EvaluationSet& set, ExpertChoice choice) {
  const network::NetworkConfig& config = network.config();
  const std::string where = "evaluation of \"" + set.name + "\"";
  if (set.count() == 0 || set.targets == 0) {
    throw Error(ErrorKind::input, {"no tokens to predict", where, "at least one window of two tokens",
                                   "Give the set more text, or a larger share in the split."});
  }
  if (set.context > config.small.context) {
    throw Error(ErrorKind::usage, {"rows of " + std::to_string(set.context) + " tokens", where,
                                   "at most the network's context of " + std::to_string(config.small.context), ""});
  }
  kernel::check_tokens(set.rows.data(), static_cast<std::int64_t>(set.rows.size()), set.context + 1,
                       config.small.vocabulary, where);
  if (!config.projected) return;
  const auto refuse = [&](int expert) {
    throw Error(ErrorKind::usage, {"expert " + std::to_string(expert), where,
                                   "0 to " + std::to_string(config.k - 1) + ", the network's experts", ""});
  };
  if (choice.kind == ExpertChoice::fixed && (choice.expert < 0 || choice.expert >= config.k)) refuse(choice.expert);
  if (choice.kind == ExpertChoice::by_cluster) {
    const int last = *std::max_element(set.cluster.begin(), set.cluster.end());
    if (last >= config.k) refuse(last);
  }
}

/// Of every target, on the host: [rows, context].
torch::Tensor target_losses(const network::Network::Impl& impl, const RowTensors& rows, torch::ScalarType compute) {
  const torch::Tensor logits = impl.forward(rows.inputs, {0}, compute).to(torch::kFloat).flatten(0, 1);
  const auto each = torch::nn::functional::CrossEntropyFuncOptions().ignore_index(-1).reduction(torch::kNone);
  return torch::nn::functional::cross_entropy(logits, rows.targets.flatten(), each)
      .to(torch::kCPU)
      .view_as(rows.targets)
      .contiguous();
}

/// Of the forward pass of a small network.
double forward_flops(network::NetworkConfig config, std::size_t rows, int context) {
  config.projected = false;
  config.h = config.k = config.m = 0;
  const double per_token = plan::estimate_network(config, 1, 1).flops_per_token_training / 3.0;  // of three passes
  return per_token * static_cast<double>(rows) * context;
}

}  // namespace

std::size_t evaluation_rows(const network::NetworkConfig& config) {
  return plan::rows_in_one_pass(config.small.context, 256, 0);  // as training, whose memory estimate counts on it
}

RowsLoss rows_loss(const network::Network& small, const token::EvaluationSet& set, const std::vector<std::size_t>& rows,
                   std::size_t rows_at_once, const std::string& precision, const TaskContext& task, float* each) {
  const torch::NoGradGuard no_grad;
  const torch::ScalarType compute = compute_type(precision);
  std::optional<network::Network> merged;
  if (small.config().lora.rank > 0) merged.emplace(network::merge(small));
  const network::Network::Impl& impl = merged ? merged->impl() : small.impl();
  std::unique_ptr<kernel::Decoder> decoder;
  if (kernel_path_available(small, precision)) {
    decoder = kernel::Decoder::create(network::decoder_shape(impl.config.small), compute == torch::kBFloat16,
                                      at::get_num_threads());
    decoder->set_weights(decoder_tensors(impl, false), {});
  }
  RowsLoss out;
  for (std::size_t begin = 0; begin < rows.size(); begin += rows_at_once) {
    task.poll();
    const Clock::time_point start = Clock::now();
    const std::size_t end = std::min(rows.size(), begin + rows_at_once);
    std::vector<const std::int32_t*> pointers;
    for (std::size_t i = begin; i < end; ++i) {
      pointers.push_back(set.rows.data() + rows[i] * (static_cast<std::size_t>(set.context) + 1));
    }
    if (decoder) {
      const SmallRows arranged = small_rows(pointers, set.context);
      out.sum += decoder->loss(arranged.batch(), each);
      if (each != nullptr) each += (end - begin) * static_cast<std::size_t>(set.context);
      out.seconds += std::chrono::duration<double>(Clock::now() - start).count();
      continue;
    }
    const RowTensors tensors = row_tensors(pointers, set.context, impl.device);
    if (each == nullptr) {
      out.sum += impl.loss_sum(tensors.inputs, tensors.targets, {0}, compute).item<double>();
    } else {
      const torch::Tensor losses = target_losses(impl, tensors, compute);
      std::copy_n(losses.data_ptr<float>(), losses.numel(), each);
      out.sum += losses.sum(torch::kDouble).item<double>();
      each += losses.numel();
    }
    out.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }
  return out;
}

Evaluation evaluate(const network::Network& network, const token::EvaluationSet& set, ExpertChoice choice,
                    const std::string& precision, const TaskContext& task) {
  check(network, set, choice);
  const torch::NoGradGuard no_grad;
  const network::NetworkConfig& config = network.config();
  const std::size_t at_once = evaluation_rows(config);
  Evaluation result;
  result.tokens = set.targets;
  double sum = 0;
  std::size_t rows_run = 0;
  const auto run = [&](const network::Network& model, const std::vector<std::size_t>& rows) {
    rows_run += rows.size();
    const RowsLoss loss = rows_loss(model, set, rows, at_once, precision, task);
    result.seconds += loss.seconds;
    return loss.sum;
  };
  if (!config.projected) {
    sum = run(network, all_rows(set));
  } else if (choice.kind == ExpertChoice::by_cluster) {
    std::map<int, std::vector<std::size_t>> by_cluster;
    for (std::size_t i = 0; i < set.count(); ++i) by_cluster[set.cluster[i]].push_back(i);
    for (const auto& [cluster, rows] : by_cluster) sum += run(network.project(cluster), rows);
  } else {
    const std::vector<std::size_t> rows = all_rows(set);
    const bool fixed = choice.kind == ExpertChoice::fixed;
    for (int expert = fixed ? choice.expert : 0; expert < (fixed ? choice.expert + 1 : config.k); ++expert) {
      const double loss = run(network.project(expert), rows);
      if (result.expert < 0 || loss < sum) {
        sum = loss;
        result.expert = expert;
      }
    }
  }
  result.loss = sum / static_cast<double>(set.targets);
  result.flops = forward_flops(config, rows_run, set.context);
  return result;
}

Evaluation evaluate(const network::Network& small, const token::EvaluationSet& set, const std::string& precision,
                    const TaskContext& task, std::vector<float>& each) {
  check(small, set, {});
  each.assign(set.count() * static_cast<std::size_t>(set.context), 0.0F);
  const RowsLoss loss =
      rows_loss(small, set, all_rows(set), evaluation_rows(small.config()), precision, task, each.data());
  return {loss.sum / static_cast<double>(set.targets), set.targets, -1, loss.seconds,
          forward_flops(small.config(), set.count(), set.context)};
}

}  // namespace pantograph::train
