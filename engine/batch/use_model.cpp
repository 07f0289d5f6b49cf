// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/use_model.h"

#include <limits>

#include "base/error.h"
#include "base/threads.h"
#include "corpus/intake.h"
#include "infer/scoring.h"
#include "model/small_model.h"

namespace pantograph::batch {
namespace {

/// A domain's first documents, a megabyte of them.
std::vector<std::string> texts_of(const std::vector<std::string>& paths) {
  constexpr std::uint64_t kBytes = 1 << 20;
  TextOptions options;
  options.paths = paths;
  const project::CorpusSpec corpus = corpus_of(options, "--expert-for");
  std::vector<std::string> texts;
  std::uint64_t bytes = 0;
  corpus::take_documents(corpus, corpus::source_files(corpus, ".", {}), 0,
                         [&](corpus::Split, const corpus::Document& document) {
                           if (bytes >= kBytes) return;
                           texts.push_back(document.text);
                           bytes += document.text.size();
                         },
                         {});
  if (texts.empty()) throw Error(ErrorKind::input, {"no document", paths.front(), "texts of the domain", ""});
  return texts;
}

/// The expert whose small network predicts the texts best: as "best-before" chooses on a domain's set.
int best_expert(const model::ModelBundle& bundle, const std::vector<std::string>& texts, const std::string& precision) {
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int expert = 0; expert < bundle.network.config().k; ++expert) {
    infer::Score sum;
    const network::Network small = bundle.network.project(expert);
    for (const infer::Score& score : infer::score_texts(small, *bundle.tokenizer, texts, precision)) sum += score;
    if (sum.nats < least) least = sum.nats, best = expert;
  }
  return best;
}

}  // namespace

model::ModelBundle use_bundle(const BatchOptions& options, bool as_it_is) {
  const network::Device device{options.device};
  network::check_device(device);
  network::set_compute_threads(usable_threads(options.threads));
  model::ModelBundle bundle = model::read_model(options.use.model, device);
  const bool projected = bundle.network.config().projected;
  const std::vector<std::string>& texts = options.use.expert_for;
  if (!texts.empty() && !projected) {
    throw Error(ErrorKind::usage,
                {"--expert-for", options.use.model, "no expert: it is a small network, not a projected one", ""});
  }
  const std::string experts =
      texts.empty() ? options.use.experts : std::to_string(best_expert(bundle, texts_of(texts), options.use.precision));
  const bool stays = experts.empty() && (model::is_small(bundle) || (as_it_is && projected));
  return stays ? std::move(bundle) : model::small_model(bundle, experts, "--expert");
}

UsedModel use_model(const BatchOptions& options) {
  model::ModelBundle bundle = use_bundle(options);
  return {std::move(bundle.facts), std::make_shared<const network::Network>(std::move(bundle.network)),
          std::move(bundle.tokenizer)};
}

}  // namespace pantograph::batch
