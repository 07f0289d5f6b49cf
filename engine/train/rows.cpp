// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of tokens as tensors, and a step's rows in pieces that fit into memory.
#include "train/rows.h"

#include <algorithm>

namespace pantograph::train {

RowTensors row_tensors(const std::vector<const std::int32_t*>& rows, int context, const torch::Device& device) {
  const auto count = static_cast<std::int64_t>(rows.size());
  RowTensors out{torch::empty({count, context}, torch::kLong), torch::empty({count, context}, torch::kLong)};
  auto* input = out.inputs.data_ptr<std::int64_t>();
  auto* target = out.targets.data_ptr<std::int64_t>();
  for (const std::int32_t* row : rows) {
    for (int i = 0; i < context; ++i) {
      *input++ = std::max<std::int32_t>(row[i], 0);
      *target++ = row[i + 1];
    }
  }
  if (!device.is_cpu()) {
    out.inputs = out.inputs.to(device);
    out.targets = out.targets.to(device);
  }
  return out;
}

std::vector<Piece> split_batch(const token::Batch& batch, int rows_at_once, bool grouped) {
  const std::vector<int> experts = grouped && !batch.experts.empty() ? batch.experts : std::vector<int>{0};
  const int groups = static_cast<int>(experts.size());
  const int group_rows = batch.rows / groups;
  if (rows_at_once <= 0 || rows_at_once >= batch.rows) return {{0, batch.rows, experts}};
  std::vector<Piece> pieces;
  if (const int together = rows_at_once / group_rows; together > 0) {
    for (int group = 0; group < groups; group += together) {
      const int count = std::min(together, groups - group);
      pieces.push_back({group * group_rows, count * group_rows,
                        std::vector<int>(experts.begin() + group, experts.begin() + group + count)});
    }
    return pieces;
  }
  for (int group = 0; group < groups; ++group) {
    for (int row = 0; row < group_rows; row += rows_at_once) {
      pieces.push_back({group * group_rows + row,
                        std::min(rows_at_once, group_rows - row),
                        {experts[static_cast<std::size_t>(group)]}});
    }
  }
  return pieces;
}

std::vector<int> distinct(std::vector<int> experts) {
  std::sort(experts.begin(), experts.end());
  experts.erase(std::unique(experts.begin(), experts.end()), experts.end());
  return experts;
}

std::uint64_t count_targets(const token::Batch& batch) {
  std::uint64_t targets = 0;
  for (int i = 0; i < batch.rows; ++i) {
    const std::int32_t* row = batch.row(i);
    targets +=
        static_cast<std::uint64_t>(std::count_if(row + 1, row + batch.context + 1, [](auto t) { return t >= 0; }));
  }
  return targets;
}

}  // namespace pantograph::train
