// SPDX-License-Identifier: GPL-3.0-or-later
// A disk of a few kilobytes for tests of what happens when it is full. Needs root and the right to mount.
#pragma once

#include <sys/mount.h>

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>
#include <string>

class SmallDisk {
 public:
  explicit SmallDisk(std::size_t kilobytes) {
    const std::string options = "size=" + std::to_string(kilobytes) + "k";
    mounted_ = folder_.isValid() &&
               ::mount("tmpfs", folder_.path().toLocal8Bit().constData(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().toLocal8Bit().constData(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::filesystem::path path(const std::string& name = "") const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }
  /// Takes all but `kilobytes` of the free space.
  void leave_free(std::size_t kilobytes) const {
    const auto free = std::filesystem::space(path()).available;
    const std::size_t take = free > kilobytes * 1024 ? free - kilobytes * 1024 : 0;
    std::ofstream(path("filler"), std::ios::binary | std::ios::app) << std::string(take, 'x') << std::flush;
  }

 private:
  QTemporaryDir folder_;
  bool mounted_ = false;
};
