// SPDX-License-Identifier: GPL-3.0-or-later
// The clustering step: a sample of the generic windows fits embedder and centroids, then all windows of all corpora
// stream through both.
#include "cluster/clustering.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "cluster/embedder.h"
#include "cluster/hdf5_state.h"
#include "cluster/kmeans.h"
#include "cluster/parallel.h"
#include "cluster/sample.h"
#include "cluster/summary.h"
#include "cluster/terms.h"
#include "store/hdf5.h"

namespace pantograph::cluster {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kChunk = 4096;         // windows decoded and embedded at a time
constexpr std::size_t kTermWindows = 20000;  // enough to name a cluster

struct Corpus {
  std::string name;
  project::Role role;
  token::TokenStore store;
};

struct Place {
  std::uint32_t corpus;
  token::Window window;
};

std::string text_of(const token::Tokenizer& tokenizer, const token::TokenStore& store, corpus::Split split,
                    const token::Window& window) {
  std::vector<std::int32_t> ids(window.length);
  store.copy(split, window.begin, window.length, ids.data());
  return tokenizer.decode(ids.data(), ids.size());
}

std::vector<std::string> texts_of(const token::Tokenizer& tokenizer, const token::TokenStore& store,
                                  corpus::Split split, const std::vector<token::Window>& windows, std::size_t begin,
                                  std::size_t end) {
  std::vector<std::string> out(end - begin);
  parallel_blocks(out.size(), 32, cluster_threads(), [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) out[i] = text_of(tokenizer, store, split, windows[begin + i]);
  });
  return out;
}

/// Generic train windows, `count` of them (0: all), in the order of the corpora. Longer ones are drawn more often: what
/// networks train on are tokens, and a dictionary's many short entries would else take most of the clusters.
std::vector<Place> sample_windows(const std::vector<Corpus>& corpora, std::uint32_t length, std::size_t count,
                                  std::size_t least, std::uint64_t seed) {
  std::vector<Place> all;
  for (std::size_t c = 0; c < corpora.size(); ++c) {
    if (corpora[c].role != project::Role::generic) continue;
    for (const auto& window : corpora[c].store.windows(corpus::Split::train, length))
      all.push_back({static_cast<std::uint32_t>(c), window});
  }
  if (all.size() < least) {
    throw Error(ErrorKind::input, {std::to_string(least) + " clusters of " + std::to_string(all.size()) + " windows",
                                   "clustering.clusters", "at most the number of generic windows",
                                   "Lower clustering.clusters, or add generic text."});
  }
  if (count == 0 || count >= all.size()) return all;
  count = std::max(count, least);
  std::vector<std::uint32_t> lengths;
  for (const auto& place : all) lengths.push_back(place.window.length);
  std::vector<Place> chosen;
  for (const std::size_t i : sample_by_length(lengths, count, derive_seed(seed, "clustering/sample")))
    chosen.push_back(all[i]);
  return chosen;
}

/// Labels of all windows of a split, with the counts that a histogram needs.
struct Labelled {
  std::vector<std::uint16_t> labels;
  std::vector<std::uint64_t> windows, tokens;
};

Labelled label_split(const token::Tokenizer& tokenizer, const token::TokenStore& store, corpus::Split split,
                     const std::vector<token::Window>& windows, const Embedder& embedder, const FloatMatrix& centroids,
                     const TaskContext& task, const std::function<void(std::size_t)>& advance) {
  Labelled out;
  out.labels.reserve(windows.size());
  out.windows.assign(centroids.rows, 0);
  out.tokens.assign(centroids.rows, 0);
  for (std::size_t begin = 0; begin < windows.size(); begin += kChunk) {
    task.poll();
    const std::size_t end = std::min(windows.size(), begin + kChunk);
    TaskContext chunk = task;
    std::size_t reported = 0;
    chunk.on_progress = [&](double done, double, const std::string&) {
      const std::size_t now = std::clamp(static_cast<std::size_t>(done), reported, end - begin);
      advance(now - reported);
      reported = now;
    };
    const auto points = embedder.embed(texts_of(tokenizer, store, split, windows, begin, end), chunk);
    const auto assignment = assign_points(points, centroids);
    for (std::size_t i = begin; i < end; ++i) {
      const auto label = assignment.labels[i - begin];
      out.labels.push_back(static_cast<std::uint16_t>(label));
      ++out.windows[label];
      out.tokens[label] += windows[i].length;
    }
    advance(end - begin - reported);
  }
  return out;
}

