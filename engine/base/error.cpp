// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

namespace pantograph {
namespace {

std::string compose(const ErrorText& text) {
  std::string out;
  if (!text.where.empty()) out += text.where + ": ";
  out += text.found;
  if (!text.expected.empty()) out += "; expected " + text.expected;
  if (!out.empty() && out.back() != '.') out += '.';
  if (!text.remedy.empty()) out += ' ' + text.remedy;
  return out;
}

}  // namespace

Error::Error(ErrorKind kind, ErrorText text) : std::runtime_error(compose(text)), kind_(kind), text_(std::move(text)) {}

int Error::exit_code() const {
  return pantograph::exit_code(kind_);
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::project:
      return 3;
    case ErrorKind::input:
      return 4;
    case ErrorKind::run:
      return 5;
    case ErrorKind::interrupted:
      return 130;
  }
  return 5;
}

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::project:
      return "project";
    case ErrorKind::input:
      return "input";
    case ErrorKind::run:
      return "run";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "run";
}

}  // namespace pantograph
