// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/overlap_text.h"

#include <QCoreApplication>
#include <QStringList>

#include "format.h"

using namespace pantograph;

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("OverlapText", text);
}

QString splitName(corpus::Split split) {
  return split == corpus::Split::train        ? tr("train")
         : split == corpus::Split::validation ? tr("validation")
                                              : tr("test");
}

/// "law test 12: “The court finds …”": documents are counted from 1.
QString placeText(const overlap::DocumentPlace& place) {
  return tr("%1 %2 %3: “%4”")
      .arg(QString::fromStdString(place.corpus), splitName(place.split), formatInteger(place.number + 1),
           QString::fromStdString(place.begins));
}

QString sideText(const QString& where, const overlap::Leaks::Side& side) {
  return tr("%1: mean share %2; documents above %3: %4; with any in common: %5")
             .arg(where, formatPercent(side.mean), formatPercent(overlap::kLeakThreshold, 0), formatInteger(side.above),
                  formatInteger(side.any)) +
         '\n';
}

QString leaksText(const overlap::Leaks& leaks) {
  QString text = tr("Test documents that were trained on, by their %1-grams of words").arg(overlap::kLeakGram) + '\n';
  text += tr("%1 test documents; clean, with nothing in common: %2; too short to say: %3")
              .arg(formatInteger(leaks.documents), formatInteger(leaks.clean), formatInteger(leaks.too_short)) +
          '\n';
  text += sideText(tr("In the generic train set"), leaks.generic);
  text += sideText(tr("In its own train set"), leaks.own);
  for (const overlap::LeakedDocument& one : leaks.most) {
    text += tr("  generic %1, own %2: %3")
                .arg(formatPercent(one.generic, 0), formatPercent(one.own, 0), placeText(one.place)) +
            '\n';
  }
  return text;
}

QString heldOutText(const QString& what, const overlap::HeldOutCopies& copies) {
  return tr("%1 with a near-copy in the generic train set: %2; in its own: %3; in another domain: %4; in the same set: "
            "%5")
             .arg(what, formatInteger(copies.in_generic), formatInteger(copies.in_own), formatInteger(copies.in_others),
                  formatInteger(copies.in_itself)) +
         '\n';
}

QString nearCopiesText(const overlap::NearCopies& copies) {
  QString text = tr("Near-copies") + '\n';
  if (!copies.looked_for) return text + tr("were not looked for among these documents.") + '\n';
  text += tr("Train documents that are near-copies of validation or test documents: %1; of earlier train documents: %2")
              .arg(formatInteger(copies.of_held_out), formatInteger(copies.of_train));
  text += (copies.dropped ? tr(" (dropped from training)") : QString()) + '\n';
  text += heldOutText(tr("Test documents"), copies.test);
  text += heldOutText(tr("Validation documents"), copies.validation);
  for (const overlap::NearPair& pair : copies.first)
    text += tr("  %1\n  is like %2").arg(placeText(pair.copy), placeText(pair.of)) + '\n';
  return text;
}

}  // namespace

QString overlapText(const overlap::Overlap& overlap, const std::string& corpus) {
  QString text;
  if (const auto leaks = overlap.leaks.find(corpus); leaks != overlap.leaks.end())
    text += leaksText(leaks->second) + '\n';
  if (const auto copies = overlap.near_copies.find(corpus); copies != overlap.near_copies.end())
    text += nearCopiesText(copies->second);
  return text;
}

QString leakWarning(const overlap::Overlap& overlap, const std::string& corpus) {
  QStringList lines;
  if (const auto leaks = overlap.leaks.find(corpus); leaks != overlap.leaks.end()) {
    for (const std::string& sentence : overlap::leak_sentences(corpus, leaks->second))
      lines << QString::fromStdString(sentence);
  }
  return lines.join('\n');
}
