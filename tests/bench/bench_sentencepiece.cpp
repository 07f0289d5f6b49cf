// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece and nothing else, on all cores: what tokenizing is measured against.
//   bench_sentencepiece MODEL TEXTS     TEXTS as bench_data tokenize leaves them
#include <sentencepiece_processor.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  sentencepiece::SentencePieceProcessor processor;
  if (argc != 3 || !processor.Load(argv[1]).ok()) {
    std::fprintf(stderr, "bench_sentencepiece MODEL TEXTS\n");
    return 2;
  }
  std::ifstream in(argv[2], std::ios::binary);
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (std::size_t size; in >> size;) {
    in.get();
    std::string text(size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    texts.push_back(std::move(text));
    bytes += size;
  }
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::size_t> next = 0, tokens = 0;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < std::thread::hardware_concurrency(); ++t) {
      threads.emplace_back([&] {
        std::vector<int> ids;
        for (std::size_t i; (i = next.fetch_add(1)) < texts.size();) {
          if (!processor.Encode(texts[i], &ids).ok()) std::abort();
          tokens += ids.size();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("SentencePiece in memory: %.2f s, %.2f MB/s, %zu tokens\n", took,
                static_cast<double>(bytes) / took / 1e6, tokens.load());
  }
  return 0;
}
