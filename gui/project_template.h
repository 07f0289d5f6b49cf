// SPDX-License-Identifier: GPL-3.0-or-later
// What "New" starts from: one small and one projected network, slm and slm-pn at equal cost, no corpora yet.
#pragma once

#include "store/project.h"

pantograph::Project newProject();

/// A method of the kind ("slm", "slm-nopt", "slm-pn") with the project's networks and the budget of its first method.
pantograph::MethodSpec newMethod(const pantograph::Project& project, const std::string& kind);

/// `wanted`, or wanted-2, wanted-3 …: not yet the name of a corpus. Letters, digits, - and _ only.
std::string freeCorpusName(const pantograph::Project& project, const std::string& wanted);
