// SPDX-License-Identifier: GPL-3.0-or-later
// What readers gave, and what was left out, as text that can be shown.
#pragma once

#include <QString>
#include <string>

#include "corpus/import.h"

/// The sentence of an import; then, by reason, the first places of what was left out, and the kinds of files that the
/// reader does not take, with those that would.
QString leftOutText(const pantograph::corpus::ImportSummary& summary);

/// A document's text: control characters as signs, nothing that turns the direction of other text. Of a long one the
/// beginning, and how much there is more.
QString shownText(const std::string& text);
