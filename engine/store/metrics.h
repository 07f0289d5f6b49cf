// SPDX-License-Identifier: GPL-3.0-or-later
// Curves of a run: one JSON object a line in metrics.jsonl, appended and flushed at once, so a crash loses at most the
// last line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pantograph::store {

struct MetricPoint {
  std::string series;  ///< "train", "generic", "probe/law", "validation", "rate", "gradient-norm"
  std::uint64_t step = 0;
  std::uint64_t tokens = 0;  ///< seen so far
  double seconds = 0;        ///< of training so far
  double value = 0;          ///< losses: mean negative log-likelihood, nats per token
  int expert = -1;           ///< where the value belongs to one
};

class MetricsWriter {
 public:
  /// Drops the points that a run resumed from a checkpoint makes again, and a torn last line. All others stay whenever
  /// the program is killed in between. Lines that are broken elsewhere are left as they are. Error(run) when the file
  /// cannot be written.
  MetricsWriter(const std::filesystem::path& file, const std::function<bool(const MetricPoint&)>& made_again);
  MetricsWriter(const std::filesystem::path& file, std::uint64_t resume_step);  ///< all after that step are made again
  ~MetricsWriter();
  MetricsWriter(MetricsWriter&& other) noexcept;
  MetricsWriter& operator=(MetricsWriter&& other) noexcept;
  void append(const MetricPoint& point);  ///< Error(run) on a full disk; the file then ends with the last whole line
  void sync();                            ///< to the disk, before a checkpoint that counts on these points; Error(run)

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  ///< bytes of whole lines
};

/// Every whole line, in the order of the file; a missing file has none. A torn last line is left out; other broken
/// lines are counted in `*broken` if given.
std::vector<MetricPoint> read_metrics(const std::filesystem::path& file, std::size_t* broken = nullptr);

}  // namespace pantograph::store
