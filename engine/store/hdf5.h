// SPDX-License-Identifier: GPL-3.0-or-later
// HDF5's C API as values that close themselves and functions that throw. HDF5 is not reentrant in Debian's build: every
// call goes through one lock inside this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace pantograph::store {

enum class DataType {
  u8,
  u16,
  u32,
  u64,
  i32,
  i64,
  f32,
  f64,
  bf16
};  ///< bf16 is stored as u16 with attribute dtype="bf16"
std::size_t size_of(DataType type);
const char* to_string(DataType type);

struct DataShape {
  DataType type = DataType::f32;
  std::vector<std::uint64_t> dims;
  std::uint64_t count() const;
};

/// Where written data passes: through the system's page cache, or past it where the file system can.
enum class Caching { pages, none };

/// A file open for reading, or being written. Errors are Error(run) naming file and data set; a file that is not HDF5,
/// is truncated or lacks a data set says so.
class Hdf5File {
 public:
  /// Truncates; use with replace_atomically. `user_block`: bytes left free at the start (0, or a power of two from
  /// 512). `caching`: none for what will hardly be read again while this program runs.
  static Hdf5File create(const std::filesystem::path& path, std::uint64_t user_block = 0,
                         Caching caching = Caching::pages);
  static Hdf5File open(const std::filesystem::path& path);  ///< read-only, no file locking
  Hdf5File(Hdf5File&&) noexcept;
  Hdf5File& operator=(Hdf5File&&) noexcept;
  ~Hdf5File();
  void close();  ///< flushes; throws when data could not be written

  void write(const std::string& name, const DataShape& shape, const void* data);  ///< contiguous; makes parent groups
  void write_attribute(const std::string& object, const std::string& key,
                       const std::string& value);  ///< object "/" is the file
  std::string attribute(const std::string& object, const std::string& key) const;
  bool has(const std::string& name) const;
  std::vector<std::string> datasets(const std::string& group = "/") const;  ///< full paths, depth first, sorted
  DataShape shape(const std::string& name) const;
  void read(const std::string& name, DataType expected, std::uint64_t expected_count, void* out) const;
  void read_slice(const std::string& name, DataType expected, std::uint64_t begin, std::uint64_t count,
                  void* out) const;  ///< along dim 0 of a 1-d set
  /// A one-dimensional data set that grows: create, append any number of times. Small appends are gathered in memory
  /// until a chunk (256 KiB) is full or close(), so what append() accepted is in the file only after close().
  void create_growing(const std::string& name, DataType type);
  void append(const std::string& name, DataType type, const void* data, std::uint64_t count);
  /// Offset of a contiguous data set in the file, a multiple of 8 in files made here, so that it can be mapped; 0 for
  /// an empty one; throws if it is chunked.
  std::uint64_t file_offset(const std::string& name) const;

  template <typename T>
  std::vector<T> read_all(const std::string& name, DataType expected) const {
    std::vector<T> out(shape(name).count());
    read(name, expected, out.size(), out.data());
    return out;
  }

 private:
  struct Handle;
  explicit Hdf5File(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace pantograph::store