void check_spec(const project::ClusteringSpec& spec, int window) {
  if (spec.clusters < 1 || spec.clusters > 65535) {
    throw Error(ErrorKind::project, {std::to_string(spec.clusters), "clustering.clusters", "1 to 65535", ""});
  }
  if (window < 1)
    throw Error(ErrorKind::project, {std::to_string(window), "clustering.window", "at least 1 token", ""});
}

std::vector<std::uint64_t> sum(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> out(a);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += b[i];
  return out;
}

}  // namespace

ClusteringSummary cluster_corpora(const project::ClusteringSpec& spec, int window, const token::Tokenizer& tokenizer,
                                  const std::vector<ClusteringInput>& inputs, std::uint64_t seed,
                                  const fs::path& folder, const TaskContext& task) {
  check_spec(spec, window);
  auto embedder = EmbedderRegistry::instance().make(spec);
  const auto length = static_cast<std::uint32_t>(window);
  std::vector<Corpus> corpora;
  for (const auto& input : inputs)
    corpora.push_back({input.corpus, input.role, token::TokenStore(input.tokens_folder)});

  const auto sample = sample_windows(corpora, length, static_cast<std::size_t>(std::max(spec.sample_windows, 0)),
                                     static_cast<std::size_t>(spec.clusters), seed);
  task.poll();
  std::vector<std::string> texts(sample.size());
  parallel_blocks(sample.size(), 32, cluster_threads(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      texts[i] = text_of(tokenizer, corpora[sample[i].corpus].store, corpus::Split::train, sample[i].window);
    }
  });
  embedder->fit(texts, derive_seed(seed, "clustering/embedder"), task);
  task.poll();
  TaskContext embedding = task;
  embedding.on_progress = [&](double done, double all, const std::string&) {
    task.progress(done, all, "windows of the sample");
  };
  KMeansResult fit = kmeans(embedder->embed(texts, embedding), spec.clusters, spec.restarts, spec.iterations,
                            derive_seed(seed, "clustering"), task);

  ClusteringSummary summary;
  summary.clusters = spec.clusters;
  summary.dimensions = embedder->dimensions();
  summary.window = window;
  summary.inertia = fit.inertia;
  summary.variance = embedder->variance();
  // A stride keeps the windows that name the clusters spread over the corpora.
  const std::size_t stride = (texts.size() + kTermWindows - 1) / kTermWindows;
  std::vector<std::string> named;
  std::vector<std::uint32_t> named_labels;
  for (std::size_t i = 0; i < texts.size(); i += stride) {
    named.push_back(std::move(texts[i]));
    named_labels.push_back(fit.assignment.labels[i]);
  }
  texts = {};
  summary.top_terms = top_terms(named, named_labels, spec.clusters, 10);

  make_directories(folder);
  double total = 0, done = 0;
  for (const auto& corpus : corpora) {
    for (int s = 0; s < corpus::kSplits; ++s)
      total += static_cast<double>(corpus.store.windows(static_cast<corpus::Split>(s), length).size());
  }
  std::vector<std::uint64_t> generic_windows(spec.clusters, 0), generic_tokens(spec.clusters, 0);
  replace_atomically(folder / kClusteringFile, [&](const fs::path& part) {
    auto file = store::Hdf5File::create(part);
    const auto k = static_cast<std::uint64_t>(spec.clusters);
    file.write("centroids", {store::DataType::f32, {k, fit.centroids.columns}}, fit.centroids.values.data());
    Hdf5StateWriter state(file, "embedder");
    embedder->save(state);
    file.write_attribute("/", "embedder", spec.embedder);
    file.write_attribute("/", "window", std::to_string(window));
    file.write_attribute("/", "clusters", std::to_string(spec.clusters));
    for (const auto& corpus : corpora) {
      for (int s = 0; s < corpus::kSplits; ++s) {
        const corpus::Split split = static_cast<corpus::Split>(s);
        const auto labelled =
            label_split(tokenizer, corpus.store, split, corpus.store.windows(split, length), *embedder, fit.centroids,
                        task, [&](std::size_t n) { task.progress(done += static_cast<double>(n), total, "windows"); });
        file.write("assignments/" + corpus.name + "/" + corpus::to_string(split),
                   {store::DataType::u16, {labelled.labels.size()}}, labelled.labels.data());
        if (split != corpus::Split::train) continue;
        if (corpus.role == project::Role::domain) {
          summary.domains[corpus.name] = make_histogram(labelled.windows, labelled.tokens);
        } else {
          generic_windows = sum(generic_windows, labelled.windows);
          generic_tokens = sum(generic_tokens, labelled.tokens);
        }
      }
    }
    file.close();
  });
  summary.generic = make_histogram(generic_windows, generic_tokens);
  write_clustering_summary(summary, folder);
  return summary;
}

}  // namespace pantograph::cluster
