// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/small_model.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "network/lora.h"

namespace pantograph::model {
namespace {

/// "3", or "0:0.5,3:0.5".
std::vector<std::pair<int, double>> mixture_of(const std::string& text, const std::string& where) {
  std::vector<std::pair<int, double>> out;
  std::string_view rest = text;
  const auto refuse = [&] {
    throw Error(ErrorKind::usage, {fmt::format("\"{}\"", text), where,
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

}  // namespace

bool is_small(const ModelBundle& bundle) {
  return !bundle.network.config().projected && bundle.network.config().lora.rank == 0;
}

ModelBundle small_model(const ModelBundle& bundle, const std::string& experts, const std::string& where) {
  const network::NetworkConfig& config = bundle.network.config();
  ModelFacts facts = bundle.facts;
  if (config.projected && experts.empty()) {
    throw Error(ErrorKind::usage, {"a projected network, of which no expert is named", facts.name,
                                   fmt::format("{} with a number from 0 to {}", where, config.k - 1), ""});
  }
  if (!config.projected && !experts.empty()) {
    throw Error(ErrorKind::usage, {where, facts.name, "no expert: it is a small network, not a projected one", ""});
  }
  if (config.projected) {
    const std::vector<std::pair<int, double>> mixture = mixture_of(experts, where);
    facts.name += fmt::format(", expert {}", experts);
    if (mixture.size() == 1) facts.provenance.expert = mixture.front().first;
    network::Network projected = bundle.network.project(mixture);
    if (projected.config().lora.rank > 0) projected = network::merge(projected);
    return {std::move(facts), std::move(projected), bundle.tokenizer, bundle.tokenizer_model};
  }
  return {std::move(facts), config.lora.rank > 0 ? network::merge(bundle.network) : bundle.network.clone(),
          bundle.tokenizer, bundle.tokenizer_model};
}

}  // namespace pantograph::model
