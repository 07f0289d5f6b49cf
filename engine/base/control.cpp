// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/control.h"

#include "base/error.h"

namespace pantograph {

void Control::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  changed_.notify_all();
}

void Control::pause() {
  const std::lock_guard lock(mutex_);
  pause_ = true;
}

void Control::resume() {
  const std::lock_guard lock(mutex_);
  pause_ = false;
  changed_.notify_all();
}

void Control::reset() {
  const std::lock_guard lock(mutex_);
  stop_ = pause_ = false;
  changed_.notify_all();
}

bool Control::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

bool Control::paused() const {
  const std::lock_guard lock(mutex_);
  return pause_;
}

void Control::poll() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !pause_; });
  if (stop_) throw Interrupted();
}

}  // namespace pantograph
