// SPDX-License-Identifier: GPL-3.0-or-later
// Generating on the CPU, at PAPER's size: a prompt of 128 tokens, then 256 more.
//   bench_generation run fp32|bf16 THREADS       tokens a second: the prompt, and what follows it
//   bench_generation export FILE.gguf f32|bf16   the same network for llama.cpp, which llama_generation.mjs times
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

#include "exchange/exporter.h"
#include "infer/session.h"
#include "token/model_writer.h"

using namespace pantograph;

namespace {

constexpr int kVocabulary = 32'000, kPrompt = 128, kAnswer = 256, kRounds = 3;

model::ModelBundle paper_model() {
  fixtures::WrittenModel tokenizer;
  tokenizer.add_marks();
  for (int i = static_cast<int>(tokenizer.pieces.size()); i < kVocabulary; ++i)
    tokenizer.pieces.push_back({fmt::format("w{}", i), -static_cast<float>(i), 1});
  const std::string bytes = tokenizer.bytes();
  network::NetworkConfig config;
  config.small = {7, 1024, 8, 4096, 1024, kVocabulary};
  return {{"bench", {}},
          network::Network::create(config, 1),
          std::make_shared<const token::Tokenizer>(token::Tokenizer::from_bytes(bytes, "bench")),
          bytes};
}

int run(const std::string& precision, int threads) {
  network::set_compute_threads(threads);
  model::ModelBundle model = paper_model();
  infer::Session session(std::make_shared<const network::Network>(std::move(model.network)), model.tokenizer,
                         precision);
  std::string prompt;
  for (int i = 1; i < kPrompt; ++i) prompt += fmt::format("w{}", 300 + i);
  infer::GenerateSettings settings;
  settings.sampling.temperature = 0;
  double prefill = 0, answer = 0;
  for (int round = 0; round < kRounds; ++round) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    Clock::time_point first = start;
    bool begun = false;
    settings.max_tokens = kAnswer;
    const infer::Answer out = session
                                  .generate({prompt}, settings,
                                            [&](std::size_t, const infer::AnswerToken&) {
                                              if (!begun) first = Clock::now();
                                              begun = true;
                                            })
                                  .at(0);
    const double before = std::chrono::duration<double>(first - start).count();
    const double after = std::chrono::duration<double>(Clock::now() - first).count();
    prefill = std::max(prefill, out.prompt_tokens / before);
    answer = std::max(answer, static_cast<double>(out.tokens.size() - 1) / after);
  }
  std::printf("%s, %d threads: prompt %.0f tokens/s, then %.2f tokens/s (the best of %d rounds)\n", precision.c_str(),
              threads, prefill, answer, kRounds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "run") == 0) return run(argv[2], std::atoi(argv[3]));
  if (argc == 4 && std::strcmp(argv[1], "export") == 0) {
    exchange::export_model(exchange::exporter("gguf"), paper_model(), argv[2], {argv[3]});
    return 0;
  }
  std::fprintf(stderr, "bench_generation run fp32|bf16 THREADS | export FILE.gguf f32|bf16\n");
  return 2;
}
