// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/run_times.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/machine.h"

namespace pantograph::store {

std::string iso_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

const std::string& program_name() {
  static const std::string name = "pantograph " PANTOGRAPH_VERSION;
  return name;
}

const std::string& machine_name() {
  static const std::string name = [] {
    char host[256] = {};
    ::gethostname(host, sizeof(host) - 1);
    const Machine machine = this_machine();
    return fmt::format("{}: {}, {} cores", host, machine.processor, machine.cores);
  }();
  return name;
}

}  // namespace pantograph::store
