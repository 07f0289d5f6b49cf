// SPDX-License-Identifier: GPL-3.0-or-later
// The stream of training rows. Its state is small because the order of a cluster's windows is a function of seed,
// cluster and epoch: only (epoch, window, offset) of each cluster has to be kept.
#include "token/sampler.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

namespace pantograph::token {
namespace {

constexpr int kStateFormat = 1;

struct Stream {
  std::vector<std::uint32_t> order;  ///< indices into the set's entries, in the order of this epoch
  std::uint64_t tokens = 0;
  std::uint64_t epoch = 0;
  std::uint64_t index = 0;   ///< into order
  std::uint32_t offset = 0;  ///< into that window
};

}  // namespace

struct ClusterSampler::Impl {
  WindowSet set;
  int rows, context, groups;
  std::uint64_t seed;
  std::vector<std::vector<std::uint32_t>> members;  ///< entries of each cluster, in order
  std::vector<Stream> streams;
  std::vector<std::uint64_t> cumulative;  ///< tokens of clusters 0..c, or their shares in 2^-53
  std::uint64_t total = 0;                ///< of the above
  std::uint64_t tokens = 0;
  std::uint64_t batches = 0;
  std::string fingerprint;
  Random::State drawn_from{};  ///< random state before the experts of the next batch were drawn
  Random random;
  std::vector<int> experts;

  Impl(WindowSet windows, int rows_, int context_, int groups_, std::uint64_t seed_, const std::vector<double>& shares)
      : set(std::move(windows)),
        rows(rows_),
        context(context_),
        groups(groups_),
        seed(seed_),
        random(derive_seed(seed_, "sampler")) {
    check();
    members.resize(set.clusters);
    streams.resize(set.clusters);
    for (std::size_t i = 0; i < set.entries.size(); ++i) {
      const auto& entry = set.entries[i];
      if (entry.window.length == 0) continue;
      members[entry.cluster].push_back(static_cast<std::uint32_t>(i));
      streams[entry.cluster].tokens += entry.window.length;
    }
    for (const auto& stream : streams) {
      tokens += stream.tokens;
      if (shares.empty()) cumulative.push_back(tokens);
    }
    if (tokens == 0) {
      throw Error(ErrorKind::input,
                  {"no tokens to train on", "sampler", "at least one window", "Add text to the train split."});
    }
    if (!shares.empty()) use(shares);
    total = cumulative.back();
    fingerprint = hash_of_set(shares);
    for (int c = 0; c < set.clusters; ++c) shuffle(c);
    draw();
  }

  void check() const {
    if (rows <= 0 || context <= 0 || groups <= 0 || rows % groups != 0) {
      throw Error(ErrorKind::usage, {std::to_string(rows) + " rows of " + std::to_string(context) + " tokens in " +
                                         std::to_string(groups) + " groups",
                                     "sampler", "positive numbers, rows divisible by groups", ""});
    }
    if (set.clusters < 1)
      throw Error(ErrorKind::usage, {std::to_string(set.clusters) + " clusters", "sampler", "1 or more", ""});
    if (set.entries.size() > UINT32_MAX) {
      throw Error(ErrorKind::input, {std::to_string(set.entries.size()) + " windows", "sampler", "fewer than 2^32",
                                     "Use longer windows."});
    }
    for (const auto& entry : set.entries) {
      const bool known = entry.store < set.stores.size() && entry.cluster < set.clusters;
      const std::uint64_t size = known ? set.stores[entry.store]->tokens(set.split) : 0;
      if (!known || entry.window.begin > size || entry.window.length > size - entry.window.begin) {
        throw Error(
            ErrorKind::run,
            {"a window outside its store or a cluster outside 0 to " + std::to_string(set.clusters - 1), "sampler",
             "windows of the stores given", "Delete the clustering and the token store, and run again."});
      }
    }
  }

  void use(const std::vector<double>& shares) {
    double sum = 0;
    bool usable = shares.size() == streams.size();
    for (std::size_t c = 0; usable && c < shares.size(); ++c) {
      usable = shares[c] >= 0 && std::isfinite(shares[c]);
      if (streams[c].tokens > 0) sum += shares[c];
    }
    if (!usable || sum <= 0) {
      throw Error(ErrorKind::usage,
                  {std::to_string(shares.size()) + " shares that sum to " + std::to_string(sum), "sampler",
                   "one of 0 or more for each of " + std::to_string(streams.size()) +
                       " clusters, above 0 for one that has windows",
                   ""});
    }
    std::uint64_t end = 0;
    for (std::size_t c = 0; c < shares.size(); ++c) {
      if (streams[c].tokens > 0) end += static_cast<std::uint64_t>(std::llround(std::ldexp(shares[c] / sum, 53)));
      cumulative.push_back(end);
    }
  }

  std::string hash_of_set(const std::vector<double>& shares) const {
    Hasher hasher;
    const auto add = [&](std::uint64_t value) { hasher.add(&value, sizeof value); };
    for (const int value : {rows, context, groups, set.clusters, static_cast<int>(set.split)})
      add(static_cast<std::uint64_t>(value));
    add(seed);
    for (const auto& store : set.stores) add(store->tokens(set.split));
    for (const auto& entry : set.entries) {
      add(static_cast<std::uint64_t>(entry.store) << 16 | entry.cluster);
      add(entry.window.begin);
      add(entry.window.length);
    }
    hasher.add(shares.data(), shares.size() * sizeof(double));
    return hasher.result().hex();
  }

