// SPDX-License-Identifier: GPL-3.0-or-later
// The program with some arguments, to its end.
#pragma once

#include <QProcess>
#include <QStringList>

struct Outcome {
  int code = -1;  ///< -1: it crashed
  QString out, err;
};

inline Outcome pantograph_run(const QStringList& arguments) {
  QProcess process;
  process.start(PANTOGRAPH_PROGRAM, arguments);
  if (!process.waitForFinished(240'000)) qFatal("the program did not end: %s", qPrintable(arguments.join(' ')));
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}
