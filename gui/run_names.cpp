// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_names.h"

#include <QCoreApplication>
#include <QStringList>

#include "base/numbers.h"
#include "base/words.h"
#include "project/method_kind.h"

namespace run_names {

QString part(const pantograph::project::Project& project, const RunKey& run) {
  if (run.part.isEmpty()) return {};
  const auto* method = project.method(run.method.toStdString());
  const bool domain = method != nullptr && pantograph::project::method_kind(method->kind).per_domain;
  return domain ? QCoreApplication::translate("RunNames", "for %1").arg(run.part)
                : QCoreApplication::translate("RunNames", "expert %1").arg(run.part);
}

QString method(const pantograph::project::Project& project, const RunKey& run) {
  QString name = run.method;
  if (run.budget > 0) {
    name = QCoreApplication::translate("RunNames", "%1 at %2")
               .arg(name, QString::fromStdString(pantograph::format_count(run.budget)));
  }
  QStringList parts{name};
  if (const QString text = part(project, run); !text.isEmpty()) parts << text;
  if (project.seeds.size() > 1 || run.sample > 1)
    parts << QCoreApplication::translate("RunNames", "seed %1")
                 .arg(QString::fromStdString(pantograph::words::seed_and_sample(run.seed, run.sample)));
  return parts.join(QStringLiteral(", "));
}

QString whole(const pantograph::project::Project& project, const RunKey& run) {
  if (run.domain.isEmpty()) return method(project, run);
  return QStringLiteral("%1 · %2 %3")
      .arg(method(project, run), run.domain, QString::fromStdString(pantograph::format_count(run.tokens)));
}

}  // namespace run_names
