// SPDX-License-Identifier: GPL-3.0-or-later
// What a corpus has in common with the others, as text.
#pragma once

#include <QString>
#include <string>

#include "overlap/overlap.h"

/// Several lines: shares of 13-grams of a domain's test documents, near-copies, and the first of each.
QString overlapText(const pantograph::overlap::Overlap& overlap, const std::string& corpus);
/// A line for each train set that many of a domain's test documents are in; empty where none is.
QString leakWarning(const pantograph::overlap::Overlap& overlap, const std::string& corpus);
