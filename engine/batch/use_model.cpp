// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/use_model.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/error.h"
#include "base/threads.h"
#include "corpus/intake.h"
#include "infer/scoring.h"
#include "network/lora.h"

namespace pantograph::batch {
namespace {

/// "3", or "0:0.5,3:0.5".
std::vector<std::pair<int, double>> mixture_of(const std::string& text) {
  std::vector<std::pair<int, double>> out;
  std::string_view rest = text;
  const auto refuse = [&] {
    throw Error(ErrorKind::usage, {fmt::format("\"{}\"", text), "--expert",
                                   "an expert's number, or a mixture of NUMBER:SHARE with commas between", ""});
  };
  const auto number = [&](auto& value) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) refuse();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  };
  while (true) {
    auto& [expert, share] = out.emplace_back(0, 1.0);
    number(expert);
    if (rest.starts_with(':')) {
      rest.remove_prefix(1);
      number(share);
    }
    if (rest.empty()) return out;
    if (!rest.starts_with(',')) refuse();
    rest.remove_prefix(1);
  }
}

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
                           texts.push_back(document.text.substr(0, utf8_prefix(document.text, kBytes - bytes)));
                           bytes += texts.back().size();
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
  const network::NetworkConfig config = bundle.network.config();
  std::string experts = options.use.experts;
  if (config.projected && !options.use.expert_for.empty())
    experts = std::to_string(best_expert(bundle, texts_of(options.use.expert_for), options.use.precision));
  if (config.projected && experts.empty() && !as_it_is) {
    throw Error(
        ErrorKind::usage,
        {"a projected network, of which no expert is named", options.use.model,
         fmt::format("--expert with a number from 0 to {}, or --expert-for with texts of a domain", config.k - 1), ""});
  }
  if (!config.projected && !(experts.empty() && options.use.expert_for.empty())) {
    throw Error(ErrorKind::usage, {experts.empty() ? "--expert-for" : "--expert", options.use.model,
                                   "no expert: it is a small network, not a projected one", ""});
  }
  if (config.projected && !experts.empty()) {
    const std::vector<std::pair<int, double>> mixture = mixture_of(experts);
    bundle.network = bundle.network.project(mixture);
    bundle.facts.name += fmt::format(", expert {}", experts);
    if (mixture.size() == 1) bundle.facts.provenance.expert = mixture.front().first;
  }
  if (config.lora.rank > 0) bundle.network = network::merge(bundle.network);
  return bundle;
}

UsedModel use_model(const BatchOptions& options) {
  model::ModelBundle bundle = use_bundle(options);
  return {std::move(bundle.facts), std::make_shared<const network::Network>(std::move(bundle.network)),
          std::move(bundle.tokenizer)};
}

}  // namespace pantograph::batch
