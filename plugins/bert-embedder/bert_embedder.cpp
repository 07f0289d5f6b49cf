// SPDX-License-Identifier: GPL-3.0-or-later
#include "bert_embedder.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "encoder.h"
#include "kernel/parallel.h"

namespace pantograph::bert {
namespace {

constexpr std::int64_t kBatchRows = 512;  // of one thread: the activations of a layer stay near the cache

std::filesystem::path given(std::filesystem::path folder) {
  if (folder.empty()) {
    throw Error(ErrorKind::project,
                {"no model for the embedder \"bert\"", "clustering.model",
                 "the folder of a BERT model with config.json, model.safetensors and vocab.txt", ""});
  }
  return folder;
}

/// Indices of texts: the first and the one behind the last of each batch in `order`.
std::vector<std::pair<std::size_t, std::size_t>> batches_of(const std::vector<std::vector<std::int32_t>>& ids,
                                                            const std::vector<std::size_t>& order) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    std::int64_t rows = 0;
    for (end = begin; end < order.size(); ++end) {
      const auto length = static_cast<std::int64_t>(ids[order[end]].size());
      rows += (length + kRowStep - 1) / kRowStep * kRowStep;
      if (end > begin && rows > kBatchRows) break;
    }
    out.emplace_back(begin, end);
  }
  return out;
}

}  // namespace

BertEmbedder::BertEmbedder(std::filesystem::path folder)
    : folder_(given(std::move(folder))),
      config_(read_config(folder_)),
      hash_(hash_of_model(folder_)),
      tokenizer_(folder_ / "vocab.txt", config_.vocabulary,
                 {config_.lower_case, config_.strip_accents, config_.split_chinese}),
      weights_(read_weights(folder_, config_)) {}

void BertEmbedder::fit(const std::vector<std::string>&, std::uint64_t, const TaskContext& task) {
  task.poll();
}

cluster::FloatMatrix BertEmbedder::embed(const std::vector<std::string>& texts, const TaskContext& task) const {
  const int threads = std::max(omp_get_max_threads(), 1);
  std::vector<std::vector<std::int32_t>> ids(texts.size());
  kernel::share_tasks(static_cast<std::int64_t>(texts.size()), threads, [&](std::int64_t i, int) {
    ids[static_cast<std::size_t>(i)] = tokenizer_.encode(texts[static_cast<std::size_t>(i)], config_.longest);
  });
  // Longest first: what is left for the threads at the end is short.
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return ids[a].size() > ids[b].size(); });
  const auto batches = batches_of(ids, order);

  cluster::FloatMatrix out{texts.size(), static_cast<std::size_t>(config_.hidden), {}};
  out.values.resize(out.rows * out.columns);
  std::vector<std::unique_ptr<Encoder>> encoders;
  for (int t = 0; t < threads; ++t) encoders.push_back(std::make_unique<Encoder>(config_, weights_, tokenizer_.pad()));
  const std::size_t group = 4 * static_cast<std::size_t>(threads);  // between two reports
  for (std::size_t first = 0; first < batches.size(); first += group) {
    const std::size_t last = std::min(first + group, batches.size());
    kernel::share_tasks(static_cast<std::int64_t>(last - first), threads, [&](std::int64_t i, int thread) {
      omp_set_num_threads(1);  // of this thread's products: their sums must not depend on the number of threads
      const auto [begin, end] = batches[first + static_cast<std::size_t>(i)];
      std::vector<const std::vector<std::int32_t>*> batch;
      std::vector<float*> rows;
      for (std::size_t at = begin; at < end; ++at) {
        batch.push_back(&ids[order[at]]);
        rows.push_back(out.row(order[at]));
      }
      encoders[static_cast<std::size_t>(thread)]->encode(batch, rows.data(), task);
    });
    task.poll();
    task.progress(static_cast<double>(batches[last - 1].second), static_cast<double>(texts.size()), "windows");
  }
  return out;
}

void BertEmbedder::save(cluster::StateWriter& state) const {
  state.write_text("model", folder_.string());
  state.write_text("hash", hash_);
}

void BertEmbedder::load(const cluster::StateReader& state) {
  const std::string hash = state.text("hash");
  if (hash == hash_) return;
  throw Error(ErrorKind::run,
              {"a model with the hash " + hash_, folder_.string(),
               "the model that the clusters were made with: hash " + hash + ", then in " + state.text("model"),
               "Put that model back, or cluster again."});
}

}  // namespace pantograph::bert
