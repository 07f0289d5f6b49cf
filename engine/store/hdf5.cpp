// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, closing, attributes and shapes. Reading and writing of data: hdf5_data.cpp.
#include "store/hdf5.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "store/hdf5_handle.h"

namespace pantograph::store {
namespace fs = std::filesystem;
using detail::Hdf5Lock;
using detail::Id;

std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::u8:
      return 1;
    case DataType::u16:
    case DataType::bf16:
      return 2;
    case DataType::u32:
    case DataType::i32:
    case DataType::f32:
      return 4;
    case DataType::u64:
    case DataType::i64:
    case DataType::f64:
      return 8;
  }
  return 1;
}

const char* to_string(DataType type) {
  switch (type) {
    case DataType::u8:
      return "u8";
    case DataType::u16:
      return "u16";
    case DataType::u32:
      return "u32";
    case DataType::u64:
      return "u64";
    case DataType::i32:
      return "i32";
    case DataType::i64:
      return "i64";
    case DataType::f32:
      return "f32";
    case DataType::f64:
      return "f64";
    case DataType::bf16:
      return "bf16";
  }
  return "?";
}

std::uint64_t DataShape::count() const {
  std::uint64_t product = 1;
  for (const std::uint64_t d : dims) product *= d;
  return product;
}

void Hdf5File::Handle::fail(const std::string& found, const std::string& object, const std::string& expected) const {
  std::string message = detail::take_hdf5_message();
  const int code = driver.failure;
  std::string where = path.string();
  if (!object.empty()) where += ": " + object;
  std::replace_if(
      where.begin(), where.end(), [](unsigned char c) { return c < ' '; }, '?');
  if (code != 0) {
    const bool full = code == ENOSPC || code == EDQUOT;
    throw Error(ErrorKind::run,
                {fmt::format("{}: {}", found, std::strerror(code)), where, "",
                 full ? "Free space on that disk and run again." : "Check the disk and its permissions."});
  }
  throw Error(ErrorKind::run, {message.empty() ? found : fmt::format("{} ({})", found, message), where, expected,
                               writing ? "" : "Delete the file and run the step that makes it again."});
}

void Hdf5File::Handle::check_written(const std::string& object) const {
  if (driver.failure != 0) fail("cannot write", object);
}

Id Hdf5File::Handle::open_dataset(const std::string& name) const {
  if (!file) fail("the file is closed", name);
  if (!valid_object_name(name)) fail("not a name of a data set", name);
  Id data(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data) fail("the data set is missing or damaged", name);
  return data;
}

bool valid_object_name(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos || name.size() > 4096) return false;
  std::size_t begin = name.front() == '/' ? 1 : 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

Hdf5File::Handle::~Handle() {
  const Hdf5Lock lock;
  growing.clear();
  file = Id();
  if (driver.descriptor >= 0) ::close(driver.descriptor);
}

Hdf5File::Hdf5File(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;
Hdf5File& Hdf5File::operator=(Hdf5File&&) noexcept = default;

Hdf5File::~Hdf5File() {
  try {
    close();
  } catch (const std::exception&) {  // whoever wants to know calls close()
  }
}

Hdf5File Hdf5File::create(const fs::path& path, std::uint64_t user_block, Caching caching) {
  const Hdf5Lock lock;
  auto handle = std::make_unique<Handle>();
  handle->path = path;
  handle->writing = true;
  handle->driver.descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle->driver.descriptor < 0) {
    handle->driver.failure = errno;
    handle->fail("cannot create", "");
  }
  if (caching == Caching::none) handle->driver.direct = std::make_unique<detail::DirectIo>(path, O_WRONLY);
  const Id access(detail::driver_access(&handle->driver), H5Pclose);
  const Id creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  // The newest format of HDF5 1.10 has checksums in its metadata, so that damage is found and not followed.
  if (!access || !creation || H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) < 0 ||
      H5Pset_alignment(access, 1, 8) < 0 || H5Pset_userblock(creation, user_block) < 0 ||
      H5Pset_obj_track_times(creation, false) < 0) {
    handle->fail("HDF5 cannot be set up", "");
  }
  handle->file = Id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
  if (!handle->file) handle->fail("cannot create", "");
  handle->check_written("");
  return Hdf5File(std::move(handle));
}