  void shuffle(int cluster) {
    auto& stream = streams[cluster];
    stream.order = members[cluster];
    Random order(derive_seed(seed, "sampler/" + std::to_string(cluster) + "/" + std::to_string(stream.epoch)));
    order.shuffle(stream.order);
  }

  void draw() {
    drawn_from = random.state();
    experts.resize(groups);
    for (int& expert : experts) {
      const std::uint64_t x = random.below(total);
      expert = static_cast<int>(std::upper_bound(cumulative.begin(), cumulative.end(), x) - cumulative.begin());
    }
  }

  /// The next `count` tokens of a cluster, into out; the stream goes on into the next epoch.
  void read(int cluster, std::uint32_t count, std::int32_t* out) {
    auto& stream = streams[cluster];
    while (count > 0) {
      const auto& entry = set.entries[stream.order[stream.index]];
      const std::uint32_t n = std::min(count, entry.window.length - stream.offset);
      set.stores[entry.store]->copy(set.split, entry.window.begin + stream.offset, n, out);
      out += n;
      count -= n;
      stream.offset += n;
      if (stream.offset < entry.window.length) continue;
      stream.offset = 0;
      if (++stream.index < stream.order.size()) continue;
      stream.index = 0;
      ++stream.epoch;
      shuffle(cluster);
    }
  }
};

ClusterSampler::ClusterSampler(WindowSet windows, int rows, int context, int groups, std::uint64_t seed,
                               const std::vector<double>& shares)
    : impl_(std::make_unique<Impl>(std::move(windows), rows, context, groups, seed, shares)) {}
ClusterSampler::~ClusterSampler() = default;
ClusterSampler::ClusterSampler(ClusterSampler&&) noexcept = default;

Batch ClusterSampler::next() {
  auto& impl = *impl_;
  Batch batch;
  batch.rows = impl.rows;
  batch.context = impl.context;
  batch.experts = impl.experts;
  const std::size_t width = static_cast<std::size_t>(impl.context) + 1;
  batch.tokens.resize(width * impl.rows);
  const int per_group = impl.rows / impl.groups;
  for (int row = 0; row < impl.rows; ++row) {
    impl.read(batch.experts[row / per_group], static_cast<std::uint32_t>(width), batch.tokens.data() + width * row);
  }
  ++impl.batches;
  impl.draw();
  return batch;
}

std::vector<int> ClusterSampler::next_experts() const {
  return impl_->experts;
}

double ClusterSampler::epochs() const {
  const double read = static_cast<double>(impl_->batches) * impl_->rows * (impl_->context + 1.0);
  return read / static_cast<double>(impl_->tokens);
}

std::string ClusterSampler::state() const {
  nlohmann::json clusters = nlohmann::json::array();
  for (const auto& stream : impl_->streams) clusters.push_back({stream.epoch, stream.index, stream.offset});
  return nlohmann::json{{"format", kStateFormat},
                        {"set", impl_->fingerprint},
                        {"batches", impl_->batches},
                        {"random", impl_->drawn_from},
                        {"clusters", clusters}}
      .dump();
}

void ClusterSampler::restore(const std::string& state) {
  auto& impl = *impl_;
  const auto fail = [](const std::string& found) {
    throw Error(ErrorKind::run, {found, "sampler state", "a state saved with the same windows, rows and seed",
                                 "Delete the run's folder and start it again."});
  };
  std::uint64_t batches = 0;
  Random::State random{};
  std::vector<Stream> streams(impl.streams.size());
  try {
    const auto json = nlohmann::json::parse(state);
    if (json.at("format") != kStateFormat) fail("a sampler state of another format");
    if (json.at("set") != impl.fingerprint) fail("the saved data position belongs to another set of windows");
    batches = json.at("batches").get<std::uint64_t>();
    random = json.at("random").get<Random::State>();
    const auto& clusters = json.at("clusters");
    if (clusters.size() != streams.size()) fail("another number of clusters");
    for (std::size_t c = 0; c < streams.size(); ++c) {
      streams[c].tokens = impl.streams[c].tokens;
      streams[c].epoch = clusters[c].at(0).get<std::uint64_t>();
      streams[c].index = clusters[c].at(1).get<std::uint64_t>();
      streams[c].offset = clusters[c].at(2).get<std::uint32_t>();
      if (streams[c].index >= std::max<std::size_t>(impl.members[c].size(), 1))
        fail("a position outside cluster " + std::to_string(c));
    }
  } catch (const nlohmann::json::exception& error) {
    fail(std::string("a broken sampler state: ") + error.what());
  }
  auto before = std::move(impl.streams);
  impl.streams = std::move(streams);
  for (int c = 0; c < impl.set.clusters; ++c) {
    impl.shuffle(c);
    const auto& stream = impl.streams[c];
    if (stream.offset == 0) continue;
    if (stream.order.empty() || stream.offset >= impl.set.entries[stream.order[stream.index]].window.length) {
      impl.streams = std::move(before);
      fail("a position outside its window");
    }
  }
  impl.batches = batches;
  impl.random = Random(random);
  impl.draw();
}

}  // namespace pantograph::token
