// SPDX-License-Identifier: GPL-3.0-or-later
// The program: decides between batch and window before any QApplication exists.
#include <QApplication>
#include <QCommandLineParser>
#include <QTimer>
#include <cstdio>

#include "base/process.h"
#include "batch/batch.h"
#include "engine_bridge.h"
#include "job/engine.h"
#include "main_window.h"
#include "project_document.h"
#include "stop_notifier.h"

namespace {

bool no_display() {
  return qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") &&
         qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
}

bool names_platform(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (qstrcmp(argv[i], "-platform") == 0) return true;
  }
  return false;
}

}  // namespace

PANTOGRAPH_BEGIN_PROCESS;

int main(int argc, char** argv) {
  pantograph::job::prepare_process(argv);
  if (pantograph::batch::wants_batch(argc, argv)) return pantograph::batch::run_batch(argc, argv);
  if (no_display() && !names_platform(argc, argv)) {
    std::fputs("pantograph: there is no display. Use pantograph --batch PROJECT to work without a window.\n", stderr);
    return 2;
  }
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("Pantograph"));
  QApplication::setOrganizationName(QStringLiteral("Pantograph"));
  QApplication::setApplicationVersion(QString::fromLatin1(pantograph::job::program_version()));
  QApplication::setDesktopFileName(QStringLiteral("org.pantograph.Pantograph"));

  QCommandLineParser parser;
  const QCommandLineOption run(QStringLiteral("run"),
                               QStringLiteral("Opens the project and brings it up to date at once."),
                               QStringLiteral("PROJECT"));
  parser.addOption(run);
  parser.addPositionalArgument(QStringLiteral("PROJECT"), QStringLiteral("A *.pantograph file to open."));
  if (!parser.parse(application.arguments()) || parser.positionalArguments().size() > 1) {
    const QString error = parser.errorText().isEmpty() ? QStringLiteral("one project at a time") : parser.errorText();
    std::fprintf(stderr, "pantograph: %s\nUsage: pantograph [PROJECT] | --run PROJECT | --batch PROJECT | --help\n",
                 qPrintable(error));
    return 2;
  }
  try {
    pantograph::job::initialize_engine();
  } catch (const pantograph::Error& error) {
    std::fprintf(stderr, "pantograph: %s\n", error.what());
    return error.exit_code();
  }
  MainWindow window;
  const StopNotifier stop;
  QObject::connect(&stop, &StopNotifier::asked, &window, &MainWindow::stopAndClose);
  window.restoreSession();
  window.show();
  const QString file = parser.isSet(run) ? parser.value(run) : parser.positionalArguments().value(0);
  if (!file.isEmpty()) {
    if (window.openProject(file) && parser.isSet(run))
      QTimer::singleShot(0, &window, [&window] { window.bringUpToDate(); });
  } else {
    window.openLastProject();
  }
  const int code = QApplication::exec();
  return stop.wasAsked() ? pantograph::exit_code(pantograph::ErrorKind::interrupted) : code;
}
