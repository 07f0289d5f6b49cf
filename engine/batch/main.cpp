// SPDX-License-Identifier: GPL-3.0-or-later
// The program without a window (PANTOGRAPH_GUI=OFF).
#include <cstdio>

#include "base/process.h"
#include "batch/batch.h"
#include "job/engine.h"

PANTOGRAPH_BEGIN_PROCESS;

int main(int argc, char** argv) {
  pantograph::prepare_process(argv);
  if (!pantograph::wants_batch(argc, argv) && argc < 2) {
    std::fputs(
        "pantograph: this build has no window; expected pantograph --batch NAME.pantograph. --help lists the "
        "options.\n",
        stderr);
    return 2;
  }
  return pantograph::run_batch(argc, argv);
}
