// SPDX-License-Identifier: GPL-3.0-or-later
// Cross-entropy over the tied embedding in blocks of tokens: logits, softmax and both gradients of a block while it is
// in the cache. The loss is a scalar, so its gradients are known up to a factor before the backward pass begins.
#include "network/cross_entropy.h"

#include <ATen/Parallel.h>

#include "kernel/rows.h"

namespace pantograph::network {
namespace {

using torch::Tensor;

struct Result {
  Tensor loss, hidden_gradient, embedding_gradient;
};

/// Negative log-likelihoods [tokens]; with `gradient`, logits become softmax − onehot. Any device and type.
Tensor softmax_nll(Tensor& logits, const Tensor& targets, bool gradient) {
  const Tensor counted = targets.ge(0), index = targets.clamp_min(0).unsqueeze(1);
  Tensor x = logits.scalar_type() == torch::kBFloat16 ? logits.to(torch::kFloat) : logits;
  x.sub_(std::get<0>(x.max(1, true)));
  const Tensor wanted = x.gather(1, index).squeeze(1);
  x.exp_();
  const Tensor sum = x.sum(1);
  const Tensor nll = (sum.log() - wanted).mul_(counted);
  if (gradient) {
    x.mul_((counted / sum).unsqueeze(1));
    x.scatter_add_(1, index, counted.to(x.scalar_type()).neg().unsqueeze(1));
    logits = x.to(logits.scalar_type());
  }
  return nll;
}

Tensor softmax_nll_cpu(Tensor& logits, const Tensor& targets, bool gradient) {
  const std::int64_t size = logits.size(1);
  Tensor nll = torch::empty({logits.size(0)}, torch::kFloat);
  const std::int64_t* target = targets.data_ptr<std::int64_t>();
  float* out = nll.data_ptr<float>();
  const bool half = logits.scalar_type() == torch::kBFloat16;
  void* data = logits.data_ptr();
  at::parallel_for(0, logits.size(0), 8, [&](std::int64_t begin, std::int64_t end) {
    if (half) {
      kernel::softmax_nll(static_cast<kernel::Half*>(data) + begin * size, end - begin, size, target + begin,
                          out + begin, gradient, 1.0F);
    } else {
      kernel::softmax_nll(static_cast<float*>(data) + begin * size, end - begin, size, target + begin, out + begin,
                          gradient, 1.0F);
    }
  });
  return nll;
}

Result blocks(const Tensor& hidden, const Tensor& embedding, const Tensor& targets, bool gradient) {
  torch::NoGradGuard no_grad;
  const std::int64_t tokens = hidden.size(0), vocabulary = embedding.size(0);
  const bool cpu_kernel = hidden.is_cpu() && hidden.scalar_type() != torch::kDouble;
  // A block's logits stay near the cores on a CPU; a GPU wants larger products.
  const std::int64_t elements = hidden.is_cpu() ? std::int64_t{1} << 20 : std::int64_t{1} << 27;
  const std::int64_t block = std::max<std::int64_t>(256, elements / vocabulary);
  const Tensor table = embedding.to(hidden.scalar_type());  // [vocabulary, width]
  const Tensor wanted = targets.contiguous();
  Result result;
  result.loss = torch::zeros({}, embedding.options().requires_grad(false));
  if (gradient) {
    result.hidden_gradient = torch::empty_like(hidden);
    result.embedding_gradient = torch::zeros_like(embedding);
  }
  for (std::int64_t begin = 0; begin < tokens; begin += block) {
    const std::int64_t count = std::min(block, tokens - begin);
    const Tensor x = hidden.narrow(0, begin, count), target = wanted.narrow(0, begin, count);
    Tensor logits = at::mm(x, table.t());  // [count, vocabulary]
    const Tensor nll = cpu_kernel ? softmax_nll_cpu(logits, target, gradient) : softmax_nll(logits, target, gradient);
    result.loss.add_(nll.sum());
    if (!gradient) continue;
    result.hidden_gradient.narrow(0, begin, count).copy_(at::mm(logits, table));
    if (hidden.scalar_type() == embedding.scalar_type()) {
      result.embedding_gradient.addmm_(logits.t(), x);
    } else {
      result.embedding_gradient.add_(at::mm(logits.t(), x));  // blocks are summed in fp32
    }
  }
  return result;
}

class TiedCrossEntropy : public torch::autograd::Function<TiedCrossEntropy> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& hidden, const Tensor& embedding,
                        const Tensor& targets) {
    Result result = blocks(hidden, embedding, targets, true);
    context->save_for_backward({result.hidden_gradient, result.embedding_gradient});
    return result.loss;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    return {saved[0] * gradients[0].to(saved[0].scalar_type()), saved[1] * gradients[0], Tensor()};
  }
};

}  // namespace

Tensor tied_cross_entropy(const Tensor& hidden, const Tensor& embedding, const Tensor& targets) {
  const bool wanted = torch::GradMode::is_enabled() && (hidden.requires_grad() || embedding.requires_grad());
  return wanted ? TiedCrossEntropy::apply(hidden, embedding, targets) : blocks(hidden, embedding, targets, false).loss;
}

}  // namespace pantograph::network
