// SPDX-License-Identifier: GPL-3.0-or-later
// Runs another program as a filter: feeds it bytes, gives its output, bounded in time and size.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph {

struct FilterLimits {
  std::chrono::milliseconds time{10'000};  ///< for all of it; stretches in which this process stood still are left out
  std::size_t output = std::size_t{64} << 20;  ///< bytes
  std::size_t memory = std::size_t{2} << 30;   ///< bytes of address space that the program may take
};

enum class FilterEnd {
  exited,     ///< `code` is its exit status
  signalled,  ///< `code` is the signal that ended it
  too_long,   ///< killed
  too_much,   ///< killed
  not_found,  ///< no such program in $PATH
};

struct FilterResult {
  FilterEnd end = FilterEnd::exited;
  int code = 0;
  std::string output;
  std::string errors;  ///< what it wrote to its standard error, the first 64 KiB
};

/// Runs `command` (a program of $PATH and its arguments) on `input`. The program starts with default signals, none
/// held, in a process group of its own (what the terminal tells this process is not for it) and with no file of this
/// process. It need not read its input. From any thread. Error(run) when the system cannot start it.
FilterResult run_filter(const std::vector<std::string>& command, std::string_view input,
                        const FilterLimits& limits = {});

}  // namespace pantograph
