// SPDX-License-Identifier: GPL-3.0-or-later
// Errors as the user reads them: what was found, where, what was expected, what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace pantograph {

/// What went wrong decides the exit code of `--batch`.
enum class ErrorKind {
  usage,        ///< wrong command line or call: exit code 2
  project,      ///< invalid project file: 3
  input,        ///< bad input data: 4
  run,          ///< a step failed (full disk, diverged loss, damaged artifact): 5
  interrupted,  ///< stopped on request, state saved: 130
};

struct ErrorText {
  std::string found;     ///< "invalid UTF-8 at byte 17" (required)
  std::string where;     ///< file, line, data set or key: "law.jsonl:12"
  std::string expected;  ///< "one JSON object with a string \"text\""
  std::string remedy;    ///< a sentence: "Convert the file with iconv."
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, ErrorText text);

  ErrorKind kind() const { return kind_; }
  const ErrorText& text() const { return text_; }
  int exit_code() const;

 private:
  ErrorKind kind_;
  ErrorText text_;
};

/// Thrown out of Control::poll() when a stop was asked for.
class Interrupted : public Error {
 public:
  Interrupted() : Error(ErrorKind::interrupted, {"stopped on request", "", "", ""}) {}
};

int exit_code(ErrorKind kind);
const char* to_string(ErrorKind kind);

}  // namespace pantograph
