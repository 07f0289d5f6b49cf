// SPDX-License-Identifier: GPL-3.0-or-later
// The data's steps beside the libraries that do nothing else: k-means beside faiss, tokenizing beside SentencePiece.
//   bench_data kmeans [points] [dimensions] [clusters] [iterations]
//   bench_data tokenize DOCUMENTS-FOLDER MODEL     (bench_sentencepiece reads the texts that this leaves in texts.txt)
//   bench_data cluster DOCUMENTS-FOLDER MODEL      (OMP_NUM_THREADS=1: MB/s a core)
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/random.h"
#include "cluster/kmeans.h"
#include "cluster/tfidf_svd.h"
#include "corpus/import.h"
#include "token/token_store.h"
#include "token/tokenizer.h"
#ifdef PANTOGRAPH_BENCH_FAISS
#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#endif

using namespace pantograph;

namespace {

template <typename F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Points around as many centres as there are clusters, so that the labels keep moving for a while.
cluster::FloatMatrix mixture(std::size_t n, std::size_t d, int k) {
  Random random(7);
  cluster::FloatMatrix centres{static_cast<std::size_t>(k), d, std::vector<float>(static_cast<std::size_t>(k) * d)};
  for (float& value : centres.values) value = static_cast<float>(random.normal());
  cluster::FloatMatrix out{n, d, std::vector<float>(n * d)};
  for (std::size_t i = 0; i < n; ++i) {
    const float* centre = centres.row(random.below(centres.rows));
    for (std::size_t j = 0; j < d; ++j) out.row(i)[j] = centre[j] + static_cast<float>(2 * random.normal());
  }
  return out;
}

int kmeans_beside_faiss(std::size_t n, std::size_t d, int k, int iterations) {
  const auto points = mixture(n, d, k);
  for (int round = 0; round < 3; ++round) {
    cluster::FloatMatrix start;
    const double choosing = seconds([&] { start = cluster::kmeans_plus_plus(points, k, 7); });
    cluster::KMeansResult result;
    const double updating = seconds([&] { result = cluster::lloyd(points, start, iterations); });
    std::printf("k-means: starts %.3f s, %d iterations %.3f s, inertia %.5g", choosing, result.iterations, updating,
                result.inertia);
#ifdef PANTOGRAPH_BENCH_FAISS
    for (const bool same_start : {true, false}) {
      faiss::ClusteringParameters settings;
      settings.niter = result.iterations;
      settings.max_points_per_centroid = static_cast<int>(n);  // no sampling
      faiss::Clustering clustering(static_cast<int>(d), k, settings);
      if (same_start) clustering.centroids = start.values;
      faiss::IndexFlatL2 index(static_cast<faiss::Index::idx_t>(d));
      const double took =
          seconds([&] { clustering.train(static_cast<faiss::Index::idx_t>(n), points.values.data(), index); });
      std::printf("; faiss, %s: %.3f s, inertia %.5g", same_start ? "same start" : "its own start", took,
                  static_cast<double>(clustering.iteration_stats.back().obj));
    }
#endif
    std::printf("\n");
  }
  return 0;
}

int tokenize(const std::filesystem::path& documents, const std::filesystem::path& model) {
  const corpus::DocumentStore store(documents);
  std::ofstream lines("texts.txt", std::ios::binary);  // length, newline, text
  std::uint64_t bytes = 0;
  for (int s = 0; s < corpus::kSplits; ++s) {
    const auto split = static_cast<corpus::Split>(s);
    for (std::uint64_t i = 0; i < store.documents(split); ++i) {
      const auto text = store.texts(split, i, i + 1).front();
      bytes += text.size();
      lines << text.size() << '\n' << text;
    }
  }
  lines.close();
  const token::Tokenizer tokenizer(model);
  for (int round = 0; round < 3; ++round) {
    token::TokenSummary summary;
    const double took = seconds([&] { summary = token::tokenize_corpus(tokenizer, documents, "tokens", 0, {}); });
    std::uint64_t tokens = 0;
    for (const auto count : summary.tokens) tokens += count;
    std::printf("tokenizing to a file: %.2f s, %.2f MB/s, %llu tokens\n", took, static_cast<double>(bytes) / took / 1e6,
                static_cast<unsigned long long>(tokens));
  }
  std::filesystem::remove_all("tokens");
  return 0;
}

/// What the pass over all windows does, a part at a time: ids to text, text to points, points to clusters.
int cluster_windows(const std::filesystem::path& documents, const std::filesystem::path& model) {
  constexpr std::size_t kChunk = 4096;
  const token::Tokenizer tokenizer(model);
  token::tokenize_corpus(tokenizer, documents, "tokens", 0, {});
  const token::TokenStore store("tokens");
  const auto windows = store.windows(corpus::Split::train, 512);
  const auto texts_of = [&](std::size_t begin, std::size_t end) {
    std::vector<std::string> texts;
    std::vector<std::int32_t> ids;
    for (std::size_t i = begin; i < end; ++i) {
      ids.resize(windows[i].length);
      store.copy(corpus::Split::train, windows[i].begin, windows[i].length, ids.data());
      texts.push_back(tokenizer.decode(ids.data(), ids.size()));
    }
    return texts;
  };
  cluster::TfidfSvdEmbedder embedder(65536, 64);
  const auto sample = texts_of(0, std::min<std::size_t>(windows.size(), 10'000));
  embedder.fit(sample, 7, {});
  const auto centroids = cluster::kmeans(embedder.embed(sample, {}), 16, 1, 5, 7).centroids;
  for (int round = 0; round < 3; ++round) {
    double decoding = 0, embedding = 0, assigning = 0, bytes = 0;
    std::uint64_t sum = 0;
    for (std::size_t begin = 0; begin < windows.size(); begin += kChunk) {
      std::vector<std::string> texts;
      cluster::FloatMatrix points;
      decoding += seconds([&] { texts = texts_of(begin, std::min(windows.size(), begin + kChunk)); });
      embedding += seconds([&] { points = embedder.embed(texts, {}); });
      assigning += seconds([&] {
        for (const auto label : cluster::assign_points(points, centroids).labels) sum = sum * 31 + label;
      });
      for (const auto& text : texts) bytes += static_cast<double>(text.size());
    }
    const double all = decoding + embedding + assigning;
    std::printf("%.1f MB, %zu windows: %.1f MB/s; decoding %.3f s, embedding %.3f s, assigning %.3f s; labels %llx\n",
                bytes / 1e6, windows.size(), bytes / all / 1e6, decoding, embedding, assigning,
                static_cast<unsigned long long>(sum));
  }
  std::filesystem::remove_all("tokens");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "kmeans";
  if (what == "tokenize" && argc == 4) return tokenize(argv[2], argv[3]);
  if (what == "cluster" && argc == 4) return cluster_windows(argv[2], argv[3]);
  if (what != "kmeans") {
    std::fprintf(
        stderr, "bench_data kmeans [points] [dimensions] [clusters] [iterations] | tokenize|cluster DOCUMENTS MODEL\n");
    return 2;
  }
  const auto number = [&](int i, int other) { return argc > i ? std::atoi(argv[i]) : other; };
  return kmeans_beside_faiss(static_cast<std::size_t>(number(2, 100'000)), static_cast<std::size_t>(number(3, 64)),
                             number(4, 64), number(5, 20));
}
