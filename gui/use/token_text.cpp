// SPDX-License-Identifier: GPL-3.0-or-later
#include "use/token_text.h"

#include <QHelpEvent>
#include <QLocale>
#include <QScrollBar>
#include <QTextBlock>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "format.h"
#include "theme.h"

namespace {

constexpr double kStriking = 8;  // bits from which a token is underlined, too: colour is not for everyone

/// A token's text as a tooltip shows it: what is not seen otherwise is named.
QString seen(const QString& text) {
  QString out = text;
  out.replace('\n', QStringLiteral("⏎")).replace('\t', QStringLiteral("⇥")).replace(' ', QStringLiteral("␣"));
  return QStringLiteral("“%1”").arg(out).toHtmlEscaped();
}

QString probabilityText(double probability) {
  return formatPercent(probability, probability < 0.001 ? 4 : probability < 0.1 ? 2 : 1);
}

}  // namespace

TokenText::TokenText(QWidget* parent) : QTextEdit(parent) {
  setReadOnly(true);
  setUndoRedoEnabled(false);
  setAcceptRichText(false);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  viewport()->setMouseTracking(true);
}

void TokenText::begin(const QString& before) {
  tokens_.clear();
  ends_.clear();
  clear();
  QTextCursor cursor(document());
  QTextCharFormat format;
  format.setForeground(theme::mutedText(palette()));
  cursor.insertText(before, format);
  start_ = cursor.position();
}

void TokenText::add(const QList<ShownToken>& tokens) {
  QScrollBar* bar = verticalScrollBar();
  const bool at_end = bar->value() >= bar->maximum() - fontMetrics().height();
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  cursor.movePosition(QTextCursor::End);
  for (const ShownToken& token : tokens) {
    cursor.insertText(token.text, formatOf(token));
    tokens_.push_back(token);
    ends_.push_back(cursor.position());
  }
  cursor.endEditBlock();
  if (at_end) bar->setValue(bar->maximum());
}

QTextCharFormat TokenText::formatOf(const ShownToken& token) const {
  QTextCharFormat format;
  format.setForeground(palette().color(QPalette::Text));
  if (!coloured_ || token.bits < 0) return format;
  // The common range of a good model stays pale, so that what stands out stands out; heat() takes the root.
  const QColor background = theme::heat(palette(), std::pow(std::clamp(token.bits / kMostBits, 0.0, 1.0), 3));
  format.setBackground(background);
  format.setForeground(theme::contrastText(background));
  format.setFontUnderline(token.bits >= kStriking);
  return format;
}

void TokenText::recolour() {
  QTextCursor cursor(document());
  cursor.beginEditBlock();
  cursor.setPosition(0);
  cursor.setPosition(start_, QTextCursor::KeepAnchor);
  QTextCharFormat before;
  before.setForeground(theme::mutedText(palette()));
  cursor.setCharFormat(before);
  for (int i = 0; i < tokens_.size(); ++i) {
    cursor.setPosition(i == 0 ? start_ : ends_[i - 1]);
    cursor.setPosition(ends_[i], QTextCursor::KeepAnchor);
    cursor.setCharFormat(formatOf(tokens_[i]));
  }
  cursor.endEditBlock();
}

void TokenText::setColoured(bool coloured) {
  if (coloured == coloured_) return;
  coloured_ = coloured;
  recolour();
}

QString TokenText::answer() const {
  QString text;
  for (const ShownToken& token : tokens_) text += token.text;
  return text;
}

int TokenText::tokenAt(int position) const {
  if (position < start_) return -1;
  const auto found = std::upper_bound(ends_.begin(), ends_.end(), position);
  return found == ends_.end() ? -1 : static_cast<int>(found - ends_.begin());
}

QColor TokenText::background(int token) const {
  const QTextCharFormat format = formatOf(tokens_[token]);
  return format.hasProperty(QTextFormat::BackgroundBrush) ? format.background().color() : QColor();
}

QString TokenText::bitsText(double bits) {
  return tr("%1 bits").arg(QLocale().toString(bits, 'f', bits < 10 ? 2 : 1));
}

QString TokenText::tip(int position) const {
  const int index = tokenAt(position);
  if (index < 0 || tokens_[index].bits < 0) return {};
  const ShownToken& token = tokens_[index];
  QString out = tr("<b>%1</b> %2, surprise %3")
                    .arg(seen(token.text), probabilityText(std::exp2(-token.bits)), bitsText(token.bits));
  if (token.candidates.isEmpty()) return out;
  out += QStringLiteral("<table>");
  for (const ShownToken::Candidate& candidate : token.candidates)
    out += QStringLiteral("<tr><td>%1</td><td align=right>&nbsp;%2</td></tr>")
               .arg(seen(candidate.text), probabilityText(candidate.probability));
  return out + QStringLiteral("</table>");
}

bool TokenText::viewportEvent(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QTextEdit::viewportEvent(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  QTextCursor cursor = cursorForPosition(help->pos());
  int position = cursor.position();
  if (position > 0 && cursorRect(cursor).left() > help->pos().x()) --position;  // the place behind a letter's middle
  const QString text = tip(position);
  if (text.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(help->globalPos(), text, viewport());
  return true;
}

void TokenText::changeEvent(QEvent* event) {
  QTextEdit::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) recolour();
}
