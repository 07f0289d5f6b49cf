// SPDX-License-Identifier: GPL-3.0-or-later
// How the process stands in its system: its standard files, the signals that ask it to stop, where its program lies.
#pragma once

#include <csignal>
#include <filesystem>

namespace pantograph {

/// Before everything else in a program, see PANTOGRAPH_BEGIN_PROCESS.
/// - Opens /dev/null in place of closed standard files, so that nothing that is opened later (the project's lock,
///   documents.h5) gets the number to which progress and messages are written.
/// - Holds the stop signals back: one that comes early waits, over an exec too, until somebody listens.
/// - Ignores SIGPIPE and SIGXFSZ: what cannot be written is an error where it is written.
void begin_process();

/// In a file with main(): begin_process() runs before the constructors of shared libraries, which may start threads
/// (these inherit what signals are held) and open files.
#define PANTOGRAPH_BEGIN_PROCESS \
  [[gnu::used, gnu::section(".preinit_array")]] static void (*begin_of_process)() = pantograph::begin_process

/// Those that begin_process() holds: INT, TERM, HUP, QUIT, XCPU, USR1, USR2, without what the program was started to
/// ignore (nohup). Empty before.
const sigset_t& stop_signals();

enum class StopRequest { first, again, insistent };

/// To be told of each stop signal that arrives; says what it means. Insistent are INT, TERM and QUIT a second or more
/// after the first signal: a closed terminal hangs up twice, and the limit of processor time is told every second.
/// May be called in a signal handler.
StopRequest heard_stop_signal(int signal);

/// The running program's file; found without /proc, too. Empty when nothing names it.
std::filesystem::path program_path();

}  // namespace pantograph
