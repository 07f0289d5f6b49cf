// SPDX-License-Identifier: GPL-3.0-or-later
#include "corpus_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <utility>
#include <vector>

#include "corpus/document.h"
#include "format.h"

using namespace pantograph;

namespace {

constexpr std::size_t kShownBytes = 200'000;  // a view lays out all of its text at once

QString tr(const char* text) {
  return QCoreApplication::translate("CorpusText", text);
}

/// The reader that takes files of this ending; empty: none.
QString takerOf(const std::string& kind) {
  for (const corpus::ReaderInfo* reader : corpus::ReaderRegistry::instance().all()) {
    if (corpus::ReaderRegistry::fits(*reader, std::filesystem::path("file" + kind)))
      return QString::fromStdString(reader->name);
  }
  return {};
}

bool turnsDirection(QChar c) {
  const ushort code = c.unicode();
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

QString leftOutText(const corpus::ImportSummary& summary) {
  QString text = QString::fromStdString(corpus::import_sentence(summary)) + '\n';
  for (const auto& [reason, left_out] : summary.dropped) {
    text += tr("\n%1 (%2):\n").arg(QString::fromStdString(reason), formatInteger(left_out.count));
    for (const auto& place : left_out.first) text += QStringLiteral("  ") + QString::fromStdString(place) + '\n';
  }
  if (summary.sources.other_kinds.empty()) return text;
  text += tr("\nFiles that this reader does not take:\n");
  using Kind = std::pair<std::string, std::uint64_t>;
  std::vector<Kind> kinds(summary.sources.other_kinds.begin(), summary.sources.other_kinds.end());
  std::stable_sort(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) { return a.second > b.second; });
  for (const auto& [kind, count] : kinds) {
    const QString taker = kind == "none" ? QString() : takerOf(kind);
    const QString name = kind == "none" ? tr("without an ending") : QString::fromStdString(kind);
    text += QStringLiteral("  ") +
            (taker.isEmpty() ? tr("%1: %2").arg(name, formatInteger(count))
                             : tr("%1: %2, for the reader “%3”").arg(name, formatInteger(count), taker)) +
            '\n';
  }
  return text;
}

QString shownText(const std::string& text) {
  std::size_t end = std::min(text.size(), kShownBytes);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  QString shown = QString::fromUtf8(text.data(), static_cast<qsizetype>(end));
  for (QChar& c : shown) {
    const ushort code = c.unicode();
    if (code == '\n' || code == '\t' || code == '\r') continue;
    if (code < 0x20) {
      c = QChar(0x2400 + code);
    } else if (code == 0x7F) {
      c = QChar(0x2421);
    } else if ((code > 0x7F && code < 0xA0) || turnsDirection(c)) {
      c = QChar::ReplacementCharacter;
    }
  }
  if (end < text.size())
    shown += tr("\n… and %1 more, which are not shown here").arg(formatBytes(static_cast<double>(text.size() - end)));
  return shown;
}
