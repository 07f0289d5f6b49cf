// SPDX-License-Identifier: GPL-3.0-or-later
// Data sets of an Hdf5File: shapes, reading, writing, growing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "store/hdf5_handle.h"

namespace pantograph::store {
using detail::Hdf5Lock;
using detail::Id;
namespace {

constexpr std::size_t kChunkBytes = 256 << 10;
constexpr const char* kTypeKey = "dtype";

hid_t memory_type(DataType type) {
  switch (type) {
    case DataType::u8:
      return H5T_NATIVE_UINT8;
    case DataType::u16:
    case DataType::bf16:
      return H5T_NATIVE_UINT16;
    case DataType::u32:
      return H5T_NATIVE_UINT32;
    case DataType::u64:
      return H5T_NATIVE_UINT64;
    case DataType::i32:
      return H5T_NATIVE_INT32;
    case DataType::i64:
      return H5T_NATIVE_INT64;
    case DataType::f32:
      return H5T_NATIVE_FLOAT;
    case DataType::f64:
      return H5T_NATIVE_DOUBLE;
  }
  return -1;
}

// Files are little-endian whatever machine wrote them.
hid_t file_type(DataType type) {
  switch (type) {
    case DataType::u8:
      return H5T_STD_U8LE;
    case DataType::u16:
    case DataType::bf16:
      return H5T_STD_U16LE;
    case DataType::u32:
      return H5T_STD_U32LE;
    case DataType::u64:
      return H5T_STD_U64LE;
    case DataType::i32:
      return H5T_STD_I32LE;
    case DataType::i64:
      return H5T_STD_I64LE;
    case DataType::f32:
      return H5T_IEEE_F32LE;
    case DataType::f64:
      return H5T_IEEE_F64LE;
  }
  return -1;
}

bool find_type(hid_t type, bool bf16, DataType& out) {
  if (bf16 && H5Tequal(type, H5T_STD_U16LE) > 0) {
    out = DataType::bf16;
    return true;
  }
  for (const DataType t : {DataType::u8, DataType::u16, DataType::u32, DataType::u64, DataType::i32, DataType::i64,
                           DataType::f32, DataType::f64}) {
    if (H5Tequal(type, file_type(t)) > 0) {
      out = t;
      return true;
    }
  }
  return false;
}

}  // namespace

DataShape Hdf5File::Handle::shape_of(hid_t dataset, const std::string& name) const {
  const Id type(H5Dget_type(dataset), H5Tclose);
  const Id space(H5Dget_space(dataset), H5Sclose);
  if (!type || !space) fail("the data set is damaged", name);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > H5S_MAX_RANK) fail("the data set is damaged", name);
  hsize_t dims[H5S_MAX_RANK] = {};
  if (rank > 0 && H5Sget_simple_extent_dims(space, dims, nullptr) < 0) fail("the data set is damaged", name);
  DataShape shape;
  shape.dims.assign(dims, dims + rank);
  if (!find_type(type, H5Aexists(dataset, kTypeKey) > 0, shape.type)) fail("the data set has an unknown type", name);
  // Sizes are checked against what the file holds before anybody allocates for them.
  std::uint64_t bytes = size_of(shape.type);
  for (const std::uint64_t d : shape.dims) {
    if (__builtin_mul_overflow(bytes, d, &bytes))
      fail(fmt::format("impossible shape [{}]", fmt::join(shape.dims, ", ")), name);
  }
  if (!writing && bytes > 0 && (bytes > file_size || H5Dget_storage_size(dataset) < bytes)) {
    fail(fmt::format("the data set says that it has {} bytes, more than the file holds", bytes), name);
  }
  return shape;
}

DataShape Hdf5File::shape(const std::string& name) const {
  const Hdf5Lock lock;
  const auto growing = handle_->growing.find(name);
  if (growing != handle_->growing.end()) handle_->flush(name, growing->second);
  if (const auto found = handle_->known.find(name); found != handle_->known.end()) return found->second;
  DataShape shape = handle_->shape_of(handle_->open_dataset(name), name);
  if (!handle_->writing) handle_->known.emplace(name, shape);
  return shape;
}

