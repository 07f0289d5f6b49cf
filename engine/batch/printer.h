// SPDX-License-Identifier: GPL-3.0-or-later
// Prints the engine's events: progress bars on a terminal, plain lines otherwise, or one JSON object a line. Private to
// this room.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "job/engine.h"

namespace pantograph::batch {

class Printer {
 public:
  virtual ~Printer() = default;
  virtual void print(const job::Event& event) = 0;  ///< on the engine thread
};

std::unique_ptr<Printer> make_text_printer(bool quiet);  ///< a bar that is redrawn if standard output is a terminal
std::unique_ptr<Printer> make_json_printer();

}  // namespace pantograph::batch
