// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/hdf5_driver.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace pantograph::store::detail {
namespace {

struct Driver {
  H5FD_t base;  // first: HDF5 sees a Driver as this
  DriverFile* file;
  haddr_t allocated;
  haddr_t end;
};

Driver* self(H5FD_t* file) {
  return reinterpret_cast<Driver*>(file);
}
const Driver* self(const H5FD_t* file) {
  return reinterpret_cast<const Driver*>(file);
}

// The driver's own settings in an access property list: the file to write to.
struct Settings {
  DriverFile* file;
};

H5FD_t* open_file(const char*, unsigned, hid_t access, haddr_t) {
  const auto* settings = static_cast<const Settings*>(H5Pget_driver_info(access));
  if (settings == nullptr || settings->file == nullptr) return nullptr;
  auto* driver = new (std::nothrow) Driver{};
  if (driver == nullptr) return nullptr;
  driver->file = settings->file;
  return &driver->base;
}

herr_t close_file(H5FD_t* file) {
  delete self(file);  // the descriptor belongs to DriverFile's owner
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  if (flags != nullptr) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
  }
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const int x = self(a)->file->descriptor, y = self(b)->file->descriptor;
  return (x > y) - (x < y);
}

haddr_t get_allocated(const H5FD_t* file, H5FD_mem_t) {
  return self(file)->allocated;
}

herr_t set_allocated(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  self(file)->allocated = address;
  return 0;
}

haddr_t get_end(const H5FD_t* file, H5FD_mem_t) {
  return self(file)->end;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  auto* out = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t n = ::pread(self(file)->file->descriptor, out, size, static_cast<off_t>(address));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) {
      std::memset(out, 0, size);  // past the end of what was written, as HDF5 expects it
      return 0;
    }
    out += n;
    address += static_cast<haddr_t>(n);
    size -= static_cast<size_t>(n);
  }
  return 0;
}

void write_cached(DriverFile& file, const char* in, size_t size, haddr_t address) {
  while (size > 0 && file.failure == 0) {
    const ssize_t n = ::pwrite(file.descriptor, in, size, static_cast<off_t>(address));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      file.failure = n < 0 ? errno : ENOSPC;
      break;
    }
    in += n;
    address += static_cast<haddr_t>(n);
    size -= static_cast<size_t>(n);
  }
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, const void* buffer) {
  constexpr size_t kLarge = 256U << 10;  // from here on the page cache costs more than the disk's latency
  Driver* driver = self(file);
  if (address + size > driver->end) driver->end = address + size;
  const auto* in = static_cast<const char*>(buffer);
  if (driver->file->direct != nullptr && size >= kLarge) {
    const size_t head = DirectIo::misaligned(address);
    write_cached(*driver->file, in, head, address);
    const size_t moved = head + driver->file->direct->write(in + head, size - head, address + head);
    in += moved;
    address += moved;
    size -= moved;
  }
  write_cached(*driver->file, in, size, address);
  return 0;
}

herr_t truncate_file(H5FD_t* file, hid_t, hbool_t) {
  Driver* driver = self(file);
  if (driver->end == driver->allocated) return 0;
  if (driver->file->failure == 0 && ::ftruncate(driver->file->descriptor, static_cast<off_t>(driver->allocated)) != 0) {
    driver->file->failure = errno;
  }
  driver->end = driver->allocated;
  return 0;
}

H5FD_class_t make_class() {
  H5FD_class_t c{};
#if H5_VERSION_GE(1, 13, 0)
  c.version = H5FD_CLASS_VERSION;
  c.value = static_cast<H5FD_class_value_t>(511);
#endif
  c.name = "pantograph";
  c.maxaddr = static_cast<haddr_t>(1) << 62;
  c.fc_degree = H5F_CLOSE_STRONG;
  c.fapl_size = sizeof(Settings);
  c.open = open_file;
  c.close = close_file;
  c.cmp = compare;
  c.query = query;
  c.get_eoa = get_allocated;
  c.set_eoa = set_allocated;
  c.get_eof = get_end;
  c.read = read_bytes;
  c.write = write_bytes;
  c.truncate = truncate_file;
  for (auto& type : c.fl_map) type = H5FD_MEM_SUPER;  // one free list for all, as H5FD_FLMAP_SINGLE says
  return c;
}

hid_t driver_id() {
  static const H5FD_class_t driver_class = make_class();
  static const hid_t id = H5FDregister(&driver_class);
  return id;
}

}  // namespace

hid_t driver_access(DriverFile* file) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  const Settings settings{file};
  if (access >= 0 && H5Pset_driver(access, driver_id(), &settings) < 0) {
    H5Pclose(access);
    return -1;
  }
  return access;
}

}  // namespace pantograph::store::detail
