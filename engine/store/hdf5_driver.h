// SPDX-License-Identifier: GPL-3.0-or-later
// The file driver that HDF5 writes through. Inside this room only.
#pragma once

#include <hdf5.h>

#include <memory>

#include "store/direct_io.h"

namespace pantograph::store::detail {

/// A file being written. HDF5 cannot close a file whose writes fail: it keeps it open, and fails or crashes again at
/// exit. So a failed write is remembered here and reported to HDF5 as done; whoever called HDF5 then looks at
/// `failure`.
struct DriverFile {
  int descriptor = -1;
  std::unique_ptr<DirectIo> direct;  ///< the same file for large blocks; may be none
  int failure = 0;                   ///< errno of the first write that failed, 0: none
};

/// Access properties that make the next H5Fcreate write to `file`, whose descriptor is open; `file` must outlive it.
hid_t driver_access(DriverFile* file);

}  // namespace pantograph::store::detail
