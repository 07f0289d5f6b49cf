// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/hdf5_call.h"

namespace pantograph::store::detail {
namespace {

std::recursive_mutex& mutex() {
  static auto* const only = new std::recursive_mutex;  // never destroyed: threads may outlive static objects
  return *only;
}

herr_t keep_first(unsigned index, const H5E_error2_t* error, void* out) {
  if (index == 0 && error != nullptr && error->desc != nullptr) *static_cast<const char**>(out) = error->desc;
  return 0;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(mutex()) {
  static const bool once = [] {
    H5dont_atexit();
    return true;
  }();
  static_cast<void>(once);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string take_hdf5_message() {
  const char* text = nullptr;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  std::string message = text != nullptr ? text : "";
  H5Eclear2(H5E_DEFAULT);
  return message;
}

}  // namespace pantograph::store::detail
