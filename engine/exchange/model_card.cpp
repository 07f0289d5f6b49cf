// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "base/numbers.h"
#include "exchange/formats.h"

namespace pantograph::exchange {

std::string model_card(const model::ModelBundle& model, const ExportReport& report, const std::string& use) {
  const model::Provenance& from = model.facts.provenance;
  const network::SmallConfig& c = model.network.config().small;
  std::string out = fmt::format("# {}\n\n", model.facts.name);
  out += fmt::format(
      "A language model of {} parameters: {} layers ({}, {}) of width {} with {} heads, inner width {}, a context of "
      "{} tokens, a vocabulary of {}.\n\n| | |\n|---|---|\n",
      format_count(model.network.parameters()), c.layers, network::to_string(c.block), network::to_string(c.activation),
      c.width, c.heads, c.inner, c.context, c.vocabulary);
  const auto row = [&](const char* what, const std::string& value) {
    if (!value.empty()) out += fmt::format("| {} | {} |\n", what, value);
  };
  const auto number = [](double value, const std::string& text) { return value > 0 ? text : std::string(); };
  row("method",
      from.method == from.kind || from.kind.empty() ? from.method : fmt::format("{} ({})", from.method, from.kind));
  row("domain", from.domain);
  row("expert", from.expert >= 0 ? std::to_string(from.expert) : "");
  row("generic tokens", from.generic_budget > 0 ? format_grouped(from.generic_budget) : "");
  row("tokens of the domain's set", from.specialization_tokens > 0 ? format_grouped(from.specialization_tokens) : "");
  row("seed", from.method.empty() ? "" : std::to_string(from.seed));
  row("generic training loss", number(from.training_loss, fmt::format("{:.4f} nats a token", from.training_loss)));
  row("validation loss on the domain",
      number(from.validation_loss, fmt::format("{:.4f} nats a token", from.validation_loss)));
  row("test perplexity on the domain", number(from.test_perplexity, format_perplexity(from.test_perplexity)));
  row("read from", from.imported_format.empty() ? ""
                                                : fmt::format("{} ({}), content {}", from.imported_architecture,
                                                              from.imported_format, from.imported_content));
  row("made with", from.program.empty() ? "" : "Pantograph " + from.program);
  out += "\nPerplexities are of this model's own tokens, and comparable only within one tokenizer.\n\n## Use\n\n" +
         use + "\n## How faithful these files are\n\n";
  for (const std::string& line : report.exact) out += "- exact: " + line + "\n";
  for (const std::string& line : report.near) out += "- near: " + line + "\n";
  return out;
}

}  // namespace pantograph::exchange
