// SPDX-License-Identifier: GPL-3.0-or-later
// A fuzz target without a fuzzer, for the test suite: every file of the folders that are named, then inputs made from
// them by a fixed seed. replay FOLDER… N: N made inputs.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "base/random.h"
#include "fuzz/input.h"

namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> read_all(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> out;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

/// One to eight small changes: a byte, a piece left out, a piece of another input put in.
Bytes changed(Bytes bytes, const Bytes& other, pantograph::Random& random) {
  for (std::uint64_t times = 1 + random.below(8); times > 0; --times) {
    const std::size_t at = random.below(bytes.size() + 1);
    const std::size_t length = random.below(16);
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(3)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(random.below(256));
        break;
      case 1:
        bytes.erase(from, from + static_cast<std::ptrdiff_t>(std::min(length, bytes.size() - at)));
        break;
      default:
        if (!other.empty()) {
          const auto piece = other.begin() + static_cast<std::ptrdiff_t>(random.below(other.size()));
          bytes.insert(from, piece,
                       piece + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(length), other.end() - piece));
        }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "replay FOLDER… N\n", 2;
  std::vector<Bytes> inputs;
  for (int i = 1; i + 1 < argc; ++i) std::ranges::move(read_all(argv[i]), std::back_inserter(inputs));
  if (inputs.empty()) return std::cerr << "no inputs\n", 1;
  for (const auto& input : inputs) LLVMFuzzerTestOneInput(input.data(), input.size());
  pantograph::Random random(7);
  const int made = std::atoi(argv[argc - 1]);
  for (int i = 0; i < made; ++i) {
    const Bytes& one = inputs[random.below(inputs.size())];
    const Bytes input = changed(one, inputs[random.below(inputs.size())], random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::cout << inputs.size() << " kept inputs and " << made << " made from them: no finding\n";
}
