// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph generate MODEL: what a model goes on with after prompts.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/numbers.h"
#include "batch/use_model.h"

namespace pantograph::batch {
namespace {

using nlohmann::json;

json to_json(const token::Tokenizer& tokenizer, const infer::AnswerToken& token) {
  json out = {{"id", token.id}, {"text", token.text}, {"log_probability", token.log_probability}};
  if (token.candidates.empty()) return out;
  for (const infer::Candidate& c : token.candidates) {
    out["candidates"].push_back(
        {{"id", c.id}, {"text", tokenizer.decode(&c.id, 1)}, {"log_probability", c.log_probability}});
  }
  return out;
}

void print_json(const token::Tokenizer& tokenizer, const std::string& prompt, const infer::Answer& answer) {
  json line = {{"event", "answer"},
               {"prompt", prompt},
               {"text", answer.text},
               {"finish", infer::to_string(answer.finish)},
               {"prompt_tokens", answer.prompt_tokens},
               {"tokens", json::array()}};
  for (const auto& token : answer.prompt) line["prompt_token_list"].push_back(to_json(tokenizer, token));
  for (const auto& token : answer.tokens) line["tokens"].push_back(to_json(tokenizer, token));
  fmt::print("{}\n", line.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::vector<std::string> prompts_of(const UseOptions& options) {
  if (!options.prompts.empty()) return options.prompts;
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  if (text.ends_with('\n')) text.pop_back();
  return {text};
}

}  // namespace

int generate_command(const BatchOptions& options, StopSignals& signals) {
  const UsedModel model = use_model(options);
  infer::Session session(model.network, model.tokenizer, options.use.precision);
  const std::vector<std::string> prompts = prompts_of(options.use);
  Control control;
  const StopCall on_signal(signals, [&] { control.stop(); });

  // A single answer streams; several would run into each other.
  const bool streams = prompts.size() == 1 && !options.json;
  if (streams) std::fwrite(prompts.front().data(), 1, prompts.front().size(), stdout);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<infer::Answer> answers =
      session.generate(prompts, options.use.generate,
                       [&](std::size_t, const infer::AnswerToken& token) {
                         if (!streams || token.text.empty()) return;
                         std::fwrite(token.text.data(), 1, token.text.size(), stdout);
                         std::fflush(stdout);
                       },
                       {&control, {}, {}});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;

  std::size_t tokens = 0;
  bool stopped = false;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    tokens += answers[i].tokens.size();
    stopped = stopped || answers[i].finish == infer::Finish::interrupted;
    if (options.json) print_json(*model.tokenizer, prompts[i], answers[i]);
    if (!options.json && !streams) fmt::print("--- {}\n{}{}\n", i + 1, prompts[i], answers[i].text);
  }
  if (streams) std::fputs("\n", stdout);
  if (!options.json) {
    std::fflush(stdout);
    fmt::print(stderr, "{} tokens in {}, {} a second; ended by: {}.\n", format_grouped(tokens),
               format_duration(took.count()), format_scientific(static_cast<double>(tokens) / took.count()),
               infer::to_string(answers.back().finish));
  }
  return stopped ? exit_code(ErrorKind::interrupted) : 0;
}

}  // namespace pantograph::batch
