// SPDX-License-Identifier: GPL-3.0-or-later
#include "project_changes.h"

#include <QCoreApplication>
#include <QVector>

#include "project/project_file.h"

namespace {

using Settings = QVector<std::pair<QString, QString>>;  // dotted path, value as the project file has it

QString unquoted(const QString& value) {
  return value.size() >= 2 && value.startsWith('"') && value.endsWith('"') ? value.mid(1, value.size() - 2) : value;
}

void take(Settings& out, const QString& path, const QString& value);

/// "{ tokens = 1000, grid = [1, 2] }", one setting at a time.
void takeTable(Settings& out, const QString& path, const QString& table) {
  int depth = 0;
  bool quoted = false;
  QString part;
  const auto end = [&] {
    const auto equals = part.indexOf('=');
    if (equals > 0) take(out, path + '.' + part.left(equals).trimmed(), part.mid(equals + 1).trimmed());
    part.clear();
  };
  for (const QChar c : table) {
    if (c == '"' && !part.endsWith('\\')) quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && !quoted && depth == 0)
      end();
    else
      part += c;
  }
  end();
}

void take(Settings& out, const QString& path, const QString& value) {
  if (value.startsWith('{') && value.endsWith('}'))
    takeTable(out, path, value.mid(1, value.size() - 2));
  else
    out.append({path, unquoted(value)});
}

/// Of the text that the program writes itself: a setting a line, lists and tables on theirs.
Settings settingsOf(const pantograph::project::Project& project) {
  Settings out;
  QString section;
  bool named = true;  // [[corpus]] and [[method]] are told by their names
  for (const QString& line : QString::fromStdString(pantograph::project::format_project(project)).split('\n')) {
    if (line.startsWith('[')) {
      named = !line.startsWith(QLatin1String("[["));
      section = QString(line).remove('[').remove(']') + '.';
      continue;
    }
    const auto equals = line.indexOf(QLatin1String(" = "));
    if (equals < 0) continue;
    const QString key = line.left(equals), value = line.mid(equals + 3);
    if (!named) {  // a method without a name is called as its kind
      section += unquoted(value) + '.';
      named = true;
      out.append({section.chopped(1), QString()});
      if (key == QLatin1String("name")) continue;
    }
    take(out, section + key, value);
  }
  return out;
}

std::optional<QString> valueOf(const Settings& settings, const QString& path) {
  for (const auto& [key, value] : settings) {
    if (key == path) return value;
  }
  return std::nullopt;
}

}  // namespace

QStringList changedSettings(const pantograph::project::Project& before, const pantograph::project::Project& after) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("ProjectChanges", text); };
  const Settings old = settingsOf(before), now = settingsOf(after);
  QStringList lines;
  for (const auto& [path, value] : now) {
    const auto was = valueOf(old, path);
    if (was == value) continue;
    if (value.isEmpty() && !was)
      lines << tr("%1 is there again").arg(path);
    else
      lines << tr("%1: %2, before %3").arg(path, value, was.value_or(tr("the default")));
  }
  for (const auto& [path, value] : old) {
    if (valueOf(now, path)) continue;
    lines << (value.isEmpty() ? tr("%1 is no longer there").arg(path)
                              : tr("%1: the default, before %2").arg(path, value));
  }
  return lines;
}
