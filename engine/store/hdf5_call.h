// SPDX-License-Identifier: GPL-3.0-or-later
// What every call of HDF5 needs: the lock, ids that close themselves, the error stack as text. Inside this room only.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace pantograph::store::detail {

/// Held around every call into HDF5, which is not reentrant. Also keeps HDF5 from printing errors on this thread, and
/// from running its own clean-up at exit, where another thread may still be inside it.
class Hdf5Lock {
 public:
  Hdf5Lock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// An HDF5 id with its closing function.
class Id {
 public:
  Id() = default;
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  hid_t release() { return std::exchange(id_, -1); }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

/// The innermost message of HDF5's error stack, "" when it is empty. Clears the stack.
std::string take_hdf5_message();

}  // namespace pantograph::store::detail
