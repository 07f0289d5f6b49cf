// SPDX-License-Identifier: GPL-3.0-or-later
// HDF5 files of every content: sound containers, whose data sets and attributes are the fuzzer's. (A container with a
// broken byte never reaches HDF5: checksums are verified before a file is opened.)
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "store/hdf5.h"

namespace fuzz {

pantograph::store::DataType data_type(Input& input);

/// Up to three dimensions of at most 63; most often one.
pantograph::store::DataShape data_shape(Input& input);

/// Bytes for a shape: from the input, zeros behind its end.
std::string data_of(Input& input, const pantograph::store::DataShape& shape);

/// Each name is left out, or made with a type, shape and content of the input's; each attribute of "/" likewise.
void put_hdf5(Input& input, const std::filesystem::path& file, const std::vector<std::string>& names,
              const std::vector<std::string>& attributes);

}  // namespace fuzz
