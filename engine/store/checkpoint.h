// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints: named tensors and a JSON document in one HDF5 file, written aside, checksummed, renamed. This room does
// not know what they mean. Layout: docs/FORMATS.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/hdf5.h"

namespace pantograph::store {

inline constexpr const char* kCheckpointsFolder = "checkpoints";  ///< in a run's folder

struct HostTensor {
  DataShape shape;
  std::vector<std::byte> data;  ///< row-major, shape.count() · size_of(type) bytes
};

/// Weights under "weights/…", optimizer under "optimizer/…"; names with / become groups.
using TensorMap = std::map<std::string, HostTensor>;

struct Checkpoint {
  TensorMap tensors;
  std::string meta;  ///< JSON: configuration, step, schedule, random state, data cursor
};

/// Atomic. The file's first 512 bytes hold an XXH3-128 checksum of all the others. Error(run) on a full disk etc.; an
/// older file stays. A tensor may not be named "meta".
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Verifies the checksum before HDF5 sees the file, and every size before allocating. Error(run) naming what is damaged
/// and what to do.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// Files step-NNNNNNNNN.h5 in `folder`, newest first; damaged ones are skipped with a call of `warn`. Keeps reading
/// until one is good. `before`: only those of smaller steps, and then the step of the one that was found.
std::optional<Checkpoint> newest_good_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string&)>& warn,
                                                 std::filesystem::path* found = nullptr,
                                                 std::uint64_t* before = nullptr);

std::filesystem::path checkpoint_path(const std::filesystem::path& folder, std::uint64_t step);

/// Deletes all but the newest `keep` checkpoints and those of the steps in `stay`, and parts left by a crash. Not while
/// one is being written there.
void prune_checkpoints(const std::filesystem::path& folder, int keep, const std::vector<std::uint64_t>& stay = {});

}  // namespace pantograph::store
