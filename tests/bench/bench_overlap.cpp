// SPDX-License-Identifier: GPL-3.0-or-later
// How fast corpora are compared, and in how much memory: near-copies and leaks.
//   bench_overlap THREADS GENERIC-DOCUMENTS-FOLDER DOMAIN-DOCUMENTS-FOLDER…
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "corpus/import.h"
#include "overlap/overlap.h"

using namespace pantograph;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "bench_overlap THREADS GENERIC-DOCUMENTS DOMAIN-DOCUMENTS...\n");
    return 2;
  }
  for (const char* const setting : {"keep", "report"}) {  // leaks alone, then both
    std::vector<overlap::OverlapInput> inputs;
    double bytes = 0, documents = 0;
    for (int i = 2; i < argc; ++i) {
      inputs.push_back({"corpus" + std::to_string(i), i == 2, setting, argv[i]});
      const corpus::DocumentStore store(argv[i]);
      for (const auto split : {corpus::Split::train, corpus::Split::validation, corpus::Split::test}) {
        bytes += static_cast<double>(store.bytes(split));
        documents += static_cast<double>(store.documents(split));
      }
    }
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    const overlap::Overlap found = overlap::find_overlap(inputs, std::atoi(argv[1]), {});
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double used = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("%s: %.0f MB, %.0f documents: %.2f s, %.2f s of processors, %.1f MB/s a core, peak %.0f MB\n  %s\n",
                setting, bytes / 1e6, documents, wall, used, bytes / 1e6 / used,
                static_cast<double>(usage.ru_maxrss) / 1e3, overlap::overlap_sentence(found).c_str());
  }
  return 0;
}