Id Hdf5File::Handle::create_dataset(const std::string& name, DataType type, hid_t space, std::uint64_t chunk) {
  if (!file) fail("the file is closed", name);
  if (!valid_object_name(name)) fail("not a name of a data set", name);
  const Id group_settings(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  const Id settings(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  const hsize_t chunk_size = chunk;
  if (space < 0 || !group_settings || !settings || H5Pset_obj_track_times(group_settings, false) < 0 ||
      H5Pset_obj_track_times(settings, false) < 0 || (chunk > 0 && H5Pset_chunk(settings, 1, &chunk_size) < 0)) {
    fail("cannot create the data set", name);
  }
  for (std::size_t slash = name.find('/', 1); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const std::string group = name.substr(0, slash);
    if (H5Lexists(file, group.c_str(), H5P_DEFAULT) > 0) continue;
    const Id made(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, group_settings, H5P_DEFAULT), H5Gclose);
    if (!made) fail("cannot create the group", group);
  }
  Id set(H5Dcreate2(file, name.c_str(), file_type(type), space, H5P_DEFAULT, settings, H5P_DEFAULT), H5Dclose);
  if (!set) fail("cannot create the data set", name);
  return set;
}

void Hdf5File::write(const std::string& name, const DataShape& shape, const void* data) {
  const Hdf5Lock lock;
  if (shape.dims.size() > H5S_MAX_RANK) handle_->fail("too many dimensions", name);
  const std::vector<hsize_t> dims(shape.dims.begin(), shape.dims.end());
  const Id space(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
      H5Sclose);
  const Id set = handle_->create_dataset(name, shape.type, space, 0);
  if (shape.count() > 0 && H5Dwrite(set, memory_type(shape.type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
    handle_->fail("cannot write", name);
  }
  handle_->check_written(name);
  if (shape.type == DataType::bf16) write_attribute(name, kTypeKey, "bf16");
}

void Hdf5File::read(const std::string& name, DataType expected, std::uint64_t expected_count, void* out) const {
  const Hdf5Lock lock;
  const DataShape found = shape(name);
  const Id set = handle_->open_dataset(name);
  if (found.type != expected || found.count() != expected_count) {
    handle_->fail(fmt::format("the data set holds {} × {}", found.count(), to_string(found.type)), name,
                  fmt::format("{} × {}", expected_count, to_string(expected)));
  }
  if (expected_count > 0 && H5Dread(set, memory_type(expected), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0) {
    handle_->fail("the data set is damaged", name);
  }
}

void Hdf5File::read_slice(const std::string& name, DataType expected, std::uint64_t begin, std::uint64_t count,
                          void* out) const {
  const Hdf5Lock lock;
  const DataShape found = shape(name);
  if (found.type != expected || found.dims.size() != 1) {
    handle_->fail(fmt::format("the data set has {} dimensions of {}", found.dims.size(), to_string(found.type)), name,
                  fmt::format("one dimension of {}", to_string(expected)));
  }
  if (begin > found.dims[0] || count > found.dims[0] - begin) {
    handle_->fail(fmt::format("values {} to {} of {} were asked for", begin, begin + count, found.dims[0]), name);
  }
  if (count == 0) return;
  const Id set = handle_->open_dataset(name);
  const Id file_space(H5Dget_space(set), H5Sclose);
  const hsize_t start = begin, size = count;
  const Id memory(H5Screate_simple(1, &size, nullptr), H5Sclose);
  if (!file_space || !memory || H5Sselect_hyperslab(file_space, H5S_SELECT_SET, &start, nullptr, &size, nullptr) < 0 ||
      H5Dread(set, memory_type(expected), memory, file_space, H5P_DEFAULT, out) < 0) {
    handle_->fail("the data set is damaged", name);
  }
}

void Hdf5File::create_growing(const std::string& name, DataType type) {
  const Hdf5Lock lock;
  const hsize_t none = 0, unlimited = H5S_UNLIMITED;
  const Id space(H5Screate_simple(1, &none, &unlimited), H5Sclose);
  Handle::Growing set;
  set.dataset = handle_->create_dataset(name, type, space, kChunkBytes / size_of(type));
  set.type = type;
  handle_->growing.insert_or_assign(name, std::move(set));
  if (type == DataType::bf16) write_attribute(name, kTypeKey, "bf16");
  handle_->check_written(name);
}

void Hdf5File::append(const std::string& name, DataType type, const void* data, std::uint64_t count) {
  const Hdf5Lock lock;
  const auto found = handle_->growing.find(name);
  if (found == handle_->growing.end() || found->second.type != type) {
    handle_->fail(fmt::format("there is no growing data set of {} with this name", to_string(type)), name);
  }
  Handle::Growing& set = found->second;
  const auto* bytes = static_cast<const std::byte*>(data);
  std::uint64_t left = count * size_of(type);
  while (left > 0) {
    const std::uint64_t take = std::min<std::uint64_t>(left, kChunkBytes - set.gathered.size());
    set.gathered.insert(set.gathered.end(), bytes, bytes + take);
    bytes += take;
    left -= take;
    if (set.gathered.size() == kChunkBytes) handle_->flush(name, set);
  }
}

// Gathered bytes are written whole chunks at a time, except for the last.
void Hdf5File::Handle::flush(const std::string& name, Growing& set) {
  if (set.gathered.empty()) return;
  const hsize_t begin = set.written, count = set.gathered.size() / size_of(set.type), end = begin + count;
  if (H5Dset_extent(set.dataset, &end) < 0) fail("cannot extend the data set", name);
  const Id file_space(H5Dget_space(set.dataset), H5Sclose);
  const Id memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  if (!file_space || !memory || H5Sselect_hyperslab(file_space, H5S_SELECT_SET, &begin, nullptr, &count, nullptr) < 0 ||
      H5Dwrite(set.dataset, memory_type(set.type), memory, file_space, H5P_DEFAULT, set.gathered.data()) < 0) {
    fail("cannot write", name);
  }
  check_written(name);
  set.written = end;
  set.gathered.clear();
}

std::uint64_t Hdf5File::file_offset(const std::string& name) const {
  const Hdf5Lock lock;
  const DataShape found = shape(name);
  const Id set = handle_->open_dataset(name);
  const Id creation(H5Dget_create_plist(set), H5Pclose);
  if (!creation || H5Pget_layout(creation) != H5D_CONTIGUOUS)
    handle_->fail("the data set cannot be mapped", name, "a contiguous one");
  if (found.count() == 0) return 0;
  const haddr_t offset = H5Dget_offset(set);
  const std::uint64_t bytes = found.count() * size_of(found.type);
  if (offset == HADDR_UNDEF ||
      (!handle_->writing && (offset > handle_->file_size || bytes > handle_->file_size - offset))) {
    handle_->fail("the data set lies outside of the file", name);
  }
  return offset;
}

}  // namespace pantograph::store
