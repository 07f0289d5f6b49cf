// SPDX-License-Identifier: GPL-3.0-or-later
// What an edit of the whole project changed, setting by setting, in words.
#pragma once

#include <QStringList>

#include "project/project.h"

/// "method.slm.generic.tokens: 80k, before 40k", in the order of the project file; a setting at its default is said to
/// be so. Empty when the two are equal.
QStringList changedSettings(const pantograph::project::Project& before, const pantograph::project::Project& after);
