// SPDX-License-Identifier: GPL-3.0-or-later
// What an Hdf5File holds. Inside this room only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/hdf5.h"
#include "store/hdf5_call.h"
#include "store/hdf5_driver.h"

namespace pantograph::store {

/// Parts separated by '/', none empty, "." or "..".
bool valid_object_name(const std::string& name);

struct Hdf5File::Handle {
  struct Growing {
    detail::Id dataset;
    DataType type = DataType::u8;
    std::uint64_t written = 0;        ///< values in the data set
    std::vector<std::byte> gathered;  ///< not yet in the data set
  };

  std::filesystem::path path;
  bool writing = false;
  std::uint64_t file_size = 0;  ///< when opened for reading
  detail::DriverFile driver;    ///< when writing
  detail::Id file;
  std::map<std::string, Growing> growing;
  std::map<std::string, DataShape> known;  ///< of a file that is read: HDF5 visits every chunk to check one

  Handle() = default;
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  /// Throws Error(run) with what HDF5 says, or with the disk's error when a write failed.
  [[noreturn]] void fail(const std::string& found, const std::string& object, const std::string& expected = "") const;
  void check_written(const std::string& object) const;
  detail::Id open_dataset(const std::string& name) const;
  DataShape shape_of(hid_t dataset, const std::string& name) const;
  /// A new data set; makes parent groups. Neither records times, so equal content gives equal files.
  detail::Id create_dataset(const std::string& name, DataType type, hid_t space, std::uint64_t chunk);
  void flush(const std::string& name, Growing& set);
};

}  // namespace pantograph::store
