// SPDX-License-Identifier: GPL-3.0-or-later
// A look at a shared library's file before the system's loader maps it: the loader trusts what the headers say, and a
// file that was cut off ends the program with SIGBUS.
#pragma once

#include <filesystem>
#include <string>

namespace pantograph {

/// Why `path` is no whole shared library of this machine ("the file is cut off: …"), "" when it looks like one. Does
/// not wait on a FIFO or a device.
std::string library_fault(const std::filesystem::path& path);

}  // namespace pantograph
