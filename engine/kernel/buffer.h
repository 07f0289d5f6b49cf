// SPDX-License-Identifier: GPL-3.0-or-later
// Buffers that stay.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include "base/large_pages.h"

namespace pantograph::kernel {

/// Memory that is asked for once and grows only; aligned to 64 bytes. Contents are undefined, also after growing.
template <typename T>
class Buffer {
 public:
  T* ensure(std::size_t count) {
    if (count > count_) {
      memory_.reset();
      count_ = 0;
      const std::size_t bytes = (count * sizeof(T) + kAlign - 1) / kAlign * kAlign;
      memory_.reset(static_cast<T*>(std::aligned_alloc(kAlign, bytes)));
      if (!memory_) throw std::bad_alloc();
      wish_large_pages(memory_.get(), bytes);
      count_ = count;
    }
    return memory_.get();
  }
  T* data() const { return memory_.get(); }

 private:
  static constexpr std::size_t kAlign = 64;
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> memory_;
  std::size_t count_ = 0;
};

}  // namespace pantograph::kernel
