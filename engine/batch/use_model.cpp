// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/use_model.h"

#include "base/threads.h"
#include "model/small_model.h"

namespace pantograph::batch {

model::ModelBundle use_bundle(const BatchOptions& options, bool as_it_is) {
  const network::Device device{options.device};
  network::check_device(device);
  network::set_compute_threads(usable_threads(options.threads));
  model::ModelBundle bundle = model::read_model(options.use.model, device);
  const std::string& experts = options.use.experts;
  const bool stays = experts.empty() && (model::is_small(bundle) || (as_it_is && bundle.network.config().projected));
  return stays ? std::move(bundle) : model::small_model(bundle, experts, "--expert");
}

UsedModel use_model(const BatchOptions& options) {
  model::ModelBundle bundle = use_bundle(options);
  return {std::move(bundle.facts), std::make_shared<const network::Network>(std::move(bundle.network)),
          std::move(bundle.tokenizer)};
}

}  // namespace pantograph::batch