Hdf5File Hdf5File::open(const fs::path& path) {
  const Hdf5Lock lock;
  detail::take_hdf5_message();  // nothing of an earlier call belongs into the messages below
  auto handle = std::make_unique<Handle>();
  handle->path = path;
  std::error_code code;
  if (!fs::exists(path, code)) handle->fail("the file is missing", "");
  if (!fs::is_regular_file(path, code)) handle->fail("not a file", "");
  handle->file_size = fs::file_size(path, code);
  if (code || ::access(path.c_str(), R_OK) != 0) handle->fail("the file cannot be read", "");
  const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  if (access) H5Pset_file_locking(access, false, true);
#endif
  if (access) H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  handle->file = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  if (!handle->file) {
    const std::string message = detail::take_hdf5_message();
    if (message.find("already open") != std::string::npos || message.find("lock file") != std::string::npos) {
      throw Error(ErrorKind::run,
                  {"the file is in use: another program has it open for writing, or died while it had", path.string(),
                   "a file that is closed", "Close that program. If there is none: h5clear -s " + path.string()});
    }
    if (H5Fis_hdf5(path.c_str()) > 0)
      handle->fail("the HDF5 file is damaged" + (message.empty() ? message : " (" + message + ')'), "");
    detail::take_hdf5_message();
    handle->fail("not an HDF5 file, or its beginning is damaged", "");
  }
  return Hdf5File(std::move(handle));
}

void Hdf5File::close() {
  if (!handle_) return;
  const Hdf5Lock lock;
  const std::unique_ptr<Handle> handle = std::move(handle_);  // closed whatever happens below
  if (!handle->writing) return;
  for (auto& [name, set] : handle->growing) handle->flush(name, set);
  handle->growing.clear();
  const herr_t result = H5Fclose(handle->file.release());
  handle->check_written("");
  if (result < 0) handle->fail("cannot close", "");
}

bool Hdf5File::has(const std::string& name) const {
  const Hdf5Lock lock;
  if (!valid_object_name(name)) return false;
  for (std::size_t slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
    if (H5Lexists(handle_->file, name.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) {
      detail::take_hdf5_message();
      return false;
    }
    if (slash == std::string::npos) return true;
  }
}

namespace {

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* out) {
  try {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
  } catch (const std::exception&) {
    return -1;
  }
  return 0;
}

}  // namespace

std::vector<std::string> Hdf5File::datasets(const std::string& group) const {
  const Hdf5Lock lock;
  const Id root(H5Gopen2(handle_->file, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!root) handle_->fail("the group is missing or damaged", group);
  std::vector<std::string> names, found;
  if (H5Lvisit(root, H5_INDEX_NAME, H5_ITER_NATIVE, collect_name, &names) < 0)
    handle_->fail("the group is damaged", group);
  std::string prefix = group;
  while (!prefix.empty() && prefix.front() == '/') prefix.erase(0, 1);
  if (!prefix.empty() && prefix.back() != '/') prefix += '/';
  for (const auto& name : names) {
    const Id object(H5Oopen(root, name.c_str(), H5P_DEFAULT), H5Oclose);
    if (!object) handle_->fail("the object is damaged", name);
    if (H5Iget_type(object) == H5I_DATASET) found.push_back(prefix + name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void Hdf5File::write_attribute(const std::string& object, const std::string& key, const std::string& value) {
  const Hdf5Lock lock;
  const Id target(H5Oopen(handle_->file, object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!target) handle_->fail("the object is missing", object);
  const Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  const Id space(H5Screate(H5S_SCALAR), H5Sclose);
  const std::string text = value.empty() ? std::string(1, '\0') : value;
  const bool ready = type && space && H5Tset_size(type, text.size()) >= 0 &&
                     H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0;
  if (ready && H5Aexists(target, key.c_str()) > 0) H5Adelete(target, key.c_str());
  const Id attribute(ready ? H5Acreate2(target, key.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT) : -1, H5Aclose);
  if (!attribute || H5Awrite(attribute, type, text.data()) < 0)
    handle_->fail("cannot write the attribute " + key, object);
  handle_->check_written(object);
}

std::string Hdf5File::attribute(const std::string& object, const std::string& key) const {
  const Hdf5Lock lock;
  const Id target(H5Oopen(handle_->file, object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!target) handle_->fail("the object is missing or damaged", object);
  const Id attribute(H5Aopen(target, key.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute) handle_->fail("the attribute " + key + " is missing or damaged", object);
  const Id type(H5Aget_type(attribute), H5Tclose);
  const Id space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
      H5Sget_simple_extent_npoints(space) != 1) {
    handle_->fail("the attribute " + key + " has a wrong type", object, "a string of fixed length");
  }
  const std::size_t size = H5Tget_size(type);
  if (!handle_->writing && size > handle_->file_size) handle_->fail("the attribute " + key + " is damaged", object);
  std::string value(size, '\0');
  if (size == 0 || H5Aread(attribute, type, value.data()) < 0)
    handle_->fail("the attribute " + key + " is damaged", object);
  value.resize(std::min(value.find_last_not_of('\0') + 1, value.size()));
  return value;
}

}  // namespace pantograph::store
